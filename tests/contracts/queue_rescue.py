"""What finding lost claims must do, on every store."""

from attrs import evolve

from domain.channel import Channel
from domain.claim import LOSSES_MAX, LostClaim
from domain.lifecycle import Status
from domain.notification_type import NotificationType
from domain.outcome import Accepted, Deferred, Unknown
from tests.contracts.given import (
    DAY,
    LEASE,
    NOW,
    SECOND,
    a_hand_over,
    a_message,
    a_person,
    add,
    add_one,
    answer,
    answered,
    claim,
    claimed,
    claims,
    due_lane,
    only,
    rescue_all,
)
from tests.contracts.stores import Stores

OVER = NOW + LEASE + SECOND


class RescueContract:
    """What dead dispatchers held."""

    def test_no_two_dispatchers_have_one_number(self, stores: Stores) -> None:
        first = stores.queue.register(NOW)
        stores.queue.unregister(first)

        later = [stores.queue.register(NOW) for _ in range(3)]

        assert len({first, *later}) == 4

    def test_a_claim_is_lost_once_its_lease_is_over(self, stores: Stores) -> None:
        held = claimed(stores)

        assert list(stores.queue.lost_claims(NOW + LEASE - SECOND, 10)) == []
        assert only(stores.queue.lost_claims(OVER, 10)) == LostClaim(
            notification_id=held.notification_id,
            fence=1,
            attempts=1,
            losses=0,
            channel=Channel.EMAIL,
            type=NotificationType.TRANSACTIONAL,
            expires_at=NOW + DAY,
            begun=False,
            owner_is_dead=False,
        )

    def test_a_lost_claim_says_whether_it_is_a_test(self, stores: Stores) -> None:
        add(stores, a_message(test=True))
        only(claim(stores, lane=due_lane(stores)).claims)

        assert only(stores.queue.lost_claims(OVER, 10)).test

    def test_a_dispatcher_that_is_done_loses_what_it_holds_at_once(self, stores: Stores) -> None:
        add(stores, a_message("ada"), a_message("bob"))
        lane = due_lane(stores)
        leaving, staying = stores.queue.register(NOW), stores.queue.register(NOW)
        left = only(claim(stores, lane=lane, owner=leaving, limit=1).claims)
        only(claim(stores, lane=lane, owner=staying, limit=1).claims)

        stores.queue.unregister(leaving)

        lost = only(stores.queue.lost_claims(NOW, 10))
        assert (lost.notification_id, lost.owner_is_dead) == (left.notification_id, True)

    def test_what_was_concluded_is_not_lost(self, stores: Stores) -> None:
        answer(stores, claimed(stores), Accepted("m-1"))

        assert list(stores.queue.lost_claims(NOW + DAY, 10)) == []

    def test_the_oldest_lease_comes_first_and_the_limit_holds(self, stores: Stores) -> None:
        add(stores, *(a_message(name) for name in ("ada", "bob", "eve")))
        lane = due_lane(stores)
        leases = (3 * LEASE, LEASE, 2 * LEASE)
        longest, shortest, middle = (
            only(claim(stores, lane=lane, limit=1, lease=lease).claims).notification_id for lease in leases
        )

        lost = [one.notification_id for one in stores.queue.lost_claims(NOW + 4 * LEASE, 10)]

        assert lost == [shortest, middle, longest]
        assert [one.notification_id for one in stores.queue.lost_claims(NOW + 4 * LEASE, 2)] == [shortest, middle]

    def test_a_lost_claim_knows_of_an_earlier_lost_answer(self, stores: Stores) -> None:
        waiting = answer(stores, claimed(stores), Unknown("timeout"))
        again = only(claims(stores, waiting.next_attempt_at))

        lost = only(stores.queue.lost_claims(NOW + DAY, 10))

        assert (lost.notification_id, lost.fence, lost.attempts) == (again.notification_id, 2, 2)
        assert lost.may_be_out is True

    def test_a_lost_claim_knows_that_an_address_has_it_already(self, stores: Stores) -> None:
        stores.recipients.put([evolve(a_person(), push_tokens=("one", "two"))])
        first = claimed(stores, a_message(channel=Channel.PUSH))
        hand_overs = [
            a_hand_over(first, Accepted("p-1"), NOW, "fcm", "one"),
            a_hand_over(first, Deferred("later"), NOW, "fcm", "two"),
        ]
        stores.queue.conclude([evolve(answered(first, Deferred("later")), hand_overs=hand_overs)], NOW)
        waiting = stores.notifications.get(first.notification_id)
        claims(stores, waiting.next_attempt_at)

        assert only(stores.queue.lost_claims(NOW + DAY, 10)).accepted_before is True

    def test_a_rescued_one_comes_back_and_is_not_lost_again(self, stores: Stores) -> None:
        held = claimed(stores)

        rescue_all(stores, OVER)

        back = stores.notifications.get(held.notification_id)
        assert (back.status, back.attempts, back.fence) == (Status.PENDING, 1, 1)
        assert list(stores.queue.lost_claims(NOW + DAY, 10)) == []

    def test_one_that_holds_and_had_not_begun_comes_back_without_a_spent_attempt(self, stores: Stores) -> None:
        held = claimed(stores, a_message(type=NotificationType.PROMOTIONAL))

        rescue_all(stores, OVER)

        back = stores.notifications.get(held.notification_id)
        assert (back.status, back.attempts, back.next_attempt_at) == (Status.PENDING, 0, OVER)
        assert only(claims(stores, OVER)).losses == 1

    def test_three_losses_end_it(self, stores: Stores) -> None:
        added = add_one(stores)
        now = NOW
        for losses in range(LOSSES_MAX):
            assert only(claims(stores, now)).losses == losses
            now += LEASE + SECOND
            rescue_all(stores, now)
            now += LEASE

        assert stores.notifications.get(added.id).status is Status.UNKNOWN

    def test_a_cancelled_one_that_is_rescued_does_not_come_back(self, stores: Stores) -> None:
        held = claimed(stores, a_message(type=NotificationType.PROMOTIONAL))
        stores.notifications.cancel([held.notification_id], NOW)

        rescue_all(stores, OVER)

        assert stores.notifications.get(held.notification_id).status is Status.CANCELLED
