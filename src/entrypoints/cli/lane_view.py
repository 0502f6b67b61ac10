"""Lanes as people see them."""

from collections.abc import Iterable

from domain.lane import Lane, LaneStanding, LaneState
from entrypoints.cli.output import print_table

COLUMNS = ("lane", "state", "rate", "waiting", "sending", "next due")
NUMBERS = frozenset({"waiting", "sending"})


def print_lanes(standings: Iterable[LaneStanding]) -> None:
    """Print how lanes stand."""
    print_table(
        COLUMNS,
        (
            (one.lane.name, one.lane.state, pace(one.lane.rate), one.waiting, one.sending, one.next_due)
            for one in standings
        ),
        NUMBERS,
    )


def described(lane: Lane) -> str:
    """Return the name of *lane*, and what holds it back if anything does."""
    if lane.state is LaneState.PAUSED:
        return f"{lane.name} is paused: {how_to_resume(lane)}"
    told = pace(lane.rate)
    return lane.name if told is None else f"{lane.name}, at most {told}"


def how_to_resume(lane: Lane) -> str:
    """Return the command that lets a paused *lane* be sent from again; one of a campaign is mostly paused with it."""
    if lane.campaign_id is None:
        return f"tocsin lanes resume {lane.name}"
    return f"tocsin campaigns resume {lane.campaign_id}, or tocsin lanes resume {lane.name} if it was paused alone"


def pace(rate: float | None) -> str | None:
    """Return a rate as it is written: so many a second, or a minute or an hour where that reads better."""
    if rate is None:
        return None
    for unit, seconds in (("s", 1), ("m", 60)):
        if rate * seconds >= 1:
            return f"{rate * seconds:g}/{unit}"
    return f"{rate * 3600:g}/h"
