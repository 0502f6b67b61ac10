"""What receipts make of notifications, on every store."""

from collections.abc import Sequence
from itertools import permutations

import pytest
from attrs import evolve

from application.ports.dispatch_queue import Hold
from application.ports.notification_repository import NotificationQuery
from application.ports.receipt_repository import Reception, Recorded
from domain.claim import Claim
from domain.lifecycle import Event, Status, after
from domain.outcome import Accepted, Deferred, Outcome, Rejected, Unknown
from domain.receipt import RAW_MAX, ReceiptKind, step
from domain.reference import Reference
from tests.contracts.given import NOW, SECOND, a_message, add, answer, answered, claimed, claims, only, rescue_all
from tests.contracts.given_receipts import (
    HOLDS,
    LATER,
    a_receipt,
    claimed_again,
    hear,
    of,
    standing,
    status_of,
    tell,
)
from tests.contracts.stores import Stores

ARRIVALS = (ReceiptKind.DELIVERED, ReceiptKind.OPENED, ReceiptKind.CLICKED, ReceiptKind.COMPLAINED)
LATER_ACCEPTED = (Status.PENDING, Status.CANCELLED, Status.EXPIRED)


def statuses(stores: Stores) -> list[Status]:
    """Return the statuses that the gauges say somebody stands at."""
    return [gauge.status for gauge in stores.reports.counted(None, None).gauges]


class _Steps:
    @pytest.mark.parametrize("kind", ReceiptKind)
    @pytest.mark.parametrize("status", Status)
    def test_a_notification_takes_the_step_that_the_domain_says(
        self, stores: Stores, status: Status, kind: ReceiptKind
    ) -> None:
        held = standing(stores, status)
        before = stores.notifications.get(held.notification_id)
        event = step(kind, status, is_latest=True)

        recorded = only(tell(stores, held, a_receipt(kind)))

        found = stores.notifications.get(held.notification_id)
        assert recorded == Recorded(Reception.KEPT, event)
        if event is None:
            assert found == before
        else:
            reason = "550 no such user" if event is Event.BOUNCE else None
            assert found == evolve(before, status=after(status, event), finished_at=LATER, reason=reason)
        assert statuses(stores) == [found.status]

    @pytest.mark.parametrize("kind", ReceiptKind)
    @pytest.mark.parametrize("status", Status)
    def test_said_five_times_it_counts_once(self, stores: Stores, status: Status, kind: ReceiptKind) -> None:
        held = standing(stores, status)
        receipt = a_receipt(kind, strikes=1)
        tell(stores, held, receipt)
        known = self._all_of(stores, held)

        again = [only(tell(stores, held, receipt, now=LATER + SECOND)) for _ in range(4)]

        assert again == [Recorded(Reception.REPEATED)] * 4
        assert self._all_of(stores, held) == known

    def _all_of(self, stores: Stores, held: Claim) -> object:
        number = held.notification_id
        counted = stores.reports.counted(None, None)
        return (
            stores.notifications.get(number),
            list(stores.notifications.history(number)),
            stores.suppressions.find(held.channel, held.recipient.addresses(held.channel)),
            list(stores.receipts.of_notification(number)),
            sorted(counted.tallies, key=lambda one: (one.what, one.bound_ms)),
            list(counted.gauges),
        )

    @pytest.mark.parametrize("kind", ReceiptKind)
    def test_of_an_older_fence_only_an_arrival_counts(self, stores: Stores, kind: ReceiptKind) -> None:
        first = standing(stores, Status.PENDING)
        second = claimed_again(stores, first)
        answer(stores, second, Unknown("timeout"), second.expires_at - SECOND)

        recorded = only(tell(stores, second, a_receipt(kind), fence=first.fence))

        assert recorded == Recorded(Reception.KEPT, Event.DELIVER if kind in ARRIVALS else None)
        assert status_of(stores, second) is (Status.DELIVERED if kind in ARRIVALS else Status.UNKNOWN)

    def test_other_notifications_are_left_alone(self, stores: Stores) -> None:
        add(stores, a_message("ada"), a_message("bob"))
        held, other = [answer(stores, one, Accepted("m")) for one in claims(stores)]

        tell(stores, held, a_receipt(ReceiptKind.BOUNCED, strikes=1))

        assert status_of(stores, held) is Status.FAILED
        assert stores.notifications.get(other.id) == other
        assert list(stores.receipts.of_notification(other.id)) == []

    def test_several_of_one_call_are_answered_in_order(self, stores: Stores) -> None:
        held = standing(stores, Status.SENT)
        delivered = a_receipt(ReceiptKind.DELIVERED)

        recorded = tell(stores, held, delivered, a_receipt(ReceiptKind.OPENED), delivered)

        assert list(recorded) == [
            Recorded(Reception.KEPT, Event.DELIVER),
            Recorded(Reception.KEPT),
            Recorded(Reception.REPEATED),
        ]

    def test_nothing_recorded_changes_nothing(self, stores: Stores) -> None:
        assert list(stores.receipts.record([], NOW)) == []

    def test_what_is_told_of_an_unknown_notification_is_dropped(self, stores: Stores) -> None:
        recorded = stores.receipts.record([of(stores, 999, 1, a_receipt(ReceiptKind.BOUNCED, strikes=1))], NOW)

        assert list(recorded) == [Recorded(Reception.DROPPED)]
        assert list(stores.receipts.of_notification(999)) == []

    def test_two_gateways_may_call_what_they_tell_the_same(self, stores: Stores) -> None:
        held = standing(stores, Status.SENT)

        recorded = [
            only(tell(stores, held, a_receipt(ReceiptKind.OPENED, gateway=gateway, event_id="1")))
            for gateway in ("mail", "spare")
        ]

        assert [one.reception for one in recorded] == [Reception.KEPT, Reception.KEPT]

    def test_what_was_told_reads_back_by_when_it_happened(self, stores: Stores) -> None:
        held = standing(stores, Status.SENT)
        bounced = evolve(a_receipt(ReceiptKind.BOUNCED, at=LATER, strikes=3, provider_id="p-1"), raw="x" * RAW_MAX)
        opened = a_receipt(ReceiptKind.OPENED, at=LATER - SECOND, address="Ada@Example.com", by_machine=True)

        tell(stores, held, evolve(bounced, raw=bounced.raw + "y"), opened)

        echo = str(Reference(held.notification_id, held.fence, stores.identity))
        assert list(stores.receipts.of_notification(held.notification_id)) == [
            evolve(opened, echo=echo, address="ada@example.com"),
            evolve(bounced, echo=echo, address="ada@example.com"),
        ]

    def test_what_is_about_an_address_alone_belongs_to_no_notification(self, stores: Stores) -> None:
        held = standing(stores, Status.SENT)

        recorded = hear(stores, a_receipt(ReceiptKind.UNSUBSCRIBED, address="ada@example.com"))

        assert list(recorded) == [Recorded(Reception.KEPT)]
        assert list(stores.receipts.of_notification(held.notification_id)) == []


