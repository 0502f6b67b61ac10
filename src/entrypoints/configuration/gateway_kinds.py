"""What each kind of gateway serves, and which settings it takes."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from difflib import get_close_matches
from types import MappingProxyType
from urllib.parse import urlsplit

from attrs import frozen

from domain.address import is_email
from domain.channel import Channel
from domain.return_path import problem_with
from domain.web_push import is_host_pattern
from entrypoints.configuration.table import Table
from entrypoints.configuration.values import SHOWN_MAX, host_name, mailbox, one_of, text, web_address_like, whole

Options = Mapping[str, object]

OWN = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*\Z")
"""A gateway of one's own, ``module:factory``."""

_PORTS = whole(1, 65_535)
_TLS = ("starttls", "tls", "none")
_MAKE_VAPID = "make one with tocsin gateways vapid --out vapid.pem"


@frozen(kw_only=True)
class Kind:
    """One kind: the channels it serves and how its own settings are read.

    ``timeout`` (None for half of the lease) and ``connections`` hold where the configuration gives none.
    """

    channels: frozenset[Channel]
    options: Callable[[Table], Options]
    timeout: timedelta | None = None
    connections: int = 4
    needs_table: bool = True


def _smtp(table: Table) -> Options:
    options = {
        "host": table.required("host", host_name),
        "port": table.read("port", _PORTS),
        "tls": table.read("tls", one_of(_TLS)),
        "from": table.required("from", mailbox),
        "return_path": table.read("return_path", _return_path),
        "username": table.read("username", text),
        "password": table.secret("password"),
        "ca_file": table.read("ca_file", table.reading.file),
    }
    _together(table, "username", "password")
    return options


def _twilio(table: Table) -> Options:
    options = {
        "account_sid": table.required("account_sid", _account_sid),
        "auth_token": table.secret("auth_token"),
        "from": table.read("from", text),
        "messaging_service_sid": table.read("messaging_service_sid", text),
        "api_key": table.read("api_key", text),
        "api_secret": table.secret("api_secret"),
        "base_url": table.read("base_url", web_address_like("https://api.twilio.com")),
    }
    _together(table, "api_key", "api_secret")
    if not table.values.keys() & {"auth_token", "api_key", "api_secret"}:
        table.report("auth_token", 'is missing; give it as { env = "NAME" }, or give api_key and api_secret')
    senders = len(table.values.keys() & {"from", "messaging_service_sid"})
    if senders == 0:
        table.report("from", "is missing; give the number that messages come from, or messaging_service_sid")
    elif senders > 1:
        table.report("from", "is given, and messaging_service_sid too; leave one of them out")
    return options


def _fcm(table: Table) -> Options:
    return {
        "credentials": table.required("credentials", table.reading.file),
        "project_id": table.read("project_id", text),
        "base_url": table.read("base_url", web_address_like("https://fcm.googleapis.com")),
    }


def _sendgrid(table: Table) -> Options:
    options = {
        "api_key": table.secret("api_key"),
        "from": table.required("from", mailbox),
        "base_url": table.read("base_url", web_address_like("https://api.sendgrid.com")),
        "webhook_public_key": table.read("webhook_public_key", text),
    }
    if "api_key" not in table.values:
        table.report("api_key", 'is missing; give it as { env = "NAME" }')
    return options


def _web_push(table: Table) -> Options:
    options = {
        "private_key": table.secret("private_key", advice=_MAKE_VAPID),
        "contact": table.required("contact", _contact),
        "hosts": table.read("hosts", _push_hosts),
        "base_url": table.read("base_url", web_address_like("https://push.example.com")),
    }
    if "private_key" not in table.values:
        table.report("private_key", f'is missing; {_MAKE_VAPID}, then {{ file = "vapid.pem" }}')
    return options


def _outbox(table: Table) -> Options:
    named = table.read("folder", text)
    return {"folder": table.reading.folder / (named or "outbox"), "from": table.read("from", mailbox)}


def _nothing(_: Table) -> Options:
    return {}


def _own(table: Table) -> Options:
    return table.rest()


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "smtp": Kind(channels=frozenset({Channel.EMAIL}), options=_smtp, timeout=timedelta(seconds=10)),
        "twilio": Kind(
            channels=frozenset({Channel.SMS}), options=_twilio, timeout=timedelta(seconds=10), connections=8
        ),
        "fcm": Kind(channels=frozenset({Channel.PUSH}), options=_fcm, timeout=timedelta(seconds=15), connections=8),
        "sendgrid": Kind(
            channels=frozenset({Channel.EMAIL}), options=_sendgrid, timeout=timedelta(seconds=15), connections=8
        ),
        "web_push": Kind(
            channels=frozenset({Channel.WEB_PUSH}), options=_web_push, timeout=timedelta(seconds=10), connections=8
        ),
        "outbox": Kind(
            channels=frozenset(Channel) - {Channel.IN_APP}, options=_outbox, connections=2, needs_table=False
        ),
        "in_app": Kind(channels=frozenset({Channel.IN_APP}), options=_nothing, connections=2, needs_table=False),
        "memory": Kind(channels=frozenset(Channel), options=_nothing, needs_table=False),
    }
)
CALLED_BACK = frozenset({"twilio", "sendgrid"})
"""The kinds whose providers call us with what becomes of messages."""

OWN_KIND = Kind(channels=frozenset(Channel), options=_own)


def kind_named(value: object) -> str:
    """Return the name of a kind, or ``module:factory``.

    :raises ValueError: there is no such kind in this version.
    """
    name = value if isinstance(value, str) else ""
    if name in KINDS or OWN.match(name):
        return name
    allowed = f'{", ".join(KINDS)}, or "module:factory"'
    if not name:
        raise ValueError(f"must be one of {allowed}")
    near = get_close_matches(name, KINDS, n=1)
    if near:
        raise ValueError(f"{name[:SHOWN_MAX]} is no kind; did you mean {near[0]}? allowed: {allowed}")
    raise ValueError(f"kind {name[:SHOWN_MAX]} is not available in this version; allowed: {allowed}")


def kind_of(name: str) -> Kind:
    """Return what is known of the kind called *name*; every other one is of one's own."""
    return KINDS.get(name, OWN_KIND)


def _return_path(value: object) -> str:
    address = text(value)
    if (problem := problem_with(address)) is not None:
        raise ValueError(problem)
    return address


def _contact(value: object) -> str:
    given = value if isinstance(value, str) and value.isprintable() else ""
    if given.startswith("mailto:") and is_email(given.removeprefix("mailto:")):
        return given
    try:
        parts = urlsplit(given)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme == "https" and given.lower() == f"https://{parts.hostname}":
        return given
    raise ValueError("must be mailto: with a mailbox, or https:// with a host; push services look for the sender there")


def _push_hosts(value: object) -> tuple[str, ...]:
    parts = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) and is_host_pattern(part) for part in parts):
        raise ValueError('must be a list of host names in lower case, as in ["push.example.com", "*.example.net"]')
    return tuple(parts)


def _account_sid(value: object) -> str:
    sid = text(value)
    if not sid.startswith("AC"):
        raise ValueError("must start with AC; copy it from the Twilio Console")
    return sid


def _together(table: Table, first: str, second: str) -> None:
    given = table.values.keys() & {first, second}
    if len(given) == 1:
        missing = ({first, second} - given).pop()
        table.report(missing, f"is missing; {first} and {second} belong together")
