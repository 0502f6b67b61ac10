"""Rows of a report: what was counted, read as people ask for it."""

import pytest

from application.insight.report import EVENTS_OF_OUTCOMES, ReportRow, rows_of
from application.ports.report_repository import Counted, Gauge, Grouping, Tally
from domain.lifecycle import Event, Status
from domain.outcome import NAMES


def row_of(*what: tuple[str, int], by: Grouping | None = None) -> ReportRow:
    (row,) = rows_of(Counted([Tally("all", word, 0, number) for word, number in what], []), by)
    return row


NAMES_OF_EVENTS: dict[Event, set[str]] = {
    Event.ACCEPT: {"sent"},
    Event.DELIVER: {"delivered"},
    Event.REJECT: {"failed"},
    Event.BOUNCE: {"failed", "bounced"},
    Event.LOSE: {"unknown"},
    Event.SUPPRESS: {"suppressed"},
    Event.EXPIRE: {"expired"},
    Event.CANCEL: {"cancelled"},
    Event.DEFER: {"retried"},
    Event.REVIVE: {"retried"},
    Event.CLAIM: set(),
    Event.POSTPONE: set(),
}
EVERY_NAME = {"created"}.union(*NAMES_OF_EVENTS.values())


@pytest.mark.parametrize("event", Event)
def test_each_step_counts_as_what_the_report_calls_it(event: Event) -> None:
    row = row_of((event.value, 3))

    assert {name: getattr(row, name) for name in EVERY_NAME} == {
        name: 3 if name in NAMES_OF_EVENTS[event] else 0 for name in EVERY_NAME
    }


def test_hand_overs_are_counted_by_outcome() -> None:
    row = row_of(("accepted", 4), ("unknown", 2), ("lose", 7))

    assert row.hand_overs == 6
    assert {outcome: number for outcome, number in row.outcomes.items() if number} == {"accepted": 4, "unknown": 2}
    assert row.unknown == 7


def test_of_a_gateway_a_hand_over_counts_as_the_step_it_would_lead_to() -> None:
    outcomes = [(outcome, 1) for outcome in NAMES.values()]
    row = row_of(*outcomes, ("accept", 50), ("deliver", 9), ("bounce", 5), by=Grouping.GATEWAY)

    assert EVENTS_OF_OUTCOMES.keys() == set(NAMES.values())
    assert (row.sent, row.delivered, row.failed, row.bounced) == (1, 9, 2 + 5, 5)
    assert (row.unknown, row.retried, row.hand_overs) == (1, 1, len(NAMES))
    assert row.now is None
    assert row.total is None


@pytest.mark.parametrize("by", [None, Grouping.GATEWAY])
def test_what_people_looked_at_is_shown_and_what_machines_did_is_not(by: Grouping | None) -> None:
    row = row_of(("opened", 5), ("clicked", 2), ("opened_by_machine", 40), ("clicked_by_machine", 30), by=by)

    assert (row.opened, row.clicked) == (5, 2)


def test_rates_are_shares_of_what_ended_and_those_of_receipts_shares_of_what_was_sent() -> None:
    row = row_of(
        *(("accept", 80), ("reject", 10), ("lose", 4), ("suppress", 3), ("expire", 3)),
        *(("deliver", 60), ("bounce", 8), ("opened", 40), ("clicked", 4), ("cancel", 500), ("defer", 500)),
    )

    assert row.rates == {
        "sent": 0.8,
        "failed": 0.1,
        "unknown": 0.04,
        "suppressed": 0.03,
        "expired": 0.03,
        "delivered": 0.75,
        "bounced": 0.1,
        "opened": 0.5,
        "clicked": 0.05,
    }


def test_rows_come_by_name_and_only_where_something_happened_or_waits() -> None:
    counted = Counted(
        [Tally("sms", "created", 0, 1)],
        [Gauge("email", Status.SENDING, 2), Gauge("push", Status.SENT, 5), Gauge("sms", Status.PENDING, 1)],
    )

    rows = rows_of(counted, Grouping.CHANNEL)

    assert [(row.group, row.total) for row in rows] == [("email", 2), ("sms", 1)]


def test_percentiles_are_bounds_of_their_buckets() -> None:
    (row,) = rows_of(Counted([Tally("all", "latency", 20, 90), Tally("all", "latency", 110, 10)], []), None)

    assert (row.latency_p50_ms, row.latency_p95_ms) == (20, 110)
    assert row.hand_overs == 0
