"""Counting what happened to notifications."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from attrs import frozen

from application.ports.clock import Clock
from application.ports.report_repository import (
    ALL,
    CLICKED,
    CREATED,
    LATENCY,
    OPENED,
    Counted,
    Grouping,
    ReportRepository,
)
from domain.errors import InvalidInput
from domain.latency import percentile
from domain.lifecycle import Event, Status
from domain.outcome import (
    NAMES,
    Accepted,
    Deferred,
    GatewayDown,
    NotStarted,
    Rejected,
    Throttled,
    Unknown,
    Unreachable,
)

DAYS_MAX = 3660

EVENTS_OF_OUTCOMES: Final[Mapping[str, Event]] = MappingProxyType(
    {
        NAMES[Accepted]: Event.ACCEPT,
        NAMES[Deferred]: Event.DEFER,
        NAMES[Throttled]: Event.POSTPONE,
        NAMES[Rejected]: Event.REJECT,
        NAMES[Unreachable]: Event.REJECT,
        NAMES[GatewayDown]: Event.POSTPONE,
        NAMES[Unknown]: Event.LOSE,
        NAMES[NotStarted]: Event.POSTPONE,
    }
)
"""What a hand-over counts as where a row stands for a gateway: the step that its outcome alone would lead to."""

_WITHOUT_GAUGES: Final = frozenset({Grouping.GATEWAY, Grouping.DAY})


@frozen(kw_only=True)
class ReportRow:
    """What happened in one group.

    Every number but those of ``now`` counts events: a notification that failed, was put back and sent counts as failed
    and as sent. ``retried`` is how often one went back to be tried again, after a deferred attempt or by hand.
    ``opened`` and ``clicked`` count each notification once, and only what people did, as far as the provider can tell.
    ``outcomes`` counts hand-overs by the word of their outcome. Latency is from due to accepted, in milliseconds, as
    the upper bound of a bucket: up to 10 % above the exact value; None where nothing was accepted. ``now`` is
    how many stand in each status at this moment, None where a row stands for a gateway or a day.

    Where a row stands for a gateway, it counts hand-overs: each as the step that its outcome alone would lead to.
    """

    group: str
    created: int
    sent: int
    delivered: int
    failed: int
    bounced: int  # of the failed, those that had been sent
    opened: int
    clicked: int
    unknown: int
    suppressed: int
    expired: int
    cancelled: int
    retried: int
    outcomes: Mapping[str, int]
    latency_p50_ms: int | None
    latency_p95_ms: int | None
    now: Mapping[Status, int] | None

    @property
    def hand_overs(self) -> int:
        """How often a message was given to a gateway."""
        return sum(self.outcomes.values())

    @property
    def total(self) -> int | None:
        """How many notifications there are at this moment, if that is known."""
        return None if self.now is None else sum(self.now.values())

    @property
    def rates(self) -> Mapping[str, float | None]:
        """The share of each end among all ends but cancellations, and among the sent of what receipts told."""
        ends = {
            "sent": self.sent,
            "failed": self.failed - self.bounced,
            "unknown": self.unknown,
            "suppressed": self.suppressed,
            "expired": self.expired,
        }
        ended = sum(ends.values())
        return {
            **{name: _share(number, ended) for name, number in ends.items()},
            "delivered": _share(self.delivered, self.sent),
            "bounced": _share(self.bounced, self.sent),
            "opened": _share(self.opened, self.sent),
            "clicked": _share(self.clicked, self.sent),
        }


@frozen(kw_only=True)
class Report:
    """Count what happened to notifications."""

    reports: ReportRepository
    clock: Clock

    def __call__(
        self, days: int | None = None, by: Grouping | None = None, *, test: bool = False
    ) -> Sequence[ReportRow]:
        """Return a row a group, by name, for the last *days* UTC days, today included; None means ever.

        Only tests are counted, or only what is none, as *test* says.
        Without *by* there is one row, whose group is ``all``. A group of which nothing was counted is left out, unless
        something of it waits.

        :raises InvalidInput: *days* is not between 1 and 3660.
        """
        if days is not None and not 1 <= days <= DAYS_MAX:
            raise InvalidInput.of("days", f"must be between 1 and {DAYS_MAX}")
        since = None if days is None else self.clock.now().date() - timedelta(days=days - 1)
        return rows_of(self.reports.counted(since, by, test=test), by)


def rows_of(counted: Counted, by: Grouping | None) -> Sequence[ReportRow]:
    """Return the rows that *counted* gives, by the name of their group."""
    happened: defaultdict[str, Counter[str]] = defaultdict(Counter)
    latencies: defaultdict[str, Counter[int]] = defaultdict(Counter)
    standing: defaultdict[str, Counter[Status]] = defaultdict(Counter)
    for one in counted.tallies:
        if one.what == LATENCY:
            latencies[one.group][one.bound_ms] += one.number
        else:
            happened[one.group][one.what] += one.number
    for gauge in counted.gauges:
        standing[gauge.group][gauge.status] += gauge.number
    waiting = {group for group, now in standing.items() if now[Status.PENDING] or now[Status.SENDING]}
    groups = happened.keys() | waiting | ({ALL} if by is None else set())
    now_is_known = by not in _WITHOUT_GAUGES
    return [
        _row(
            group,
            happened[group],
            steps_of(happened[group], of_gateway=by is Grouping.GATEWAY),
            latencies[group],
            {status: standing[group][status] for status in Status} if now_is_known else None,
        )
        for group in sorted(groups)
    ]


def steps_of(happened: Mapping[str, int], *, of_gateway: bool) -> Counter[Event]:
    """Return how many steps of each kind were taken; where that is not known, those that hand-overs would lead to."""
    if not of_gateway:
        return Counter({event: happened.get(event.value, 0) for event in Event})
    steps = Counter({event: happened.get(event.value, 0) for event in (Event.DELIVER, Event.BOUNCE)})
    for outcome, event in EVENTS_OF_OUTCOMES.items():
        steps[event] += happened.get(outcome, 0)
    return steps


def _row(
    group: str,
    happened: Mapping[str, int],
    steps: Mapping[Event, int],
    latencies: Mapping[int, int],
    now: Mapping[Status, int] | None,
) -> ReportRow:
    return ReportRow(
        group=group,
        created=happened.get(CREATED, 0),
        sent=steps[Event.ACCEPT],
        delivered=steps[Event.DELIVER],
        failed=steps[Event.REJECT] + steps[Event.BOUNCE],
        bounced=steps[Event.BOUNCE],
        opened=happened.get(OPENED, 0),
        clicked=happened.get(CLICKED, 0),
        unknown=steps[Event.LOSE],
        suppressed=steps[Event.SUPPRESS],
        expired=steps[Event.EXPIRE],
        cancelled=steps[Event.CANCEL],
        retried=steps[Event.DEFER] + steps[Event.REVIVE],
        outcomes={outcome: happened.get(outcome, 0) for outcome in EVENTS_OF_OUTCOMES},
        latency_p50_ms=percentile(latencies, 50),
        latency_p95_ms=percentile(latencies, 95),
        now=now,
    )


def _share(number: int, of: int) -> float | None:
    return number / of if of else None
