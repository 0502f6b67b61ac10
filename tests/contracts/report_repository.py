"""What every report must say."""

from collections import Counter

import pytest

from application.ports.report_repository import Grouping, ReportRow
from domain.channel import Channel
from domain.notification_type import NotificationType
from domain.outcome import Accepted, Deferred, Rejected
from tests.contracts.given import (
    DAY,
    NOW,
    SECOND,
    a_campaign,
    a_message,
    add,
    advance_to_the_end,
    answer,
    answered,
    claim,
    claimed,
    claims,
    only,
)
from tests.contracts.stores import Stores


def _what_happened(stores: Stores) -> None:
    """Two emails ended, one text was sent at the second attempt, one promotional text waits, all on two days."""
    add(
        stores,
        a_message("ada", created_at=NOW - DAY),
        a_message("bob"),
        a_message("ada", channel=Channel.SMS),
        a_message("bob", channel=Channel.SMS, type=NotificationType.PROMOTIONAL, send_at=NOW + DAY / 2),
    )
    by_channel = {lane.channel: claim(stores, lane=lane).claims for lane in stores.queue.due_lanes(NOW)}
    sent, failed = by_channel[Channel.EMAIL]
    text = only(by_channel[Channel.SMS])
    answer(stores, sent, Accepted("m-1"), NOW + 2 * SECOND)
    answer(stores, failed, Rejected("554 no"), NOW + 3 * SECOND)
    stores.queue.conclude([answered(text, Deferred("429 later"), NOW, gateway="text")], NOW)
    again = only(claims(stores, NOW + 60 * SECOND))
    stores.queue.conclude([answered(again, Accepted("t-1"), NOW + 60 * SECOND, gateway="spare")], NOW + 60 * SECOND)


def _counts(row: ReportRow) -> tuple[int, dict[str, int], int, int]:
    return row.total, {status: count for status, count in row.statuses.items() if count}, row.retried, row.attempts


class ReportRepositoryContract:
    """Counts by present status that add up."""

    def test_one_row_says_it_all(self, stores: Stores) -> None:
        _what_happened(stores)

        row = only(stores.reports.summary(None, None))

        assert row.group == "all"
        assert _counts(row) == (4, {"sent": 2, "failed": 1, "pending": 1}, 1, 4)

    def test_an_empty_store_counts_nothing(self, stores: Stores) -> None:
        row = only(stores.reports.summary(None, None))

        assert (row.group, _counts(row)) == ("all", (0, {}, 0, 0))
        assert (row.latency_p50_ms, row.latency_p95_ms) == (None, None)

    def test_channels_come_by_name(self, stores: Stores) -> None:
        _what_happened(stores)

        rows = stores.reports.summary(None, Grouping.CHANNEL)

        assert [(row.group, _counts(row)) for row in rows] == [
            ("email", (2, {"sent": 1, "failed": 1}, 0, 2)),
            ("sms", (2, {"sent": 1, "pending": 1}, 1, 2)),
        ]

    def test_types_come_by_name(self, stores: Stores) -> None:
        _what_happened(stores)

        rows = stores.reports.summary(None, Grouping.TYPE)

        assert [(row.group, row.total) for row in rows] == [("promotional", 1), ("transactional", 3)]

    def test_days_are_those_of_creation_in_utc(self, stores: Stores) -> None:
        _what_happened(stores)

        rows = stores.reports.summary(None, Grouping.DAY)

        assert [(row.group, row.total) for row in rows] == [("2026-03-01", 1), ("2026-03-02", 3)]

    def test_a_notification_counts_for_each_gateway_that_had_it(self, stores: Stores) -> None:
        _what_happened(stores)

        rows = stores.reports.summary(None, Grouping.GATEWAY)

        assert [(row.group, _counts(row)) for row in rows] == [
            ("mail", (2, {"sent": 1, "failed": 1}, 0, 2)),
            ("spare", (1, {"sent": 1}, 1, 1)),
            ("text", (1, {"sent": 1}, 1, 1)),
        ]

    def test_campaigns_come_by_name(self, stores: Stores) -> None:
        add(stores, a_message("ada"), a_message("bob"))
        for name in ("winter", "spring"):
            advance_to_the_end(stores, stores.campaigns.start(a_campaign(name)).id)

        rows = stores.reports.summary(None, Grouping.CAMPAIGN)

        assert [(row.group, row.total) for row in rows if row.group in ("spring", "winter")] == [
            ("spring", 2),
            ("winter", 2),
        ]

    def test_what_was_created_before_is_left_out(self, stores: Stores) -> None:
        _what_happened(stores)

        assert _counts(only(stores.reports.summary(NOW, None))) == (
            3,
            {"sent": 1, "failed": 1, "pending": 1},
            1,
            3,
        )
        assert only(stores.reports.summary(NOW + SECOND, None)).total == 0

    def test_latency_is_from_due_to_accepted(self, stores: Stores) -> None:
        _what_happened(stores)

        by_mail = next(row for row in stores.reports.summary(None, Grouping.CHANNEL) if row.group == "email")

        assert (by_mail.latency_p50_ms, by_mail.latency_p95_ms) == (2000, 2000)

    def test_what_was_due_before_it_was_created_waits_from_then(self, stores: Stores) -> None:
        held = claimed(stores, a_message(send_at=NOW - 1000 * DAY))
        stores.queue.conclude([answered(held, Accepted("m-1"), NOW + SECOND)], NOW + SECOND)

        assert only(stores.reports.summary(None, None)).latency_p50_ms == 1000

    def test_half_were_faster_than_the_median_and_nearly_all_than_the_95th(self, stores: Stores) -> None:
        add(stores, *(a_message() for _ in range(100)))
        taken = claims(stores)
        stores.queue.conclude(
            [answered(one, Accepted("m"), NOW + (number + 1) * SECOND) for number, one in enumerate(taken)],
            NOW + 100 * SECOND,
        )

        row = only(stores.reports.summary(None, None))

        assert row.latency_p50_ms is not None
        assert row.latency_p95_ms is not None
        assert 50_000 <= row.latency_p50_ms <= 51_000
        assert 95_000 <= row.latency_p95_ms <= 96_000

    @pytest.mark.parametrize("by", [Grouping.CHANNEL, Grouping.TYPE, Grouping.DAY])
    def test_the_rows_add_up_to_the_whole(self, stores: Stores, by: Grouping) -> None:
        _what_happened(stores)
        whole = only(stores.reports.summary(None, None))

        rows = stores.reports.summary(None, by)

        statuses: Counter[str] = Counter()
        for row in rows:
            assert sum(row.statuses.values()) == row.total
            statuses.update(row.statuses)
        assert sum(row.total for row in rows) == whole.total
        assert +statuses == +Counter(whole.statuses)
        assert sum(row.attempts for row in rows) == whole.attempts
        assert sum(row.retried for row in rows) == whole.retried
