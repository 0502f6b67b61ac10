"""Lanes as people see them."""

from collections.abc import Iterable

from domain.lane import LaneStanding
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


def pace(rate: float | None) -> str | None:
    """Return a rate as it is written: so many a second, or a minute or an hour where that reads better."""
    if rate is None:
        return None
    for unit, seconds in (("s", 1), ("m", 60)):
        if rate * seconds >= 1:
            return f"{rate * seconds:g}/{unit}"
    return f"{rate * 3600:g}/h"
