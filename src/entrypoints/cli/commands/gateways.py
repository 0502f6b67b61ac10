"""``tocsin gateways``."""

import click

from application.insight.inspect_gateways import GatewayState
from domain.outcome import Accepted, name_of, reason_of
from entrypoints.cli.command import TocsinCommand, TocsinGroup
from entrypoints.cli.gateway_view import standing
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json, print_json_lines, print_table
from entrypoints.cli.plain_text import shown
from entrypoints.cli.session import Session, pass_session
from entrypoints.when import parse_duration
from entrypoints.wire_format import gateway_json, health_json

COLUMNS = ("name", "kind", "channels", "rate", "health", "reason")


@click.group(
    "gateways",
    cls=TocsinGroup,
    epilog="""tocsin gateways list
        tocsin gateways check mail
        tocsin gateways pause mail --for 10m
        tocsin gateways resume mail""",
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
        print_table(
            COLUMNS,
            (
                (
                    state.facts.name,
                    state.facts.kind,
                    ", ".join(state.channels),
                    _pace(state),
                    standing(state.health, now),
                    state.health.reason,
                )
                for state in states
            ),
        )


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
