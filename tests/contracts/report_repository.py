"""What every report must say."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

import pytest

from application.insight.report import ReportRow, rows_of
from application.ports.report_repository import Gauge, Grouping, Tally
from domain.channel import Channel
from domain.latency import bound_of
from domain.lifecycle import Status
from domain.notification_type import NotificationType
from domain.outcome import Accepted, Deferred, Rejected, Unknown
from tests.contracts.given import (
    DAY,
    NOW,
    SECOND,
    a_campaign,
    a_message,
    add,
    add_one,
    advance_to_the_end,
    answer,
    answered,
    claim,
    claimed,
    claims,
    only,
    rescue_all,
)
from tests.contracts.stores import Stores

TODAY = NOW.date()
YESTERDAY = TODAY - DAY


def rows(stores: Stores, by: Grouping | None = None, since: date | None = None) -> Sequence[ReportRow]:
    return rows_of(stores.reports.counted(since, by), by)


def whole(stores: Stores, since: date | None = None) -> ReportRow:
    return only(rows(stores, since=since))


def counts(row: ReportRow) -> dict[str, int]:
    """Return what a row counts, without what it does not."""
    names = ("created", "sent", "delivered", "failed", "unknown", "suppressed", "expired", "cancelled", "retried")
    found = {name: getattr(row, name) for name in names} | {"hand_overs": row.hand_overs}
    return {name: number for name, number in found.items() if number}


def standing(row: ReportRow) -> dict[str, int]:
    assert row.now is not None
    return {status.value: number for status, number in row.now.items() if number}


def tallies(stores: Stores) -> dict[str, int]:
    """Return all that was counted but latencies."""
    return {one.what: one.number for one in stores.reports.counted(None, None).tallies if not one.bound_ms}


def what_happened(stores: Stores) -> None:
    """Two emails ended, one text was sent at the second attempt, one promotional text waits, all on two days."""
    add(stores, a_message("ada", created_at=NOW - DAY))
    add(
        stores,
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


class ReportRepositoryContract:
    """Counters of what happened and gauges of what is, which add up."""

    def test_one_row_says_it_all(self, stores: Stores) -> None:
        what_happened(stores)

        row = whole(stores)

        assert row.group == "all"
        assert counts(row) == {"created": 4, "sent": 2, "failed": 1, "retried": 1, "hand_overs": 4}
        assert standing(row) == {"sent": 2, "failed": 1, "pending": 1}
        assert row.total == 4

    def test_an_empty_store_counts_nothing(self, stores: Stores) -> None:
        row = whole(stores)

        assert (row.group, row.total, counts(row)) == ("all", 0, {})
        assert (row.latency_p50_ms, row.latency_p95_ms) == (None, None)
        assert set(row.rates.values()) == {None}

    def test_channels_come_by_name(self, stores: Stores) -> None:
        what_happened(stores)

        found = rows(stores, Grouping.CHANNEL)

        assert [(row.group, counts(row), standing(row)) for row in found] == [
            ("email", {"created": 2, "sent": 1, "failed": 1, "hand_overs": 2}, {"sent": 1, "failed": 1}),
            ("sms", {"created": 2, "sent": 1, "retried": 1, "hand_overs": 2}, {"sent": 1, "pending": 1}),
        ]

    def test_types_come_by_name(self, stores: Stores) -> None:
        what_happened(stores)

        found = rows(stores, Grouping.TYPE)

        assert [(row.group, row.created, row.total) for row in found] == [
            ("promotional", 1, 1),
            ("transactional", 3, 3),
        ]

    def test_days_are_those_in_utc_on_which_it_happened(self, stores: Stores) -> None:
        what_happened(stores)

        found = rows(stores, Grouping.DAY)

        assert [(row.group, counts(row), row.now) for row in found] == [
            ("2026-03-01", {"created": 1}, None),
            ("2026-03-02", {"created": 3, "sent": 2, "failed": 1, "retried": 1, "hand_overs": 4}, None),
        ]

    def test_of_a_gateway_it_says_what_its_hand_overs_led_to(self, stores: Stores) -> None:
        what_happened(stores)

        found = rows(stores, Grouping.GATEWAY)

        assert [(row.group, counts(row), row.now) for row in found] == [
            ("mail", {"sent": 1, "failed": 1, "hand_overs": 2}, None),
            ("spare", {"sent": 1, "hand_overs": 1}, None),
            ("text", {"retried": 1, "hand_overs": 1}, None),
        ]
        assert [row.latency_p50_ms for row in found] == [bound_of(2_000), bound_of(60_000), None]

    def test_campaigns_come_by_name_and_what_belongs_to_none_is_left_out(self, stores: Stores) -> None:
        add(stores, a_message("ada"), a_message("bob"))
        for name in ("winter", "spring"):
            advance_to_the_end(stores, stores.campaigns.start(a_campaign(name)).id)

        found = rows(stores, Grouping.CAMPAIGN)

        assert [(row.group, row.created, standing(row)) for row in found] == [
            ("spring", 2, {"pending": 2}),
            ("winter", 2, {"pending": 2}),
        ]

    def test_a_cancelled_campaign_counts_what_it_withdraws(self, stores: Stores) -> None:
        add(stores, a_message("ada"), a_message("bob"))
        campaign = advance_to_the_end(stores, stores.campaigns.start(a_campaign("spring")).id)
        stores.campaigns.cancel(campaign.id, NOW)

        row = only(rows(stores, Grouping.CAMPAIGN))

        assert (counts(row), standing(row)) == ({"created": 2, "cancelled": 2}, {"cancelled": 2})

    def test_what_happened_before_is_left_out_but_not_what_is(self, stores: Stores) -> None:
        what_happened(stores)

        row = whole(stores, since=TODAY)

        assert counts(row) == {"created": 3, "sent": 2, "failed": 1, "retried": 1, "hand_overs": 4}
        assert row.total == 4
        assert counts(whole(stores, since=YESTERDAY))["created"] == 4
        assert counts(whole(stores, since=TODAY + DAY)) == {}

    def test_the_last_moment_of_a_day_in_utc_belongs_to_it(self, stores: Stores) -> None:
        midnight = datetime.combine(TODAY + DAY, datetime.min.time(), NOW.tzinfo)
        held = claimed(stores)
        answer(stores, held, Accepted("m-1"), midnight - SECOND / 1000)

        assert [(row.group, row.sent) for row in rows(stores, Grouping.DAY)] == [("2026-03-02", 1)]

        held = claimed(stores)
        answer(stores, held, Accepted("m-2"), midnight)

        assert [(row.group, row.sent) for row in rows(stores, Grouping.DAY)] == [("2026-03-02", 1), ("2026-03-03", 1)]

    def test_a_group_of_which_nothing_happened_is_there_while_something_of_it_waits(self, stores: Stores) -> None:
        what_happened(stores)

        found = rows(stores, Grouping.CHANNEL, since=TODAY + DAY)

        assert [(row.group, counts(row), standing(row)) for row in found] == [("sms", {}, {"sent": 1, "pending": 1})]

    def test_what_is_cancelled_and_what_is_put_back_counts(self, stores: Stores) -> None:
        cancelled = add_one(stores)
        stores.notifications.cancel([cancelled.id, cancelled.id, 999], NOW)
        stores.notifications.cancel([cancelled.id], NOW)
        failed = answer(stores, claimed(stores), Rejected("554 no"))
        stores.notifications.revive([failed.id, failed.id, cancelled.id, 999], NOW, None)

        row = whole(stores)

        assert counts(row) == {"created": 2, "failed": 1, "cancelled": 1, "retried": 1, "hand_overs": 1}
        assert standing(row) == {"cancelled": 1, "pending": 1}
        assert tallies(stores) == {"created": 2, "cancel": 1, "claim": 1, "reject": 1, "rejected": 1, "revive": 1}

    def test_a_wish_to_cancel_counts_once_it_comes_true(self, stores: Stores) -> None:
        held = claimed(stores)
        stores.notifications.cancel([held.notification_id], NOW)
        assert standing(whole(stores)) == {"sending": 1}

        answer(stores, held, Deferred("451 later"))

        assert counts(whole(stores)) == {"created": 1, "cancelled": 1, "hand_overs": 1}
        assert standing(whole(stores)) == {"cancelled": 1}

    def test_what_is_said_twice_counts_once(self, stores: Stores) -> None:
        held = claimed(stores)
        for _ in range(3):
            answer(stores, held, Accepted("m-1"))

        assert tallies(stores) == {"created": 1, "claim": 1, "accept": 1, "accepted": 1}

    def test_said_twice_in_one_call_it_counts_once_too(self, stores: Stores) -> None:
        held = claimed(stores)
        stores.queue.conclude([answered(held, Deferred("451 later")), answered(held, Deferred("451 later"))], NOW)

        assert tallies(stores) == {"created": 1, "claim": 1, "defer": 1, "deferred": 1}

    def test_an_acceptance_that_is_known_later_counts_beside_what_it_corrects(self, stores: Stores) -> None:
        held = claimed(stores, a_message(type=NotificationType.PROMOTIONAL))
        answer(stores, held, Unknown("timeout"))
        answer(stores, held, Accepted("m-1"), NOW + SECOND)

        assert tallies(stores) == {
            "created": 1,
            "claim": 1,
            "lose": 1,
            "unknown": 1,
            "accept": 1,
            "accepted": 1,
        }
        assert standing(whole(stores)) == {"sent": 1}
        assert whole(stores).latency_p50_ms == bound_of(1000)

    @pytest.mark.parametrize("first", [Accepted("m-1"), Deferred("451 later")])
    def test_that_is_so_within_one_call_as_well(self, stores: Stores, first: Accepted | Deferred) -> None:
        held = claimed(stores)
        second = Deferred("451 later") if isinstance(first, Accepted) else Accepted("m-1")
        stores.queue.conclude([answered(held, first), answered(held, second)], NOW)

        counted = tallies(stores)
        assert counted["accepted"] == counted["accept"] == 1
        assert counted.get("deferred", 0) == (0 if isinstance(first, Accepted) else 1)

    def test_a_stale_conclusion_counts_what_it_adds_to_the_history_and_no_step(self, stores: Stores) -> None:
        stale = claimed(stores)
        answer(stores, stale, Deferred("451 later"))
        claims(stores, NOW + 60 * SECOND)
        stores.queue.conclude([answered(stale, Rejected("554 no"), NOW, gateway="spare")], NOW)

        assert tallies(stores) == {"created": 1, "claim": 2, "defer": 1, "deferred": 1, "rejected": 1}
        assert standing(whole(stores)) == {"sending": 1}

    def test_what_a_dead_dispatcher_held_counts_without_a_gateway(self, stores: Stores) -> None:
        owner = stores.queue.register(NOW)
        add_one(stores)
        claim(stores, owner=owner)
        stores.queue.unregister(owner)
        rescue_all(stores, NOW)

        assert counts(whole(stores)) == {"created": 1, "retried": 1, "hand_overs": 1}
        assert rows(stores, Grouping.GATEWAY) == []

    def test_latency_is_from_due_to_accepted(self, stores: Stores) -> None:
        what_happened(stores)

        by_mail = next(row for row in rows(stores, Grouping.CHANNEL) if row.group == "email")

        assert by_mail.latency_p50_ms == by_mail.latency_p95_ms == bound_of(2_000)

    def test_what_was_due_before_it_was_created_waits_from_then(self, stores: Stores) -> None:
        held = claimed(stores, a_message(send_at=NOW - 1000 * DAY))
        stores.queue.conclude([answered(held, Accepted("m-1"), NOW + SECOND)], NOW + SECOND)

        assert whole(stores).latency_p50_ms == bound_of(1000)

    def test_half_were_faster_than_the_median_and_nearly_all_than_the_95th(self, stores: Stores) -> None:
        add(stores, *(a_message() for _ in range(100)))
        taken = claims(stores)
        stores.queue.conclude(
            [answered(one, Accepted("m"), NOW + (number + 1) * SECOND) for number, one in enumerate(taken)],
            NOW + 100 * SECOND,
        )

        row = whole(stores)

        assert (row.latency_p50_ms, row.latency_p95_ms) == (bound_of(50_000), bound_of(95_000))

    @pytest.mark.parametrize("by", [Grouping.CHANNEL, Grouping.TYPE, Grouping.DAY])
    def test_the_rows_add_up_to_the_whole(self, stores: Stores, by: Grouping) -> None:
        what_happened(stores)

        found = rows(stores, by)

        together: Counter[str] = Counter()
        for row in found:
            together.update(counts(row))
        assert dict(together) == counts(whole(stores))
        if by is not Grouping.DAY:
            assert sum(row.total or 0 for row in found) == whole(stores).total

    def test_nothing_is_counted_that_did_not_happen(self, stores: Stores) -> None:
        add_one(stores)

        counted = stores.reports.counted(None, Grouping.CHANNEL)

        assert list(counted.tallies) == [Tally("email", "created", 0, 1)]
        assert list(counted.gauges) == [Gauge("email", Status.PENDING, 1)]