class _EarlyOnes:
    @pytest.mark.parametrize("kind", ARRIVALS)
    @pytest.mark.parametrize(
        ("outcome", "own"),
        [
            (Accepted("m-1"), Event.ACCEPT),
            (Deferred("451 later"), Event.DEFER),
            (Rejected("554 no"), Event.REJECT),
            (Unknown("timeout"), Event.LOSE),
        ],
    )
    def test_an_arrival_waits_for_the_conclusion_so_that_the_send_counts_too(
        self, stores: Stores, kind: ReceiptKind, outcome: Outcome, own: Event
    ) -> None:
        held = claimed(stores, a_message(type=HOLDS))

        assert only(tell(stores, held, a_receipt(kind))) == Recorded(Reception.KEPT)
        assert status_of(stores, held) is Status.SENDING
        steps = stores.queue.conclude([answered(held, outcome, LATER)], LATER + SECOND)

        found = stores.notifications.get(held.notification_id)
        assert steps == {held.notification_id: own}
        assert (found.status, found.finished_at) == (Status.DELIVERED, LATER + SECOND)
        assert len(stores.notifications.history(held.notification_id)) == 1

    @pytest.mark.parametrize("kind", ARRIVALS)
    @pytest.mark.parametrize(
        "outcome", [Accepted("m-2"), Deferred("451 later"), Rejected("554 no"), Unknown("timeout")]
    )
    def test_an_arrival_of_an_older_attempt_settles_it_and_the_conclusion_leaves_its_history(
        self, stores: Stores, kind: ReceiptKind, outcome: Outcome
    ) -> None:
        first = standing(stores, Status.PENDING)
        before = len(stores.notifications.history(first.notification_id))
        held = claimed_again(stores, first)

        assert only(tell(stores, first, a_receipt(kind))).event is Event.DELIVER
        assert stores.queue.lost_claims(held.expires_at, 10) == []
        assert stores.queue.begin([Hold(held.notification_id, held.fence)], LATER) == frozenset()
        steps = stores.queue.conclude([answered(held, outcome, LATER)], LATER + SECOND)

        assert steps == {}
        assert status_of(stores, held) is Status.DELIVERED
        assert len(stores.notifications.history(held.notification_id)) == before + 1

    @pytest.mark.parametrize(
        ("kind", "outcome", "own", "status"),
        [
            (ReceiptKind.ACCEPTED, Accepted("m-1"), Event.ACCEPT, Status.SENT),
            (ReceiptKind.ACCEPTED, Unknown("timeout"), Event.LOSE, Status.SENT),
            (ReceiptKind.ACCEPTED, Deferred("451 later"), Event.DEFER, Status.SENT),
            (ReceiptKind.ACCEPTED, Rejected("554 no"), Event.REJECT, Status.SENT),
            (ReceiptKind.BOUNCED, Accepted("m-1"), Event.ACCEPT, Status.FAILED),
            (ReceiptKind.BOUNCED, Unknown("timeout"), Event.LOSE, Status.FAILED),
            (ReceiptKind.BOUNCED, Deferred("451 later"), Event.DEFER, Status.PENDING),
            (ReceiptKind.BOUNCED, Rejected("554 no"), Event.REJECT, Status.FAILED),
            (ReceiptKind.DEFERRED, Accepted("m-1"), Event.ACCEPT, Status.SENT),
            (ReceiptKind.UNSUBSCRIBED, Accepted("m-1"), Event.ACCEPT, Status.SENT),
            (ReceiptKind.RESUBSCRIBED, Accepted("m-1"), Event.ACCEPT, Status.SENT),
        ],
    )
    def test_any_other_waits_for_the_conclusion(
        self, stores: Stores, kind: ReceiptKind, outcome: Outcome, own: Event, status: Status
    ) -> None:
        held = claimed(stores, a_message(type=HOLDS))

        assert only(tell(stores, held, a_receipt(kind))) == Recorded(Reception.KEPT)
        assert status_of(stores, held) is Status.SENDING
        steps = stores.queue.conclude([answered(held, outcome, LATER)], LATER)

        found = stores.notifications.get(held.notification_id)
        assert steps == {held.notification_id: own}
        assert found.status is status
        assert (found.finished_at is None) is (status is Status.PENDING)
        assert statuses(stores) == [status]

    @pytest.mark.parametrize("order", list(permutations([ReceiptKind.ACCEPTED, ReceiptKind.BOUNCED])))
    @pytest.mark.parametrize(
        "outcome", [Accepted("m-1"), Deferred("451 later"), Rejected("554 no"), Unknown("timeout")]
    )
    def test_that_it_was_accepted_has_its_say_before_that_it_bounced(
        self, stores: Stores, order: tuple[ReceiptKind, ...], outcome: Outcome
    ) -> None:
        held = claimed(stores, a_message(type=HOLDS))
        for kind in order:
            tell(stores, held, a_receipt(kind))

        answer(stores, held, outcome)

        assert status_of(stores, held) is Status.FAILED

    def test_only_the_notification_that_it_is_about_heeds_it(self, stores: Stores) -> None:
        add(stores, a_message("ada"), a_message("bob"))
        first, second = claims(stores)
        tell(stores, second, a_receipt(ReceiptKind.BOUNCED))

        stores.queue.conclude([answered(first, Accepted("m-1"))], LATER)
        assert (status_of(stores, first), status_of(stores, second)) == (Status.SENT, Status.SENDING)

        stores.queue.conclude([answered(second, Accepted("m-2"))], LATER)
        assert (status_of(stores, first), status_of(stores, second)) == (Status.SENT, Status.FAILED)

    def test_it_has_its_say_once(self, stores: Stores) -> None:
        held = claimed(stores)
        tell(stores, held, a_receipt(ReceiptKind.BOUNCED))
        answer(stores, held, Accepted("m-1"))
        stores.notifications.revive([held.notification_id], LATER, None)

        again = claimed_again(stores, held)
        answer(stores, again, Accepted("m-2"))

        assert status_of(stores, held) is Status.SENT

    def test_it_waits_no_more_once_a_later_claim_is_concluded(self, stores: Stores) -> None:
        first = standing(stores, Status.PENDING)
        tell(stores, first, a_receipt(ReceiptKind.BOUNCED))

        second = claimed_again(stores, first)
        answer(stores, second, Accepted("m-2"))

        assert status_of(stores, second) is Status.SENT

    def test_the_conclusion_of_an_older_claim_leaves_what_waits_for_the_latest(self, stores: Stores) -> None:
        first = standing(stores, Status.PENDING)
        second = claimed_again(stores, first)
        tell(stores, second, a_receipt(ReceiptKind.BOUNCED))

        stores.queue.conclude([answered(first, Accepted("m-1"))], LATER)
        assert status_of(stores, second) is Status.SENDING
        answer(stores, second, Accepted("m-2"))

        assert status_of(stores, second) is Status.FAILED

    def test_what_a_dead_dispatcher_held_heeds_it_when_it_is_rescued(self, stores: Stores) -> None:
        held = claimed(stores)
        tell(stores, held, a_receipt(ReceiptKind.ACCEPTED, provider_id="p-1"))

        rescue_all(stores, held.expires_at - SECOND)

        assert status_of(stores, held) is Status.SENT


