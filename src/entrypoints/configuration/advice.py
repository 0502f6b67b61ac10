"""What a configuration that works lacks all the same, for ``doctor``."""

from collections.abc import Iterator

from application.ports.store import Finding, Level
from entrypoints.configuration.gateway_kinds import CALLED_BACK
from entrypoints.settings import GatewaySettings, Settings


def advice(settings: Settings) -> list[Finding]:
    """Return what keeps providers from saying what becomes of messages, each with its remedy."""
    used = {name for route in settings.routes.values() for name in route}
    return [
        finding
        for gateway in settings.gateways.values()
        if gateway.name in used
        for finding in _of(gateway, has_public_url=settings.public_url is not None)
    ]


def _of(gateway: GatewaySettings, *, has_public_url: bool) -> Iterator[Finding]:
    name = f"receipts of {gateway.name}"
    if gateway.kind in CALLED_BACK and not has_public_url:
        yield Finding(name, Level.WARNING, "its provider cannot say what becomes of messages; set public_url")
    elif gateway.kind == "twilio" and "auth_token" not in gateway.options:
        yield Finding(
            name, Level.WARNING, "what it reports is turned away, unchecked; set auth_token beside the API key"
        )
    elif gateway.kind == "sendgrid" and "webhook_public_key" not in gateway.options:
        yield Finding(name, Level.WARNING, "what it reports is turned away, unchecked; set webhook_public_key")
    elif gateway.kind == "smtp" and "return_path" not in gateway.options:
        yield Finding(name, Level.OK, "bounces go to its from address and are not read; return_path would bring them")
