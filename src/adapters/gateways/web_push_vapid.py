"""The key pair with which a server identifies itself to push services (VAPID, RFC 8292)."""

import base64
from datetime import datetime, timedelta

from attrs import define, field, frozen
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from py_vapid import Vapid02, VapidException  # type: ignore[import-untyped]  # it has no types

from domain.errors import Misconfigured
from domain.web_push import key_bytes

LIFETIME = timedelta(hours=12)
"""How long a token holds; push services take at most 24 hours (RFC 8292 2)."""

REUSE = timedelta(hours=1)
"""How long a token is used; the rest of its life covers clocks that differ."""

_ORIGINS_MAX = 1000
_RAW_BYTES = 32
_REMEDY = "make one with: tocsin gateways vapid --out vapid.pem"


@frozen
class VapidKey:
    """A private key of P-256 and what browsers need of it."""

    private: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def generate(cls) -> "VapidKey":
        """Return a new key."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def parse(cls, text: str) -> "VapidKey":
        """Return the key in *text*: PEM, or the 32 octets in base64url that other tools give.

        :raises Misconfigured: there is no such key in it; the message does not repeat it.
        """
        try:
            key = _of_pem(text) if "-----BEGIN" in text else _of_octets(text.strip())
        except (ValueError, TypeError, UnsupportedAlgorithm):
            # What the library says of a key it cannot read might repeat a part of it.
            raise Misconfigured([f"private_key: is no VAPID key in PEM; {_REMEDY}"]) from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise Misconfigured([f"private_key: is not a key of the curve P-256; {_REMEDY}"])
        return cls(key)

    @property
    def public(self) -> str:
        """The public key as a browser takes it for ``applicationServerKey``: the point in base64url."""
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return base64.urlsafe_b64encode(point).rstrip(b"=").decode()

    @property
    def pem(self) -> str:
        """The private key as text, not encrypted."""
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@define(eq=False)
class VapidTokens:
    """Signs a token for each origin and keeps it for a while. Used by several threads at once.

    *contact* is where a push service finds who sends: ``mailto:`` or ``https:``.

    :raises Misconfigured: the contact is none that push services take.
    """

    _vapid: Vapid02
    _contact: str
    _known: dict[str, tuple[datetime, str]] = field(factory=dict, init=False)

    @classmethod
    def of(cls, key: VapidKey, contact: str, now: datetime) -> "VapidTokens":
        """Return the tokens that *key* signs, once one was signed to see that it can."""
        tokens = cls(Vapid02(key.private), contact)
        try:
            tokens.header("https://push.example.com", now)
        except VapidException:
            remedy = "give mailto: with a mailbox, or https:// with a host and nothing after it"
            raise Misconfigured([f"contact: is not what push services take; {remedy}"]) from None
        return tokens

    def header(self, origin: str, now: datetime) -> str:
        """Return the Authorization header for *origin*, signed no longer ago than :data:`REUSE`."""
        known = self._known.get(origin)
        if known is None or not known[0] <= now < known[0] + REUSE:
            if len(self._known) >= _ORIGINS_MAX:
                self._known.clear()
            claims = {"aud": origin, "sub": self._contact, "exp": int((now + LIFETIME).timestamp())}
            known = self._known[origin] = (now, self._vapid.sign(claims)["Authorization"])
        return known[1]


def _of_pem(text: str) -> object:
    return load_pem_private_key(text.encode(), password=None)


def _of_octets(text: str) -> ec.EllipticCurvePrivateKey:
    octets = key_bytes(text)
    if len(octets) != _RAW_BYTES:
        raise ValueError("not as long as a key")
    return ec.derive_private_key(int.from_bytes(octets, "big"), ec.SECP256R1())
