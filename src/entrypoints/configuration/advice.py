"""What a configuration that works lacks all the same, for ``doctor``."""

from collections.abc import Iterator

from application.ports.store import Finding, Level
from domain.channel import Channel
from entrypoints.configuration.gateway_kinds import CALLED_BACK
from entrypoints.settings import GatewaySettings, Settings

_UNSUBSCRIBE = "unsubscribe"


def advice(settings: Settings) -> list[Finding]:
    """Return what keeps people from unsubscribing and providers from reporting, each with its remedy."""
    used = {name for route in settings.routes.values() for name in route}
    return [
        *_unsubscribing(settings),
        *(
            finding
            for gateway in settings.gateways.values()
            if gateway.name in used
            for finding in _of(gateway, has_public_url=settings.public_url is not None)
        ),
    ]


def _unsubscribing(settings: Settings) -> Iterator[Finding]:
    types = [type_.value for type_, policy in settings.policies.items() if policy.unsubscribe_headers]
    url = settings.public_url or ""
    if not types or Channel.EMAIL not in settings.routes or url.startswith("https://"):
        return
    named = " and ".join(types)
    yield Finding(
        _UNSUBSCRIBE,
        Level.WARNING,
        f"mail programs heed one-click unsubscribe headers of {named} mails only with https; change public_url"
        if url
        else f"{named} mails go out without unsubscribe headers, and the links in templates are empty; set public_url",
    )


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
