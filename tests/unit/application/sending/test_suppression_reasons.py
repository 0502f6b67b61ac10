"""What a suppression stops depends on its reason, the channel and the type."""

from collections.abc import Mapping

import pytest
from attrs import evolve

from application.sending.dispatch_run import DispatchCommand
from domain.channel import Channel
from domain.lifecycle import Status
from domain.notification_type import TYPE_POLICIES, LostAnswer, NotificationType, TypePolicy
from domain.outcome import Unreachable
from domain.suppression import Suppression
from domain.suppression_reason import BY_THE_PERSON, EVERY_REASON, SuppressionReason
from tests.unit.application.sending.desk import Desk, ManualClock

TRANSACTIONAL, INFORMATIONAL = NotificationType.TRANSACTIONAL, NotificationType.INFORMATIONAL
PROMOTIONAL = NotificationType.PROMOTIONAL
ADDRESSES = {Channel.EMAIL: "ada@example.com", Channel.SMS: "+14155550100"}


@pytest.fixture
def desk() -> Desk:
    desk = Desk(clock=ManualClock())
    desk.route(Channel.EMAIL, desk.gateway("mail"))
    desk.route(Channel.SMS, desk.gateway("text"))
    return desk


def suppress(desk: Desk, channel: Channel, reason: SuppressionReason) -> None:
    one = Suppression(channel=channel, address=ADDRESSES[channel], reason=reason, at=desk.clock.now())
    desk.store.suppressions.add([one])


def statuses(desk: Desk, channel: Channel) -> Mapping[NotificationType, Status]:
    """Return what becomes of one notification of each type."""
    added = {type_: desk.add(channel=channel, type_=type_) for type_ in NotificationType}
    desk.dispatch()
    return {type_: desk.get(number).status for type_, number in added.items()}


@pytest.mark.parametrize("reason", sorted(BY_THE_PERSON))
def test_after_a_complaint_a_transactional_mail_goes_on_and_all_else_stops(
    desk: Desk, reason: SuppressionReason
) -> None:
    suppress(desk, Channel.EMAIL, reason)

    assert statuses(desk, Channel.EMAIL) == {
        TRANSACTIONAL: Status.SENT,
        INFORMATIONAL: Status.SUPPRESSED,
        PROMOTIONAL: Status.SUPPRESSED,
    }


@pytest.mark.parametrize("channel", ADDRESSES)
@pytest.mark.parametrize("reason", sorted(EVERY_REASON - BY_THE_PERSON))
def test_a_dead_address_gets_nothing_of_any_type(desk: Desk, channel: Channel, reason: SuppressionReason) -> None:
    suppress(desk, channel, reason)

    assert set(statuses(desk, channel).values()) == {Status.SUPPRESSED}


def test_a_stop_ends_every_text(desk: Desk) -> None:
    suppress(desk, Channel.SMS, SuppressionReason.STOP)

    assert set(statuses(desk, Channel.SMS).values()) == {Status.SUPPRESSED}


@pytest.mark.parametrize(
    ("channel", "reason"),
    [(Channel.SMS, SuppressionReason.STOP), (Channel.EMAIL, SuppressionReason.UNSUBSCRIBE)],
)
def test_what_the_provider_was_told_by_the_person_is_their_opt_out_and_no_dead_address(
    desk: Desk, channel: Channel, reason: SuppressionReason
) -> None:
    number = desk.add(channel=channel, type_=PROMOTIONAL)
    desk.memory_sender("text" if channel is Channel.SMS else "mail").script(Unreachable("opted out", opted_out=True))

    desk.dispatch()

    address = ADDRESSES[channel]
    (listed,) = desk.store.suppressions.find(channel, [address])[address]
    assert (listed.reason, listed.detail) == (reason, "opted out")
    assert desk.get(number).status is Status.FAILED
    spared = Status.SUPPRESSED if channel is Channel.SMS else Status.SENT
    assert statuses(desk, channel)[TRANSACTIONAL] is spared


def test_an_address_that_is_not_there_is_dead(desk: Desk) -> None:
    desk.add()
    desk.memory_sender("mail").script(Unreachable("550 no such user"))

    desk.dispatch()

    (found,) = desk.store.suppressions.find(Channel.EMAIL, [ADDRESSES[Channel.EMAIL]]).values()
    assert [one.reason for one in found] == [SuppressionReason.UNREACHABLE]


def _with(desk: Desk, type_: NotificationType, policy: TypePolicy) -> None:
    """Send with another policy for one type."""
    dispatcher = desk.dispatcher()
    rulebook = evolve(dispatcher.rulebook, policies={**TYPE_POLICIES, type_: policy})
    evolve(dispatcher, rulebook=rulebook)(DispatchCommand(limit=5))  # or what never begins would go round for ever


def test_a_type_that_is_spared_and_holds_passes_the_begin_as_it_passes_the_gate(desk: Desk) -> None:
    suppress(desk, Channel.EMAIL, SuppressionReason.COMPLAINT)
    number = desk.add()

    _with(desk, TRANSACTIONAL, evolve(TYPE_POLICIES[TRANSACTIONAL], lost_answer=LostAnswer.HOLD))

    assert desk.get(number).status is Status.SENT


def test_whom_a_complaint_spares_is_the_operators_choice(desk: Desk) -> None:
    suppress(desk, Channel.EMAIL, SuppressionReason.COMPLAINT)
    strict, lenient = desk.add(), desk.add(type_=PROMOTIONAL)

    _with(desk, TRANSACTIONAL, evolve(TYPE_POLICIES[TRANSACTIONAL], complaint_spares=frozenset()))
    assert [desk.get(one).status for one in (strict, lenient)] == [Status.SUPPRESSED, Status.SUPPRESSED]

    lenient = desk.add(type_=PROMOTIONAL)
    _with(desk, PROMOTIONAL, evolve(TYPE_POLICIES[PROMOTIONAL], complaint_spares=frozenset({Channel.EMAIL})))
    assert desk.get(lenient).status is Status.SENT
