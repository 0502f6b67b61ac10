"""What concluding claims must do, on every store."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest
from attrs import evolve

from application.ports.dispatch_queue import Hold
from domain.channel import Channel
from domain.claim import Claim, stop
from domain.lifecycle import Event, Status
from domain.notification_type import NotificationType
from domain.outcome import (
    Accepted,
    Deferred,
    GatewayDown,
    NotStarted,
    Outcome,
    Rejected,
    Throttled,
    Unknown,
    Unreachable,
)
from domain.suppression_reason import SuppressionReason
from tests.contracts.given import (
    LEASE,
    NOW,
    SECOND,
    a_hand_over,
    a_message,
    a_person,
    add,
    answer,
    answered,
    claimed,
    claims,
    only,
    rescue_all,
)
from tests.contracts.stores import Stores

HOLDS = NotificationType.PROMOTIONAL
RESENDS = NotificationType.TRANSACTIONAL
LATER = NOW + 10 * LEASE


class _Outcomes:
    @pytest.mark.parametrize(
        ("outcome", "type_", "status"),
        [
            (Accepted("m-1"), RESENDS, Status.SENT),
            (Rejected("554 no"), RESENDS, Status.FAILED),
            (Unreachable("550 gone"), RESENDS, Status.FAILED),
            (Unknown("timeout"), HOLDS, Status.UNKNOWN),
        ],
    )
    def test_an_end_is_written_with_its_reason_and_its_time(
        self, stores: Stores, outcome: Outcome, type_: NotificationType, status: Status
    ) -> None:
        held = claimed(stores, a_message(type=type_))

        ended = answer(stores, held, outcome, NOW + SECOND)

        assert (ended.status, ended.attempts, ended.fence) == (status, 1, 1)
        assert ended.reason == getattr(outcome, "reason", None)
        assert ended.provider_id == getattr(outcome, "provider_id", None)
        assert ended.finished_at == NOW + SECOND
        assert list(stores.queue.due_lanes(LATER)) == []

    @pytest.mark.parametrize(
        ("outcome", "attempts"),
        [
            (Deferred("451 later"), 1),
            (Deferred("451 later", retry_after=timedelta(minutes=5)), 1),
            (Unknown("timeout"), 1),
            (Throttled("429"), 0),
            (GatewayDown("no route"), 0),
            (NotStarted(), 0),
        ],
    )
    def test_what_comes_back_is_due_later_and_an_unspent_attempt_is_given_back(
        self, stores: Stores, outcome: Outcome, attempts: int
    ) -> None:
        held = claimed(stores)

        waiting = answer(stores, held, outcome)

        assert (waiting.status, waiting.attempts, waiting.fence) == (Status.PENDING, attempts, 1)
        assert waiting.next_attempt_at == answered(held, outcome).next_attempt_at
        assert waiting.send_at == NOW
        assert waiting.reason == getattr(outcome, "reason", None)
        assert waiting.finished_at is None
        assert only(claims(stores, waiting.next_attempt_at)).attempts == attempts + 1

    @pytest.mark.parametrize(
        ("event", "status"),
        [(Event.EXPIRE, Status.EXPIRED), (Event.SUPPRESS, Status.SUPPRESSED), (Event.CANCEL, Status.CANCELLED)],
    )
    def test_what_a_gate_stopped_spends_no_attempt(self, stores: Stores, event: Event, status: Status) -> None:
        held = claimed(stores)

        assert stores.queue.conclude([stop(held, event, "because")], NOW) == {held.notification_id: event}

        stopped = stores.notifications.get(held.notification_id)
        assert (stopped.status, stopped.attempts, stopped.reason) == (status, 0, "because")
        assert list(stores.notifications.history(held.notification_id)) == []

    def test_success_clears_the_reason_of_an_earlier_attempt(self, stores: Stores) -> None:
        waiting = answer(stores, claimed(stores), Deferred("451 later"))

        sent = answer(stores, only(claims(stores, waiting.next_attempt_at)), Accepted("m-1"))

        assert (sent.status, sent.reason, sent.attempts) == (Status.SENT, None, 2)

    def test_a_batch_is_written_with_the_history_of_each(self, stores: Stores) -> None:
        add(stores, a_message("ada"), a_message("bob"))
        first, second = claims(stores)

        steps = stores.queue.conclude([answered(first, Accepted("m-1")), answered(second, Rejected("no"))], NOW)

        assert steps == {first.notification_id: Event.ACCEPT, second.notification_id: Event.REJECT}
        assert stores.notifications.get(first.notification_id).status is Status.SENT
        assert stores.notifications.get(second.notification_id).status is Status.FAILED
        assert only(stores.notifications.history(first.notification_id)).address == "ada@example.com"
        assert only(stores.notifications.history(second.notification_id)).address == "bob@example.com"

    def test_a_failover_leaves_a_line_a_gateway(self, stores: Stores) -> None:
        held = claimed(stores)
        hand_overs = [
            a_hand_over(held, GatewayDown("no route"), NOW, "first", "ada@example.com"),
            a_hand_over(held, Accepted("m-2"), NOW + SECOND, "second", "ada@example.com"),
        ]

        stores.queue.conclude([evolve(answered(held, Accepted("m-2")), hand_overs=hand_overs)], NOW + SECOND)

        assert list(stores.notifications.history(held.notification_id)) == hand_overs
        assert stores.notifications.get(held.notification_id).provider_id == "m-2"

    def test_nothing_concluded_changes_nothing(self, stores: Stores) -> None:
        assert stores.queue.conclude([], NOW) == {}


class _Cancellation:
    @pytest.mark.parametrize(
        ("outcome", "status"),
        [
            (Deferred("451 later"), Status.CANCELLED),
            (NotStarted(), Status.CANCELLED),
            (Throttled("429"), Status.CANCELLED),
            (Unknown("timeout"), Status.UNKNOWN),
            (Accepted("m-1"), Status.SENT),
            (Rejected("554 no"), Status.FAILED),
        ],
    )
    def test_a_wish_to_cancel_counts_only_for_what_came_back_unsent(
        self, stores: Stores, outcome: Outcome, status: Status
    ) -> None:
        held = claimed(stores)
        stores.notifications.cancel([held.notification_id], NOW)

        ended = answer(stores, held, outcome, NOW + SECOND)

        assert ended.status is status
        assert ended.finished_at == NOW + SECOND
        assert list(stores.queue.due_lanes(LATER)) == []


class _DeadAddresses:
    @pytest.mark.parametrize(
        ("channel", "address"), [(Channel.EMAIL, "ada@example.com"), (Channel.SMS, "+14155550100")]
    )
    def test_an_unreachable_address_is_suppressed_and_stays_with_its_recipient(
        self, stores: Stores, channel: Channel, address: str
    ) -> None:
        held = claimed(stores, a_message(channel=channel))

        answer(stores, held, Unreachable("550 no such user"), NOW + SECOND)

        found = only(stores.suppressions.find(channel, [address])[address])
        assert found.reason is SuppressionReason.UNREACHABLE
        assert (found.at, found.detail) == (NOW + SECOND, "550 no such user")
        assert stores.recipients.get("ada") == held.recipient

    def test_a_dead_push_token_leaves_its_recipient_and_the_others_stay(self, stores: Stores) -> None:
        stores.recipients.put([evolve(a_person(), push_tokens=("dead", "alive"))])
        held = claimed(stores, a_message(channel=Channel.PUSH))
        dead = answered(held, Unreachable("UNREGISTERED"))

        stores.queue.conclude(
            [evolve(dead, suppressions=[one for one in dead.suppressions if one.address == "dead"])], NOW
        )

        assert stores.recipients.get("ada").push_tokens == ("alive",)
        assert stores.recipients.get("ada").email == "ada@example.com"

    def test_the_last_dead_token_leaves_none(self, stores: Stores) -> None:
        stores.recipients.put([evolve(a_person(), push_tokens=("dead",))])

        answer(stores, claimed(stores, a_message(channel=Channel.PUSH)), Unreachable("UNREGISTERED"))

        assert stores.recipients.get("ada").push_tokens == ()

    def test_a_device_that_registers_again_is_used_again(self, stores: Stores) -> None:
        with_device = evolve(a_person(), push_tokens=("back",))
        stores.recipients.put([with_device])
        answer(stores, claimed(stores, a_message(channel=Channel.PUSH)), Unreachable("UNREGISTERED"))

        stores.recipients.put([with_device])

        again = claimed(stores, a_message(channel=Channel.PUSH))
        assert again.recipient.push_tokens == ("back",)
        assert again.suppressed == {}

    def test_what_is_dead_for_one_recipient_is_dead_for_all(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada", "shared@example.com"), a_person("eve", "shared@example.com")])

        answer(stores, claimed(stores, a_message("ada")), Unreachable("550 no such user"))

        suppressed = claimed(stores, a_message("eve")).suppressed
        assert suppressed == {"shared@example.com": (SuppressionReason.UNREACHABLE,)}


class _Fence:
    def test_a_stale_conclusion_changes_no_status_but_its_history_is_kept(self, stores: Stores) -> None:
        old = claimed(stores)
        rescue_all(stores, NOW + 2 * LEASE)
        new = only(claims(stores, NOW + 4 * LEASE))
        before = stores.notifications.get(old.notification_id)

        steps = stores.queue.conclude([answered(old, Accepted("m-1"), NOW + 4 * LEASE)], NOW + 4 * LEASE)

        after = stores.notifications.get(old.notification_id)
        assert steps == {}
        assert (after.status, after.fence, after.attempts) == (before.status, before.fence, before.attempts)
        assert (1, "accepted") in {
            (one.fence, one.outcome) for one in stores.notifications.history(old.notification_id)
        }
        assert answer(stores, new, Accepted("m-2")).status is Status.SENT

    def test_a_stale_acceptance_is_known_at_the_next_claim(self, stores: Stores) -> None:
        old = claimed(stores)
        rescue_all(stores, NOW + 2 * LEASE)
        new = only(claims(stores, NOW + 4 * LEASE))
        stores.queue.conclude([answered(old, Accepted("m-1"))], NOW + 4 * LEASE)
        answer(stores, new, NotStarted(), NOW + 4 * LEASE)

        third = only(claims(stores, LATER))

        assert third.settled == {"ada@example.com"}
        assert third.accepted_before is True

    def test_a_stale_conclusion_does_not_harm_its_neighbour(self, stores: Stores) -> None:
        add(stores, a_message("ada"), a_message("bob"))
        first, second = claims(stores)

        steps = stores.queue.conclude(
            [answered(evolve(first, fence=first.fence + 1), Rejected("no")), answered(second, Accepted("m-1"))], NOW
        )

        assert steps == {second.notification_id: Event.ACCEPT}
        assert stores.notifications.get(first.notification_id).status is Status.SENDING
        assert stores.notifications.get(second.notification_id).status is Status.SENT

    @pytest.mark.parametrize(
        "outcome", [Accepted("m-1"), Rejected("554 no"), Deferred("451 later"), NotStarted(), Unreachable("550 gone")]
    )
    def test_concluding_the_same_claim_twice_changes_nothing(self, stores: Stores, outcome: Outcome) -> None:
        held = claimed(stores)
        before = answer(stores, held, outcome)
        history = list(stores.notifications.history(held.notification_id))

        after = answer(stores, held, outcome, NOW + SECOND)

        assert after == before
        assert len(stores.notifications.history(held.notification_id)) == len(history)


Ending = Callable[[Stores, Claim], object]


def _rescued(stores: Stores, held: Claim) -> None:
    rescue_all(stores, NOW + 2 * LEASE)
    assert stores.notifications.get(held.notification_id).fence == held.fence


def _deferred(stores: Stores, held: Claim) -> None:
    answer(stores, held, Deferred("451 later"))


def _rejected(stores: Stores, held: Claim) -> None:
    answer(stores, held, Rejected("554 no"))


def _cancelled(stores: Stores, held: Claim) -> None:
    stores.notifications.cancel([held.notification_id], NOW)
    answer(stores, held, NotStarted())


def _expired(stores: Stores, held: Claim) -> None:
    stores.queue.conclude([stop(held, Event.EXPIRE, "too late")], NOW)


def _lost(stores: Stores, held: Claim) -> None:
    lost = evolve(answered(held, Rejected("timeout")), event=Event.LOSE, status=Status.UNKNOWN, hand_overs=())
    stores.queue.conclude([evolve(lost, may_be_out=True)], NOW)


def _succeed(stores: Stores, held: Claim, at: datetime) -> Mapping[int, Event]:
    return stores.queue.conclude([answered(held, Accepted("late"), at, gateway="late")], at)


class _LateSuccess:
    @pytest.mark.parametrize(
        ("ending", "status"),
        [
            (_rescued, Status.PENDING),
            (_deferred, Status.PENDING),
            (_rejected, Status.FAILED),
            (_cancelled, Status.CANCELLED),
            (_expired, Status.EXPIRED),
            (_lost, Status.UNKNOWN),
        ],
    )
    def test_a_late_success_of_the_current_fence_is_taken(self, stores: Stores, ending: Ending, status: Status) -> None:
        held = claimed(stores)
        ending(stores, held)
        assert stores.notifications.get(held.notification_id).status is status

        assert _succeed(stores, held, LATER) == {held.notification_id: Event.ACCEPT}

        sent = stores.notifications.get(held.notification_id)
        assert (sent.status, sent.reason, sent.provider_id) == (Status.SENT, None, "late")
        assert sent.finished_at == LATER
        assert list(stores.queue.due_lanes(LATER)) == []

    @pytest.mark.parametrize("type_", [HOLDS, RESENDS])
    def test_a_success_counts_that_comes_in_the_same_call_as_its_lost_answer(
        self, stores: Stores, type_: NotificationType
    ) -> None:
        held = claimed(stores, a_message(type=type_))
        stores.queue.begin([Hold(held.notification_id, held.fence)], NOW)
        both = [answered(held, Unknown("no answer"), NOW), answered(held, Accepted("m-1"), NOW)]
        assert stores.queue.conclude(both, NOW) == {held.notification_id: Event.ACCEPT}

        found = stores.notifications.get(held.notification_id)
        assert (found.status, found.provider_id, found.attempts) == (Status.SENT, "m-1", 1)

    def test_a_late_acceptance_takes_the_place_of_what_its_gateway_had_said_before(self, stores: Stores) -> None:
        held = claimed(stores)
        answer(stores, held, Unknown("timeout"))

        sent = answer(stores, held, Accepted("m-1"), LATER)

        known = only(stores.notifications.history(held.notification_id))
        assert (known.outcome, known.provider_id, known.at, known.reason) == ("accepted", "m-1", LATER, None)
        assert (sent.status, sent.provider_id) == (Status.SENT, "m-1")

    def test_a_late_success_is_refused_after_a_new_claim(self, stores: Stores) -> None:
        old = claimed(stores)
        answer(stores, old, Deferred("451 later"))
        new = only(claims(stores, NOW + LEASE))
        answer(stores, new, Deferred("451 later"), NOW + LEASE)

        assert _succeed(stores, old, NOW + LEASE) == {}

        assert stores.notifications.get(old.notification_id).status is Status.PENDING

    def test_what_was_suppressed_stays_so(self, stores: Stores) -> None:
        held = claimed(stores)
        stores.queue.conclude([stop(held, Event.SUPPRESS, "dead")], NOW)

        _succeed(stores, held, LATER)

        assert stores.notifications.get(held.notification_id).status is Status.SUPPRESSED

    def test_a_late_failure_changes_nothing(self, stores: Stores) -> None:
        held = claimed(stores)
        _rescued(stores, held)
        before = stores.notifications.get(held.notification_id)

        stores.queue.conclude([answered(held, Rejected("554 no"), LATER)], LATER)

        assert stores.notifications.get(held.notification_id) == before


class ConcludeContract(_Outcomes, _Cancellation, _DeadAddresses, _Fence, _LateSuccess):
    """What becomes of claims."""
