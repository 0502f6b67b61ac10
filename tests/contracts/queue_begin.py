"""What beginning a hand-over must do, on every store."""

import pytest
from attrs import evolve

from application.ports.dispatch_queue import Hold
from domain.channel import Channel
from domain.claim import Claim, postpone
from domain.notification_type import TYPE_POLICIES, NotificationType
from domain.outcome import Accepted, Deferred, Unreachable
from domain.preferences import Choice, Preferences, Scope
from domain.suppression import Suppression
from domain.suppression_reason import SuppressionReason
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
    usable = (address for address in one.recipient.addresses(one.channel) if address not in one.suppressed)
    return Hold(one.notification_id, one.fence, revision=one.revision, addresses=tuple(usable))


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

    @pytest.mark.parametrize("what", ["preferences", "time zone"])
    def test_one_whose_recipient_decided_something_since_the_claim_is_left_out(self, stores: Stores, what: str) -> None:
        add(stores, a_message("ada"), a_message("bob"))
        first, second = claims(stores)
        if what == "preferences":
            stores.preferences.put("ada", Preferences(choices=(Choice(Scope(topic="news"), wanted=False),)))
        else:
            stores.recipients.put([evolve(a_person("ada"), timezone="Europe/Zurich")])

        going = stores.queue.begin([hold(first), hold(second)], NOW)

        assert going == {second.notification_id}
        stores.queue.conclude([postpone(first, NOW, "something changed")], NOW)
        assert stores.queue.begin([hold(only(claims(stores)))], NOW) == {first.notification_id}

    def test_one_whose_recipient_was_stored_again_in_the_same_time_zone_goes(self, stores: Stores) -> None:
        held = claimed(stores)
        stores.recipients.put([evolve(a_person("ada"), name="Ada Lovelace")])

        assert stores.queue.begin([hold(held)], NOW) == {held.notification_id}

    @pytest.mark.parametrize("reason", SuppressionReason)
    @pytest.mark.parametrize("type_", NotificationType)
    @pytest.mark.parametrize(
        ("channel", "address"), [(Channel.EMAIL, "ADA@example.com"), (Channel.SMS, "+14155550100"), (Channel.PUSH, "x")]
    )
    def test_one_whose_address_was_suppressed_since_the_claim_goes_where_the_reason_spares_its_type(
        self, stores: Stores, channel: Channel, address: str, type_: NotificationType, reason: SuppressionReason
    ) -> None:
        stores.recipients.put([evolve(a_person(), push_tokens=("x",))])
        held = claimed(stores, a_message(channel=channel, type=type_))
        stores.suppressions.add([Suppression(channel=channel, address=address, reason=reason, at=NOW)])
        stopped_by = TYPE_POLICIES[type_].stopped_by(channel)

        going = stores.queue.begin([evolve(hold(held), stopped_by=stopped_by)], NOW)

        assert going == (frozenset() if reason in stopped_by else {held.notification_id})

    def test_of_several_in_one_call_each_is_judged_by_its_own_reasons(self, stores: Stores) -> None:
        add(stores, a_message("ada"), a_message("bob"), a_message("eve"))
        first, second, third = claims(stores)
        complaint, manual = SuppressionReason.COMPLAINT, SuppressionReason.MANUAL
        stores.suppressions.add(
            [
                Suppression(channel=Channel.EMAIL, address=f"{name}@example.com", reason=complaint, at=NOW)
                for name in ("ada", "bob", "eve")
            ]
        )

        going = stores.queue.begin(
            [
                evolve(hold(first), stopped_by=frozenset({manual})),
                evolve(hold(second), stopped_by=frozenset({manual, complaint})),
                evolve(hold(third), stopped_by=frozenset({manual})),
            ],
            NOW,
        )

        assert going == {first.notification_id, third.notification_id}
        lost = stores.queue.lost_claims(NOW + LEASE + SECOND, 10)
        assert {one.notification_id for one in lost if one.begun} == going

    @pytest.mark.parametrize("open_ones", [("phone", "tablet"), ("tablet",)], ids=["two open", "one open"])
    def test_one_is_left_out_if_a_device_it_goes_to_must_not_be_used(
        self, stores: Stores, open_ones: tuple[str, ...]
    ) -> None:
        stores.recipients.put([evolve(a_person(), push_tokens=("phone", "tablet", "watch"))])
        held = claimed(stores, a_message(channel=Channel.PUSH))

        for device, expected in (("watch", {held.notification_id}), ("tablet", frozenset())):
            reason = SuppressionReason.MANUAL
            stores.suppressions.add([Suppression(channel=Channel.PUSH, address=device, reason=reason, at=NOW)])
            assert stores.queue.begin([evolve(hold(held), addresses=open_ones)], NOW) == expected

    @pytest.mark.parametrize("address", ["ada@example.com", "ÄDA@example.com"])
    def test_one_is_left_out_if_its_address_was_suppressed_though_the_recipient_has_another_one_now(
        self, stores: Stores, address: str
    ) -> None:
        stores.recipients.put([a_person(email=address)])
        held = claimed(stores)
        suppression = Suppression(channel=Channel.EMAIL, address=address, reason=SuppressionReason.COMPLAINT, at=NOW)
        stores.suppressions.add([suppression])
        stores.recipients.put([a_person(email="new@example.com")])

        assert stores.queue.begin([hold(held)], NOW) == frozenset()

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
