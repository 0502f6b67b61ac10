"""Counting what happened."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from attrs import frozen


class Grouping(StrEnum):
    """What the rows of a report stand for."""

    CHANNEL = "channel"
    TYPE = "type"
    CAMPAIGN = "campaign"
    GATEWAY = "gateway"
    DAY = "day"


@frozen(kw_only=True)
class ReportRow:
    """The notifications of one group, counted by their present status.

    ``retried`` had more than one attempt; ``attempts`` counts hand-overs. Latency is from due to accepted, in
    milliseconds, None where nothing was accepted; what was due before it was created counts from then.
    """

    group: str
    total: int
    statuses: dict[str, int]
    retried: int
    attempts: int
    latency_p50_ms: int | None
    latency_p95_ms: int | None


class ReportRepository(Protocol):
    """Counts notifications. Reading only; one consistent view a call."""

    def summary(self, since: datetime | None, by: Grouping | None) -> Sequence[ReportRow]:
        """Return a row a group, by name; without *by* one row whose group is ``all``.

        *since* leaves out what was created before. By gateway, a notification counts for each gateway that had it.
        """
        ...
