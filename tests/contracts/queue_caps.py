"""What claiming and beginning must do under frequency caps, on every store."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import pytest
from attrs import evolve

from application.ports.dispatch_queue import CapUse, Hold
from domain.channel import Channel
from domain.claim import Claim
from domain.lifecycle import Status
from domain.notification import Notification
from domain.notification_type import NotificationType
from domain.outcome import Accepted, Deferred, GatewayDown, NotStarted, Outcome, Rejected, Throttled, Unknown
from domain.receipt import ReceiptKind
from domain.suppression import Suppression
from domain.suppression_reason import SuppressionReason
from tests.contracts.given import (
    DAY,
    LEASE,
    NOW,
    a_hand_over,
    a_message,
    a_person,
    add,
    answer,
    answered,
    claim,
    claimed,
    claims,
    only,
    rescue_all,
)
from tests.contracts.given_receipts import a_receipt, tell
from tests.contracts.stores import Stores

TODAY = NOW.date()
ONE_DAY = timedelta(days=1)
PROMOTIONAL = a_message(type=NotificationType.PROMOTIONAL)
INFORMATIONAL = a_message(type=NotificationType.INFORMATIONAL)


def a_hold(one: Claim, number: int = 1, day: date = TODAY, first_day: date | None = None) -> Hold:
    use = CapUse(number=number, first_day=first_day or day, day=day)
    addresses = one.recipient.addresses(one.channel)
    return Hold(one.notification_id, one.fence, revision=one.revision, cap=use, addresses=addresses)


def began(stores: Stores, day: date = TODAY, to: str = "ada", type_: NotificationType = PROMOTIONAL.type) -> Claim:
    """Add one notification to an idle store, claim it and begin it on *day*, whatever the cap."""
    one = claimed(stores, a_message(to, type=type_))
    assert stores.queue.begin([a_hold(one, 1000, day)], NOW) == {one.notification_id}
    return one


def told(stores: Stores, since: date = TODAY) -> Sequence[date]:
    """Return the days that the claim of one more promotional message to Ada brings."""
    add(stores, PROMOTIONAL)
    return only(claim(stores, NOW + DAY / 2, capped_since=since).claims).capped_days


def begun_days(stores: Stores, holds: Iterable[Hold]) -> tuple[int, int]:
    """Return how many of *holds* may go, and how many places of Ada are taken then."""
    going = stores.queue.begin(list(holds), NOW)
    return len(going), len(stores.notifications.capped_days("ada", PROMOTIONAL.type, TODAY, test=False))


def half_sent(stores: Stores) -> Notification:
    """Return a push that one device of Ada has and that another could not take yet."""
    stores.recipients.put([evolve(a_person(), push_tokens=("phone", "tablet"))])
    first = claimed(stores, evolve(PROMOTIONAL, channel=Channel.PUSH))
    stores.queue.begin([a_hold(first)], NOW)
    hand_overs = [
        a_hand_over(first, outcome, NOW, "fcm", device)
        for outcome, device in ((Accepted("p-1"), "phone"), (Deferred("later"), "tablet"))
    ]
    stores.queue.conclude([evolve(answered(first, Deferred("later")), hand_overs=hand_overs)], NOW)
    return stores.notifications.get(first.notification_id)


class _Counting:
    def test_nothing_is_told_unless_it_is_asked_for(self, stores: Stores) -> None:
        began(stores)
        add(stores, PROMOTIONAL)

        assert only(claims(stores)).capped_days == ()

    def test_days_are_told_in_order_from_the_first_one_on(self, stores: Stores) -> None:
        for offset in (1, 0, -3, 0, -2):
            began(stores, TODAY + offset * ONE_DAY)
        since = TODAY - 2 * ONE_DAY
        expected = [since, TODAY, TODAY, TODAY + ONE_DAY]

        assert list(stores.notifications.capped_days("ada", PROMOTIONAL.type, since, test=False)) == expected
        assert list(told(stores, since)) == expected

    @pytest.mark.parametrize(
        ("said", "counts"),
        [
            (None, True),
            (Accepted("m-1"), True),
            (Unknown("timeout"), True),
            (Rejected("554 no"), False),
            (Deferred("451 later"), False),
            (Throttled("429 slow down"), False),
            (GatewayDown("refused"), False),
            (NotStarted(), False),
        ],
    )
    def test_a_place_counts_unless_the_message_came_back_unsent(
        self, stores: Stores, said: Outcome | None, counts: bool
    ) -> None:
        first = began(stores)
        if said is not None:
            answer(stores, first, said)
        stores.notifications.cancel([first.notification_id], NOW)  # what waits would be claimed too

        assert list(told(stores)) == [TODAY] * counts

    def test_what_is_claimed_and_has_not_begun_takes_no_place(self, stores: Stores) -> None:
        claimed(stores, PROMOTIONAL)

        assert list(told(stores)) == []

    def test_what_bounced_did_not_arrive_and_counts_no_more(self, stores: Stores) -> None:
        sent = answer(stores, began(stores), Accepted("m-1"))
        tell(stores, sent, a_receipt(ReceiptKind.BOUNCED))
        assert stores.notifications.get(sent.id).status is Status.FAILED
        assert list(told(stores)) == []

        stores.notifications.revive([sent.id], NOW, None)
        assert list(stores.notifications.capped_days("ada", PROMOTIONAL.type, TODAY, test=False)) == []

    def test_an_answer_that_was_lost_keeps_its_place_while_it_waits_to_be_sent_again(self, stores: Stores) -> None:
        waiting = answer(stores, began(stores, type_=INFORMATIONAL.type), Unknown("timeout"))
        assert waiting.status is Status.PENDING

        (again,) = claim(stores, waiting.next_attempt_at, capped_since=TODAY).claims
        assert again.capped_days == ()
        assert list(stores.notifications.capped_days("ada", INFORMATIONAL.type, TODAY, test=False)) == [TODAY]
        assert stores.queue.begin([a_hold(again)], NOW) == {again.notification_id}

    def test_one_that_a_device_has_keeps_its_place_while_another_device_waits(self, stores: Stores) -> None:
        assert half_sent(stores).status is Status.PENDING
        assert list(told_of_email(stores)) == [TODAY]

    def test_one_that_a_device_has_keeps_its_place_while_it_is_sent_again(self, stores: Stores) -> None:
        waiting = half_sent(stores)
        claim(stores, waiting.next_attempt_at)
        assert stores.notifications.get(waiting.id).status is Status.SENDING

        assert list(stores.notifications.capped_days("ada", PROMOTIONAL.type, TODAY, test=False)) == [TODAY]
        assert list(told_of_email(stores)) == [TODAY]

    def test_one_that_is_put_back_although_it_may_be_out_keeps_its_place(self, stores: Stores) -> None:
        lost = answer(stores, began(stores), Unknown("timeout"))
        stores.notifications.revive([lost.id], NOW, None)

        days = stores.notifications.capped_days("ada", PROMOTIONAL.type, TODAY, test=False)
        but = stores.notifications.capped_days("ada", PROMOTIONAL.type, TODAY, test=False, but=lost.id)

        assert (list(days), list(but)) == ([TODAY], [])

    def test_what_a_dead_dispatcher_had_begun_keeps_its_place(self, stores: Stores) -> None:
        began(stores)
        rescue_all(stores, NOW + 2 * LEASE)

        assert list(told(stores)) == [TODAY]

    def test_other_people_other_types_and_tests_count_apart(self, stores: Stores) -> None:
        began(stores, to="bob")
        began(stores, type_=INFORMATIONAL.type)
        tested = claimed(stores, evolve(PROMOTIONAL, test=True))
        stores.queue.begin([a_hold(tested)], NOW)

        assert list(told(stores)) == []
        assert list(stores.notifications.capped_days("ada", PROMOTIONAL.type, TODAY, test=True)) == [TODAY]


def told_of_email(stores: Stores) -> Sequence[date]:
    """Return the days that the claim of a promotional email to Ada brings, whatever else is due."""
    (email,) = add(stores, PROMOTIONAL)
    lane = next(lane for lane in stores.queue.due_lanes(NOW) if lane.channel is Channel.EMAIL)
    one = only(claim(stores, lane=lane, capped_since=TODAY).claims)
    assert one.notification_id == email.id
    return one.capped_days


class _Taking:
    def test_of_several_at_once_the_first_ones_go_until_no_place_is_left(self, stores: Stores) -> None:
        add(stores, *[PROMOTIONAL] * 4)
        first, second, third, fourth = claims(stores)

        going = stores.queue.begin([a_hold(one, 2) for one in (third, first, fourth, second)], NOW)

        assert going == {third.notification_id, first.notification_id}
        lost = stores.queue.lost_claims(NOW + 2 * LEASE, 10)
        assert {one.notification_id for one in lost if one.begun} == going
        assert list(stores.notifications.capped_days("ada", PROMOTIONAL.type, TODAY, test=False)) == [TODAY, TODAY]

    def test_places_taken_in_the_period_count_and_earlier_ones_do_not(self, stores: Stores) -> None:
        for day in (TODAY - ONE_DAY, TODAY):
            answer(stores, began(stores, day), Accepted("m-1"))
        add(stores, *[PROMOTIONAL] * 3)
        held = claims(stores)

        assert begun_days(stores, [a_hold(one, 2, TODAY) for one in held]) == (1, 2)
        assert begun_days(stores, [a_hold(one, 3, TODAY, TODAY - ONE_DAY) for one in held[1:]]) == (0, 2)
        assert begun_days(stores, [a_hold(one, 4, TODAY, TODAY - ONE_DAY) for one in held[1:]]) == (1, 3)

    def test_a_place_on_a_later_day_counts_for_somebody_who_moved_back_a_day(self, stores: Stores) -> None:
        answer(stores, began(stores, TODAY + ONE_DAY), Accepted("m-1"))

        assert begun_days(stores, [a_hold(claimed(stores, PROMOTIONAL))]) == (0, 1)

    @pytest.mark.parametrize("said", [NotStarted(), Deferred("451 later"), Rejected("554 no")])
    def test_what_came_back_unsent_leaves_its_place_to_another(self, stores: Stores, said: Outcome) -> None:
        add(stores, PROMOTIONAL, PROMOTIONAL)
        first, second = claims(stores)
        assert begun_days(stores, [a_hold(first), a_hold(second)]) == (1, 1)

        answer(stores, first, said)

        assert stores.queue.begin([a_hold(second)], NOW) == {second.notification_id}

    def test_one_that_may_not_go_for_another_reason_takes_no_place(self, stores: Stores) -> None:
        stores.recipients.put([evolve(a_person(), push_tokens=("phone",))])
        add(stores, evolve(PROMOTIONAL, channel=Channel.PUSH), PROMOTIONAL)
        by_channel = {lane.channel: only(claim(stores, lane=lane).claims) for lane in stores.queue.due_lanes(NOW)}
        reason = SuppressionReason.MANUAL
        stores.suppressions.add([Suppression(channel=Channel.PUSH, address="phone", reason=reason, at=NOW)])

        going = stores.queue.begin([a_hold(by_channel[Channel.PUSH]), a_hold(by_channel[Channel.EMAIL])], NOW)

        assert going == {by_channel[Channel.EMAIL].notification_id}

    def test_channels_share_the_places_of_a_type_whatever_reasons_count_for_each(self, stores: Stores) -> None:
        add(stores, PROMOTIONAL, evolve(PROMOTIONAL, channel=Channel.SMS))
        by_mail, by_text = (only(claim(stores, lane=lane).claims) for lane in stores.queue.due_lanes(NOW))

        going = stores.queue.begin([evolve(a_hold(by_text), stopped_by=frozenset()), a_hold(by_mail)], NOW)

        assert going == {by_text.notification_id}

    def test_everybody_has_places_of_their_own_for_each_type_and_for_tests(self, stores: Stores) -> None:
        add(stores, PROMOTIONAL, a_message("bob", type=PROMOTIONAL.type), INFORMATIONAL, evolve(PROMOTIONAL, test=True))
        held = [one for lane in stores.queue.due_lanes(NOW) for one in claim(stores, lane=lane).claims]

        going = stores.queue.begin([a_hold(one) for one in held], NOW)

        assert going == {one.notification_id for one in held}
        assert len(going) == 4

    def test_one_without_a_cap_goes_beside_others_and_takes_no_place(self, stores: Stores) -> None:
        add(stores, PROMOTIONAL, PROMOTIONAL)
        first, second = claims(stores)

        going = stores.queue.begin([evolve(a_hold(first), cap=None), a_hold(second)], NOW)

        assert going == {first.notification_id, second.notification_id}
        assert list(stores.notifications.capped_days("ada", PROMOTIONAL.type, TODAY, test=False)) == [TODAY]

    @pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
    def test_one_whose_lost_attempt_has_a_place_needs_no_second_one(
        self, stores: Stores, order: tuple[int, ...]
    ) -> None:
        waiting = answer(stores, began(stores, type_=INFORMATIONAL.type), Unknown("timeout"))
        add(stores, INFORMATIONAL, INFORMATIONAL)
        held = sorted(claim(stores, waiting.next_attempt_at).claims, key=lambda one: (one.fence, one.notification_id))

        going = stores.queue.begin([a_hold(held[place], 2) for place in order], NOW)

        assert going == {held[0].notification_id, waiting.id}

    def test_one_whose_lost_attempt_was_of_an_earlier_period_needs_a_place_again(self, stores: Stores) -> None:
        waiting = answer(stores, began(stores, TODAY - ONE_DAY, type_=INFORMATIONAL.type), Unknown("timeout"))
        add(stores, INFORMATIONAL)
        new, again = sorted(claim(stores, waiting.next_attempt_at).claims, key=lambda one: one.fence)

        assert stores.queue.begin([a_hold(new), a_hold(again)], NOW) == {new.notification_id}

    def test_the_day_is_that_of_the_last_begin(self, stores: Stores) -> None:
        waiting = answer(stores, began(stores, type_=INFORMATIONAL.type), Unknown("timeout"))
        again = only(claims(stores, waiting.next_attempt_at))
        tomorrow = TODAY + ONE_DAY

        assert stores.queue.begin([a_hold(again, 1, tomorrow)], NOW + DAY) == {again.notification_id}
        assert list(stores.notifications.capped_days("ada", INFORMATIONAL.type, TODAY, test=False)) == [tomorrow]


class CapsContract(_Counting, _Taking):
    """Which places under a cap count, and who gets the last one."""
