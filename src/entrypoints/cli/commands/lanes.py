"""``tocsin lanes``."""

from typing import Any

import click

from domain.lane import LaneState
from entrypoints.cli.command import TocsinCommand, TocsinGroup
from entrypoints.cli.lane_view import pace, print_lanes
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json, print_json_lines
from entrypoints.cli.parameters import Rate
from entrypoints.cli.session import Session, pass_session
from entrypoints.wire_format import lane_json


class RateOrNone(Rate):
    """A pace, or ``none`` for no limit."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return how many a second, or the word itself."""
        return "none" if str(value).strip().lower() == "none" else super().convert(value, param, ctx)


name_argument = click.argument("name", metavar="NAME")


@click.group(
    "lanes",
    cls=TocsinGroup,
    epilog="""tocsin lanes list
        tocsin lanes pause email/promotional
        tocsin lanes resume email/promotional
        tocsin lanes pace email/promotional/campaign-7 --rate 50/s""",
)
def command() -> None:
    """Look at the queues, and pause, resume or pace them.

    There is a lane for each channel and type, such as sms/transactional, and one for each channel of a campaign, such
    as email/promotional/campaign-7. What is changed holds for every dispatcher from its next claim on.
    """


@command.command("list", cls=TocsinCommand, epilog="tocsin lanes list")
@pass_session
def list_(session: Session) -> None:
    """List the lanes with what waits in them.

    Of campaigns only those that run, are paused, or have something left to send.
    """
    with opened(session) as container:
        standings = container.list_lanes()()
    if session.json:
        print_json_lines(lane_json(standing) for standing in standings)
    else:
        print_lanes(standings)


@command.command("pause", cls=TocsinCommand, epilog="tocsin lanes pause email/promotional")
@name_argument
@pass_session
def pause(session: Session, name: str) -> None:
    """Let nothing more be sent from a lane.

    What is being sent goes out. Campaigns have lanes of their own, such as email/promotional/campaign-7; those stay as
    they are. A lane of a campaign that is paused here stays so when the campaign is paused and resumed.
    """
    with opened(session) as container:
        standing = container.pause_lane()(name)
    if session.json:
        print_json(lane_json(standing))
    else:
        click.echo(f"{name} is paused; waiting: {standing.waiting}")


@command.command("resume", cls=TocsinCommand, epilog="tocsin lanes resume email/promotional")
@name_argument
@pass_session
def resume(session: Session, name: str) -> None:
    """Let a lane be sent from again."""
    with opened(session) as container:
        standing = container.resume_lane()(name)
    assert standing.lane.state is LaneState.OPEN
    if session.json:
        print_json(lane_json(standing))
    else:
        click.echo(f"{name} is open; waiting: {standing.waiting}")


@command.command(
    "pace",
    cls=TocsinCommand,
    epilog="""tocsin lanes pace email/promotional --rate 50/s
        tocsin lanes pace email/promotional --rate none""",
)
@name_argument
@click.option("--rate", type=RateOrNone(), required=True, help="No faster than this, such as 50/s; or none.")
@pass_session
def pace_(session: Session, name: str, rate: float | str) -> None:
    """Let a lane send no faster than so many a second, all dispatchers together."""
    with opened(session) as container:
        standing = container.pace_lane()(name, None if isinstance(rate, str) else rate)
    if session.json:
        print_json(lane_json(standing))
    else:
        told = pace(standing.lane.rate)
        click.echo(f"{name} has no limit" if told is None else f"{name} sends no faster than {told}")