class _WhateverTheOrder:
    @pytest.mark.parametrize(
        ("outcome", "silent"), [(Accepted("m-1"), Status.SENT), (Unknown("timeout"), Status.UNKNOWN)]
    )
    @pytest.mark.parametrize("told_early", [0, 1, 2])
    def test_the_same_is_told_and_the_same_status_follows(
        self, stores: Stores, outcome: Outcome, silent: Status, told_early: int
    ) -> None:
        kinds = (
            ReceiptKind.ACCEPTED,
            ReceiptKind.DELIVERED,
            ReceiptKind.BOUNCED,
            ReceiptKind.OPENED,
            ReceiptKind.COMPLAINED,
        )
        orders = [order for length in range(len(kinds) + 1) for order in permutations(kinds, length)]
        add(stores, *(a_message(type=HOLDS) for _ in orders))
        held = claims(stores, limit=len(orders))

        self._tell(stores, [(one, order[:told_early]) for one, order in zip(held, orders, strict=True)])
        stores.queue.conclude([answered(one, outcome) for one in held], NOW)
        self._tell(stores, [(one, order[told_early:]) for one, order in zip(held, orders, strict=True)])

        found = {one.id: one.status for one in stores.notifications.find(NotificationQuery(limit=0))}
        assert [(order, found[one.notification_id]) for one, order in zip(held, orders, strict=True)] == [
            (order, self._expected(set(order), silent)) for order in orders
        ]

    def _tell(self, stores: Stores, told: Sequence[tuple[Claim, tuple[ReceiptKind, ...]]]) -> None:
        stores.receipts.record(
            [of(stores, one.notification_id, one.fence, a_receipt(kind)) for one, kinds in told for kind in kinds],
            LATER,
        )

    def _expected(self, told: set[ReceiptKind], silent: Status) -> Status:
        if told & set(ARRIVALS):
            return Status.DELIVERED
        if ReceiptKind.BOUNCED in told:
            return Status.FAILED
        return Status.SENT if ReceiptKind.ACCEPTED in told else silent

    @pytest.mark.parametrize("order", list(permutations([ReceiptKind.ACCEPTED, ReceiptKind.BOUNCED])))
    @pytest.mark.parametrize("status", [one for one in Status if one not in (Status.DELIVERED, Status.SUPPRESSED)])
    def test_what_was_accepted_and_bounced_has_failed(
        self, stores: Stores, status: Status, order: tuple[ReceiptKind, ...]
    ) -> None:
        held = standing(stores, status)
        for kind in order:
            tell(stores, held, a_receipt(kind))
        if status is Status.SENDING:
            answer(stores, held, Accepted("m-1"))

        assert status_of(stores, held) is Status.FAILED

    @pytest.mark.parametrize("status", LATER_ACCEPTED)
    def test_a_bounce_of_what_was_thought_unsent_waits_for_the_late_success(
        self, stores: Stores, status: Status
    ) -> None:
        held = standing(stores, status)
        tell(stores, held, a_receipt(ReceiptKind.BOUNCED))
        assert status_of(stores, held) is status

        steps = stores.queue.conclude([answered(held, Accepted("m-1"), LATER)], LATER)

        assert steps == {held.notification_id: Event.ACCEPT}
        assert status_of(stores, held) is Status.FAILED

    @pytest.mark.parametrize("status", [Status.UNKNOWN, Status.FAILED])
    def test_a_late_success_of_what_is_known_to_have_bounced_is_not_taken(self, stores: Stores, status: Status) -> None:
        held = standing(stores, status)
        tell(stores, held, a_receipt(ReceiptKind.BOUNCED))

        steps = stores.queue.conclude([answered(held, Accepted("m-1"), LATER)], LATER)

        assert steps == {}
        assert status_of(stores, held) is Status.FAILED
        assert only(stores.notifications.history(held.notification_id)).outcome == "accepted"


