"""What follows from a receipt, for every status that a notification may stand at."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.channel import Channel
from domain.lifecycle import TRANSITIONS, Event, Status, sources
from domain.receipt import (
    STRIKES_WITHIN,
    Receipt,
    ReceiptKind,
    address_of,
    bounces_beside,
    step,
    suppression_reason,
    waits,
)
from domain.suppression_reason import SuppressionReason

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ARRIVED = {ReceiptKind.DELIVERED, ReceiptKind.OPENED, ReceiptKind.CLICKED, ReceiptKind.COMPLAINED}
RECEIPT = Receipt(gateway="mail", event_id="1", kind=ReceiptKind.BOUNCED, channel=Channel.EMAIL, at=NOW)

# Where each kind leads, of the latest attempt; what is not here leads nowhere.
STEPS = {
    ReceiptKind.ACCEPTED: {
        Status.PENDING: Event.ACCEPT,
        Status.UNKNOWN: Event.ACCEPT,
        Status.FAILED: Event.ACCEPT,
        Status.CANCELLED: Event.ACCEPT,
        Status.EXPIRED: Event.ACCEPT,
    },
    ReceiptKind.BOUNCED: {Status.SENT: Event.BOUNCE, Status.UNKNOWN: Event.BOUNCE},
    **{
        kind: dict.fromkeys(set(Status) - {Status.SENDING, Status.DELIVERED, Status.SUPPRESSED}, Event.DELIVER)
        for kind in (ReceiptKind.DELIVERED, ReceiptKind.OPENED, ReceiptKind.CLICKED, ReceiptKind.COMPLAINED)
    },
}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("kind", ReceiptKind)
class TestSteps:
    def test_of_the_latest_attempt_they_follow_the_table(self, kind: ReceiptKind, status: Status) -> None:
        event = step(kind, status, is_latest=True)

        assert event is STEPS.get(kind, {}).get(status)
        assert event is None or (status, event) in TRANSITIONS

    def test_of_an_older_one_only_arrivals_count(self, kind: ReceiptKind, status: Status) -> None:
        expected = Event.DELIVER if kind in ARRIVED and status in sources(Event.DELIVER) else None

        assert step(kind, status, is_latest=False) is expected

    def test_once_it_bounced_it_is_nothing_new_that_it_was_accepted(self, kind: ReceiptKind, status: Status) -> None:
        expected = None if kind is ReceiptKind.ACCEPTED else step(kind, status, is_latest=True)

        assert step(kind, status, is_latest=True, has_bounced=True) is expected


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("kind", ReceiptKind)
class TestWaiting:
    def test_nothing_waits_that_leads_somewhere_now(self, kind: ReceiptKind, status: Status) -> None:
        assert not (waits(kind, status, is_latest=True) and step(kind, status, is_latest=True))

    def test_nothing_of_an_older_attempt_waits(self, kind: ReceiptKind, status: Status) -> None:
        assert not waits(kind, status, is_latest=False)

    def test_what_shows_that_it_is_out_waits_while_it_is_sent_and_bounces_where_it_may_yet_be_accepted(
        self, kind: ReceiptKind, status: Status
    ) -> None:
        unsent = {Status.SENDING, Status.PENDING, Status.CANCELLED, Status.EXPIRED}
        expected = (kind in {ReceiptKind.ACCEPTED, *ARRIVED} and status is Status.SENDING) or (
            kind is ReceiptKind.BOUNCED and status in unsent
        )

        assert waits(kind, status, is_latest=True) is expected
        assert not expected or status in sources(Event.ACCEPT)


class TestAddresses:
    @pytest.mark.parametrize(
        ("own", "went_to", "present", "expected"),
        [
            ("own", [("went", None)], ("now",), "went"),
            (None, [("went", None), ("went", "p-2")], ("now",), "went"),
            ("own", [], ("now",), "own"),
            (None, [], ("now",), "now"),
            (None, [], (), None),
            (None, [], ("one", "two"), None),
            (None, [("one", None), ("two", None)], ("one",), None),
            ("two", [("one", None), ("two", None)], ("one",), "two"),
            (None, [("one", "p-1"), ("two", "p-2")], (), "one"),
            ("two", [("one", "p-1"), ("two", "p-2")], (), "one"),
        ],
    )
    def test_the_hand_over_knows_best_then_the_receipt_then_the_recipient(
        self, own: str | None, went_to: list[tuple[str, str | None]], present: tuple[str, ...], expected: str | None
    ) -> None:
        assert address_of(evolve(RECEIPT, address=own, provider_id="p-1"), went_to, present) == expected

    @pytest.mark.parametrize("kind", ReceiptKind)
    def test_a_receipt_is_about_an_address_where_it_may_put_it_out_of_use_or_back(self, kind: ReceiptKind) -> None:
        receipt = evolve(RECEIPT, kind=kind)
        people = {ReceiptKind.COMPLAINED, ReceiptKind.UNSUBSCRIBED, ReceiptKind.RESUBSCRIBED}

        assert receipt.is_about_address is (kind in people)
        assert evolve(receipt, strikes=3).is_about_address is (kind in people | {ReceiptKind.BOUNCED})


class TestStrikes:
    @pytest.mark.parametrize(
        ("days", "expected"),
        [
            ([], 0),
            ([-1], 1),
            ([-7], 1),
            ([7], 1),
            ([-7.001], 0),
            ([7.001], 0),
            ([-6, 6], 1),
            ([-3, 4], 2),
            ([-6, -5, 6], 2),
            ([-1, 0, 1], 3),
            ([-9, 9, -8], 0),
        ],
    )
    def test_bounces_count_that_lie_within_a_week_together(self, days: list[float], expected: int) -> None:
        assert bounces_beside(NOW, [NOW + day * DAY for day in days]) == expected

    @given(st.lists(st.integers(0, 20), min_size=1, max_size=8))
    def test_in_whatever_order_they_come_the_last_finds_the_fullest_week_or_an_earlier_one_did(
        self, days: list[int]
    ) -> None:
        moments = [NOW + day * DAY for day in days]
        found = max(bounces_beside(moment, moments[:number]) + 1 for number, moment in enumerate(moments))

        assert found == max(sum(begin <= one <= begin + STRIKES_WITHIN for one in moments) for begin in moments)


class TestReasons:
    @pytest.mark.parametrize(
        ("strikes", "earlier", "expected"),
        [
            (1, 0, SuppressionReason.UNREACHABLE),
            (3, 0, None),
            (3, 1, None),
            (3, 2, SuppressionReason.UNREACHABLE),
            (3, 9, SuppressionReason.UNREACHABLE),
            (None, 9, None),
        ],
    )
    def test_a_bounce_does_it_once_there_are_enough(
        self, strikes: int | None, earlier: int, expected: SuppressionReason | None
    ) -> None:
        assert suppression_reason(evolve(RECEIPT, strikes=strikes), earlier) is expected

    @pytest.mark.parametrize("channel", Channel)
    @pytest.mark.parametrize("kind", [kind for kind in ReceiptKind if kind is not ReceiptKind.BOUNCED])
    def test_so_does_what_the_person_says(self, kind: ReceiptKind, channel: Channel) -> None:
        stop = SuppressionReason.STOP if channel is Channel.SMS else SuppressionReason.UNSUBSCRIBE
        expected = {ReceiptKind.COMPLAINED: SuppressionReason.COMPLAINT, ReceiptKind.UNSUBSCRIBED: stop}

        found = suppression_reason(evolve(RECEIPT, kind=kind, channel=channel, strikes=1), 9)

        assert found is expected.get(kind)
