"""Counting what happens: events by UTC day, and how many stand in each status, in the transaction that changes it.

Every statement that changes a status tells a :class:`Counts`, which is written once at the end of the transaction. What
counts as what stands in :class:`application.ports.report_repository.ReportRepository`.
"""

import sqlite3
from datetime import UTC, datetime
from typing import Final

from application.ports.report_repository import CREATED, LATENCY
from domain.errors import StoreUnavailable
from domain.latency import bound_of
from domain.lifecycle import Event, Status

WRONG: Final = "the gauges of the store differ from its notifications; count again with: tocsin init"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# Some more of what happened on one day.
ADD_TO_COUNTER = """
INSERT INTO counters (lane_id, gateway, what, bound_ms, number, day) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET number = number + excluded.number
"""

# More or fewer that stand so. The row is there since the lane is.
MOVE_GAUGE = "UPDATE gauges SET number = number + ? WHERE lane_id = ? AND status = ?"


class Counts:
    """What one transaction changes in the counters and gauges; written once at its end."""

    __slots__ = ("_counters", "_created", "_steps")

    def __init__(self) -> None:
        self._created: dict[int, int] = {}  # by lane
        self._steps: dict[tuple[int, str, Status, Event, Status], int] = {}  # by lane, gateway, and how it went
        self._counters: dict[tuple[int, str, str, int], int] = {}  # by lane, gateway, what, bound

    def created(self, lane_id: int, number: int = 1) -> None:
        """Count new notifications, which are pending."""
        self._created[lane_id] = self._created.get(lane_id, 0) + number

    def stepped(
        self, lane_id: int, before: Status, event: Event, after: Status, number: int = 1, gateway: str = ""
    ) -> None:
        """Count steps of the lifecycle; *gateway* is named where a provider said so later, by a receipt."""
        key = (lane_id, gateway, before, event, after)
        self._steps[key] = self._steps.get(key, 0) + number

    def handed_over(self, lane_id: int, gateway: str, outcome: str, number: int = 1) -> None:
        """Count lines of the history that are new, or that an acceptance took the place of; *outcome* is its word."""
        key = (lane_id, gateway, outcome, 0)
        self._counters[key] = self._counters.get(key, 0) + number

    def accepted_after(self, lane_id: int, gateway: str, latency_ms: int, number: int = 1) -> None:
        """Count how long such lines took that say accepted: from due, or from created if that was later."""
        key = (lane_id, gateway, LATENCY, bound_of(latency_ms))
        self._counters[key] = self._counters.get(key, 0) + number

    def told(self, lane_id: int, gateway: str, what: str) -> None:
        """Count what a receipt told that is no step."""
        key = (lane_id, gateway, what, 0)
        self._counters[key] = self._counters.get(key, 0) + 1

    def write(self, connection: sqlite3.Connection, now: datetime) -> None:
        """Add all of it to what is stored, on the UTC day of *now*; where nothing was counted nothing is written.

        :raises StoreUnavailable: a gauge would fall below 0, or is not there.
        """
        if not (self._created or self._steps or self._counters):
            return
        gauges: dict[tuple[int, str], int] = {}
        for lane_id, number in self._created.items():
            self._counters[lane_id, "", CREATED, 0] = number
            gauges[lane_id, "pending"] = number
        for (lane_id, gateway, before, event, after), number in self._steps.items():
            key = (lane_id, gateway, event.value, 0)
            self._counters[key] = self._counters.get(key, 0) + number
            gauges[lane_id, before.value] = gauges.get((lane_id, before.value), 0) - number
            gauges[lane_id, after.value] = gauges.get((lane_id, after.value), 0) + number
        day = (now - _EPOCH).days
        moves = [(number, *key) for key, number in gauges.items() if number]
        try:
            moved = connection.executemany(MOVE_GAUGE, moves).rowcount
        except sqlite3.IntegrityError as error:
            raise StoreUnavailable(WRONG) from error
        if moved != len(moves):
            raise StoreUnavailable(WRONG)
        connection.executemany(
            ADD_TO_COUNTER, [(*key, number, day) for key, number in self._counters.items() if number]
        )