class _Evidence:
    @pytest.mark.parametrize(
        ("kind", "status"),
        [
            (ReceiptKind.ACCEPTED, Status.SENT),
            (ReceiptKind.DELIVERED, Status.DELIVERED),
            (ReceiptKind.BOUNCED, Status.FAILED),
        ],
    )
    def test_it_resolves_what_nobody_knew_and_names_the_message(
        self, stores: Stores, kind: ReceiptKind, status: Status
    ) -> None:
        held = standing(stores, Status.UNKNOWN)

        tell(stores, held, a_receipt(kind, provider_id="p-7"))

        found = stores.notifications.get(held.notification_id)
        assert (found.status, found.provider_id) == (status, "p-7")
        assert only(stores.notifications.history(held.notification_id)).provider_id == "p-7"

    @pytest.mark.parametrize("kind", [ReceiptKind.ACCEPTED, ReceiptKind.BOUNCED, ReceiptKind.DELIVERED])
    def test_it_names_the_message_also_if_it_came_first(self, stores: Stores, kind: ReceiptKind) -> None:
        held = claimed(stores, a_message(type=HOLDS))
        tell(stores, held, a_receipt(kind, provider_id="p-7"))

        answer(stores, held, Unknown("timeout"))

        assert only(stores.notifications.history(held.notification_id)).provider_id == "p-7"
        assert stores.notifications.get(held.notification_id).provider_id == "p-7"

    def test_the_name_that_the_gateway_gave_stays(self, stores: Stores) -> None:
        held = standing(stores, Status.SENT)

        tell(stores, held, a_receipt(ReceiptKind.DELIVERED, provider_id="another"))

        assert stores.notifications.get(held.notification_id).provider_id == "m-1"

    def test_a_message_of_another_gateway_is_not_named(self, stores: Stores) -> None:
        held = standing(stores, Status.UNKNOWN)

        tell(stores, held, a_receipt(ReceiptKind.DELIVERED, provider_id="p-7", gateway="spare"))

        assert stores.notifications.get(held.notification_id).provider_id is None

    @pytest.mark.parametrize("status", [Status.SENT, Status.UNKNOWN])
    def test_what_bounced_is_sent_again_when_it_is_revived(self, stores: Stores, status: Status) -> None:
        held = standing(stores, status)
        tell(stores, held, a_receipt(ReceiptKind.BOUNCED))
        stores.notifications.revive([held.notification_id], LATER, None)

        again = claimed_again(stores, held)

        assert (again.settled, again.accepted_before, again.may_be_out) == (frozenset(), False, False)
        assert not only(stores.queue.lost_claims(held.expires_at, 10)).accepted_before
        answer(stores, again, Accepted("m-2"))
        tell(stores, again, a_receipt(ReceiptKind.DELIVERED))
        assert status_of(stores, held) is Status.DELIVERED

    def test_an_old_acceptance_does_not_stop_what_bounced_and_was_revived(self, stores: Stores) -> None:
        held = standing(stores, Status.SENT)
        tell(stores, held, a_receipt(ReceiptKind.BOUNCED))
        stores.notifications.revive([held.notification_id], LATER, None)

        tell(stores, held, a_receipt(ReceiptKind.ACCEPTED))
        stores.queue.conclude([answered(held, Accepted("m-1"), LATER)], LATER)

        assert status_of(stores, held) is Status.PENDING

    def test_what_was_cancelled_while_it_was_sent_and_arrived_is_delivered(self, stores: Stores) -> None:
        held = claimed(stores)
        stores.notifications.cancel([held.notification_id], NOW)
        answer(stores, held, Deferred("451 later"))
        assert status_of(stores, held) is Status.CANCELLED

        tell(stores, held, a_receipt(ReceiptKind.DELIVERED))

        assert status_of(stores, held) is Status.DELIVERED


class ReceiptSteps(_Steps, _EarlyOnes, _WhateverTheOrder, _Evidence):
    """The steps of notifications."""
