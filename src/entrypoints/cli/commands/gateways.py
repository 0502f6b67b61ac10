"""``tocsin gateways``."""

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import click

from application.insight.inspect_gateways import GatewayState
from domain.errors import Conflict, InvalidInput
from domain.outcome import Accepted, name_of, reason_of
from entrypoints.cli.command import TocsinCommand, TocsinGroup
from entrypoints.cli.gateway_view import standing
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json, print_json_lines, print_table
from entrypoints.cli.plain_text import shown
from entrypoints.cli.session import Session, pass_session
from entrypoints.when import parse_duration
from entrypoints.wire_format import gateway_json, health_json

VAPID_ADVICE = """The private key is in {file}; only you can read it.

The public key, for browsers (applicationServerKey):
{public}

For the configuration:

[gateways.web]
kind = "web_push"
private_key = {{ file = "{file}" }}
contact = "mailto:ops@example.com"

[routes]
web_push = ["web"]"""

COLUMNS = ("name", "kind", "routes", "rate", "health", "reason")


@click.group(
    "gateways",
    cls=TocsinGroup,
    epilog="""tocsin gateways list
        tocsin gateways check mail
        tocsin gateways pause mail --for 10m
        tocsin gateways resume mail
        tocsin gateways vapid --out vapid.pem""",
)
def command() -> None:
    """Look at the gateways, check that they could send, pause and resume them."""


@command.command("list", cls=TocsinCommand, epilog="tocsin gateways list")
@pass_session
def list_(session: Session) -> None:
    """List the gateways with their routes and their health."""
    with opened(session) as container:
        states = container.list_gateways()()
        now = container.clock().now()
    if session.json:
        print_json_lines(gateway_json(state) for state in states)
    else:
        print_table(COLUMNS, (row for state in states for row in _rows(state, now)))


def _rows(state: GatewayState, now: datetime) -> Iterator[Sequence[object]]:
    """Yield a gateway, and beneath it what is known of the services behind it."""
    facts = state.facts
    yield (
        facts.name,
        facts.kind,
        _places(state),
        _pace(state),
        standing(state.health, now),
        state.health.reason,
    )
    for one in state.scopes:
        yield one.gateway, None, None, None, standing(one, now), one.reason


def _places(state: GatewayState) -> str:
    """Return on which routes it is, and when its turn comes there."""
    return ", ".join(f"{channel} {_ordinal(place)}" for channel, place in state.places.items()) or "in no route"


def _ordinal(number: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if number % 100 in (11, 12, 13) else endings.get(number % 10, 'th')}"


def _pace(state: GatewayState) -> str | None:
    return None if state.facts.rate is None else f"{state.facts.rate:g}/s"


@command.command("check", cls=TocsinCommand, epilog="tocsin gateways check mail")
@click.argument("name", metavar="NAME")
@pass_session
def check(session: Session, name: str) -> None:
    """Connect to a gateway and log in, without sending anything.

    One that answers well is used again at once if it was resting, unless it was paused by hand.
    """
    with opened(session) as container:
        outcome = container.check_gateway()(name)
    reason = None if outcome is None else reason_of(outcome)
    if session.json:
        print_json({"gateway": name, "outcome": None if outcome is None else name_of(outcome), "reason": reason})
    elif outcome is None:
        click.echo(f"{name} has no check of its own; send a notification through it to see")
    elif isinstance(outcome, Accepted):
        click.echo(f"{name} could send now")
    if outcome is not None and not isinstance(outcome, Accepted):
        raise click.ClickException(f"{name} could not send now: {reason}")


@command.command(
    "pause",
    cls=TocsinCommand,
    epilog="""tocsin gateways pause mail
        tocsin gateways pause mail --for 10m""",
)
@click.argument("name", metavar="NAME")
@click.option("--for", "span", metavar="SPAN", help="How long, such as 10m or 2h; without it, until it is resumed.")
@pass_session
def pause(session: Session, name: str, span: str | None) -> None:
    """Let a gateway rest for a while, or until it is resumed.

    Routes pass it over, and what has no other way waits. It holds for every dispatcher within a second; what is being
    sent through it goes out.
    """
    length = None if span is None else parse_duration(span, "for")
    with opened(session) as container:
        health = container.pause_gateway()(name, length)
    if session.json:
        print_json(health_json(health))
    else:
        until = f"until {shown(health.paused_until)}" if length else f"until: tocsin gateways resume {name}"
        click.echo(f"{name} rests {until}")


@command.command("resume", cls=TocsinCommand, epilog="tocsin gateways resume mail")
@click.argument("name", metavar="NAME")
@pass_session
def resume(session: Session, name: str) -> None:
    """Use a gateway again that rests, whoever or whatever paused it."""
    with opened(session) as container:
        health = container.resume_gateway()(name)
    if session.json:
        print_json(health_json(health))
    else:
        click.echo(f"{name} is used again")


@command.command(
    "vapid",
    cls=TocsinCommand,
    epilog="""tocsin gateways vapid --out vapid.pem
        tocsin gateways vapid --json""",
)
@click.option("--out", "file", metavar="FILE", help="Where the private key goes; a file that exists is not changed.")
@pass_session
def vapid(session: Session, file: str | None) -> None:
    """Make the keys for web push.

    Browsers subscribe with the public one, and push services know by the private one who sends. Keep it: a subscription
    holds for the key with which it was made.
    """
    from entrypoints.gateways.vapid import new_key_pair

    if file is None and not session.json:
        raise InvalidInput.of("out", "is missing; say where the private key goes: --out vapid.pem, or see both: --json")
    pair = new_key_pair()
    if file is not None:
        _write_private(Path(file), pair.private)
    if not session.json:
        click.echo(VAPID_ADVICE.format(file=file, public=pair.public))
    elif file is not None:
        print_json({"public_key": pair.public, "file": file})
    else:
        print_json({"public_key": pair.public, "private_key": pair.private})


def _write_private(file: Path, text: str) -> None:
    """Write *text* into a new file that nobody else can read."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as opened_file:
            opened_file.write(text)
    except FileExistsError:
        raise Conflict(f"{file} exists and is not changed: what was subscribed with its key would be lost") from None
    except OSError as error:
        raise InvalidInput.of("out", f"cannot write {file}: {error.strerror}") from error
