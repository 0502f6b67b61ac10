"""The VAPID key pair of web push, for those who make one or look at it."""

from attrs import field, frozen

from domain.errors import Misconfigured
from entrypoints.configuration.values import Secret
from entrypoints.settings import GatewaySettings

_EXTRA = "web push needs the extra: pip install 'tocsin[webpush]'"


@frozen
class KeyPair:
    """What browsers subscribe with, and the private key in PEM that signs for it."""

    public: str
    private: str = field(repr=False)


def new_key_pair() -> KeyPair:
    """Return a new key pair.

    :raises Misconfigured: the extra is not installed.
    """
    try:
        from adapters.gateways.web_push_vapid import VapidKey
    except ImportError as error:
        raise Misconfigured([f"{_EXTRA} ({error})"]) from error
    key = VapidKey.generate()
    return KeyPair(key.public, key.pem)


def public_key_of(gateway: GatewaySettings) -> str | None:
    """Return the public key of a gateway of kind ``web_push``; None of another, or where it cannot be used."""
    private = gateway.options.get("private_key")
    if gateway.kind != "web_push" or not isinstance(private, Secret):
        return None
    try:
        from adapters.gateways.web_push_vapid import VapidKey

        return VapidKey.parse(private.reveal()).public
    except (ImportError, Misconfigured):
        return None  # whoever sends through it is told why
