"""What beginning a hand-over must do, on every store."""

from application.ports.dispatch_queue import Hold
from domain.claim import Claim
from domain.outcome import Accepted, Deferred, Unreachable
from tests.contracts.given import (
    LEASE,
    NOW,
    SECOND,
    a_message,
    a_person,
    add,
    answer,
    claimed,
    claims,
    only,
    rescue_all,
)
from tests.contracts.stores import Stores


def hold(one: Claim) -> Hold:
    return Hold(one.notification_id, one.fence)


class BeginContract:
    """What a person changed before the begin is honoured."""

    def test_what_is_held_may_go(self, stores: Stores) -> None:
        add(stores, a_message("ada"), a_message("bob"))
        held = claims(stores)

        going = stores.queue.begin([hold(one) for one in held], NOW)

        assert going == {one.notification_id for one in held}

    def test_nothing_held_nothing_goes(self, stores: Stores) -> None:
        assert stores.queue.begin([], NOW) == frozenset()
        assert stores.queue.begin([Hold(4711, 1)], NOW) == frozenset()

    def test_a_stale_fence_is_left_out_and_its_neighbour_goes(self, stores: Stores) -> None:
        add(stores, a_message("ada"), a_message("bob"))
        first, second = claims(stores)

        going = stores.queue.begin([Hold(first.notification_id, first.fence - 1), hold(second)], NOW)

        assert going == {second.notification_id}

    def test_one_that_was_claimed_again_meanwhile_is_left_out(self, stores: Stores) -> None:
        old = claimed(stores)
        rescue_all(stores, NOW + 2 * LEASE)
        new = only(claims(stores, NOW + 4 * LEASE))

        assert stores.queue.begin([hold(old)], NOW + 4 * LEASE) == frozenset()
        assert stores.queue.begin([hold(new)], NOW + 4 * LEASE) == {new.notification_id}

    def test_one_that_was_concluded_is_left_out(self, stores: Stores) -> None:
        held = claimed(stores)
        answer(stores, held, Accepted("m-1"))

        assert stores.queue.begin([hold(held)], NOW) == frozenset()

    def test_one_that_went_back_to_the_queue_is_left_out(self, stores: Stores) -> None:
        held = claimed(stores)
        answer(stores, held, Deferred("later"))

        assert stores.queue.begin([hold(held)], NOW) == frozenset()

    def test_one_that_was_cancelled_is_left_out(self, stores: Stores) -> None:
        held = claimed(stores)
        stores.notifications.cancel([held.notification_id], NOW)

        assert stores.queue.begin([hold(held)], NOW) == frozenset()

    def test_one_whose_address_died_since_the_claim_is_left_out(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada", "ada@example.com"), a_person("twin", "ADA@example.com")])
        add(stores, a_message("ada"), a_message("twin"), a_message("bob"))
        first, second, third = claims(stores)
        answer(stores, first, Unreachable("550 no such user"))

        going = stores.queue.begin([hold(second), hold(third)], NOW)

        assert going == {third.notification_id}

    def test_a_lost_claim_says_whether_it_had_begun(self, stores: Stores) -> None:
        add(stores, a_message("ada"), a_message("bob"))
        first, second = claims(stores)
        stores.queue.begin([hold(second)], NOW)

        lost = stores.queue.lost_claims(NOW + LEASE + SECOND, 10)

        assert {one.notification_id: one.begun for one in lost} == {
            first.notification_id: False,
            second.notification_id: True,
        }

    def test_a_later_claim_has_not_begun(self, stores: Stores) -> None:
        first = claimed(stores)
        stores.queue.begin([hold(first)], NOW)
        answer(stores, first, Deferred("later"))
        claims(stores, NOW + LEASE)

        assert only(stores.queue.lost_claims(NOW + 4 * LEASE, 10)).begun is False
