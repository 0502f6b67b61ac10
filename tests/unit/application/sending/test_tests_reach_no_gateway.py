"""What test lanes have goes its whole way through the simulator, whatever the real gateways do."""

from datetime import timedelta

import pytest

from adapters.gateways.simulator import SimulatorSender
from adapters.memory.memory_sender import MemorySender
from adapters.templates.jinja_renderer import JinjaRenderer
from application.ports.sender import SIMULATOR
from domain.channel import Channel
from domain.content import Content, Markup
from domain.gateway_health import BY_HAND, UNTIL_RESUMED
from domain.lifecycle import Status
from domain.notification_type import NotificationType
from domain.outcome import Cause, GatewayDown, Unknown
from domain.preferences import Choice, Preferences, Scope
from domain.recipient import Recipient, WebPushSubscription
from tests.unit.application.sending.desk import Desk, ManualClock, a_simulator

MANY = 30


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.route(Channel.EMAIL, desk.gateway("mail"))
    desk.route(Channel.SMS, desk.gateway("texts"))
    return desk


def simulate(desk: Desk) -> Desk:
    """Let *desk* have the simulator itself."""
    desk.simulator = a_simulator(SimulatorSender(desk.store.receipts, desk.clock))
    return desk


def magic(desk: Desk, word: str) -> str:
    """Bring in the magic recipient of *word*, and return their id."""
    desk.store.recipients.put([Recipient(id=word, email=f"simulate-{word}@example.com")])
    return word


def test_a_test_is_handed_to_the_simulator_and_to_nobody_else(desk: Desk) -> None:
    real, test = desk.add(), desk.add(test=True)

    desk.dispatch()

    assert (desk.outcomes(real), desk.outcomes(test)) == ([("mail", "accepted")], [(SIMULATOR, "accepted")])
    assert [message.notification_id for message in desk.memory_sender("mail").messages] == [real]
    assert desk.memory_sender("texts").messages == []


def test_a_test_goes_on_while_the_real_gateway_is_paused(desk: Desk) -> None:
    desk.store.gateways.rest(["mail"], UNTIL_RESUMED, BY_HAND)
    real, test = desk.add(), desk.add(test=True)

    summary = desk.dispatch()

    assert (desk.get(real).status, desk.get(test).status) == (Status.PENDING, Status.SENT)
    assert [why.partition(":")[0] for why in summary.left_behind] == ["email/transactional"]


def test_a_simulator_in_trouble_is_no_trouble_for_the_real_gateway(desk: Desk) -> None:
    sender = MemorySender()
    desk.simulator = a_simulator(sender)
    sender.answer(lambda _: GatewayDown("the disk is full", Cause.TRANSIENT))
    real, test = desk.add(), desk.add(test=True)

    desk.dispatch()

    assert (desk.get(real).status, desk.get(test).status) == (Status.SENT, Status.PENDING)
    assert desk.get(test).next_attempt_at > desk.clock.now()
    assert desk.memory_sender("mail").messages != []
    assert desk.journal.rests == []


def test_answers_that_are_lost_again_and_again_stall_no_other_test(desk: Desk) -> None:
    sender = MemorySender()
    desk.simulator = a_simulator(sender)
    sender.script(*[Unknown("lost")] * MANY)
    lost = [desk.add(type_=NotificationType.PROMOTIONAL, test=True) for _ in range(MANY)]
    desk.dispatch()
    assert {desk.get(one).status for one in lost} == {Status.UNKNOWN}

    after = desk.add(test=True)
    desk.dispatch()

    assert desk.get(after).status is Status.SENT
    assert desk.journal.rests == []
    assert desk.store.gateways.health().get(SIMULATOR) is None or desk.store.gateways.health()[SIMULATOR].failures == 0


@pytest.mark.parametrize(
    ("word", "type_", "status"),
    [
        ("delivered", NotificationType.TRANSACTIONAL, Status.DELIVERED),
        ("delivered", NotificationType.PROMOTIONAL, Status.DELIVERED),
        ("bounced", NotificationType.TRANSACTIONAL, Status.FAILED),
        ("bounced", NotificationType.PROMOTIONAL, Status.FAILED),
        ("deferred", NotificationType.TRANSACTIONAL, Status.PENDING),
        ("deferred", NotificationType.PROMOTIONAL, Status.PENDING),
        ("unknown", NotificationType.TRANSACTIONAL, Status.PENDING),
        ("unknown", NotificationType.PROMOTIONAL, Status.UNKNOWN),
        ("ada", NotificationType.TRANSACTIONAL, Status.SENT),
    ],
)
def test_magic_recipients_end_as_their_names_say(
    desk: Desk, word: str, type_: NotificationType, status: Status
) -> None:
    test = simulate(desk).add(magic(desk, word), type_=type_, test=True)

    desk.dispatch()

    assert desk.get(test).status is status
    assert desk.get(test).attempts == 1


@pytest.mark.parametrize("channel", Channel)
def test_a_lost_answer_follows_the_type_also_where_the_real_route_shows_a_repeat_once(
    desk: Desk, channel: Channel
) -> None:
    desk.route(channel, desk.gateway("shows-once", repeats_are_harmless=True))
    sender = MemorySender()
    desk.simulator = a_simulator(sender)
    sender.answer(lambda _: Unknown("lost"))
    browser = WebPushSubscription(endpoint="https://push.example/eve", p256dh="key", auth="secret")
    desk.store.recipients.put(
        [Recipient(id="eve", email="eve@example.com", phone="+14155550199", push_tokens=("a",), web_push=(browser,))]
    )
    promotional = desk.add("eve", channel=channel, type_=NotificationType.PROMOTIONAL, test=True)
    informational = desk.add("eve", channel=channel, type_=NotificationType.INFORMATIONAL, test=True)

    desk.dispatch()

    assert desk.get(promotional).status is Status.UNKNOWN
    assert desk.get(informational).status is Status.PENDING


@pytest.mark.parametrize(("word", "status"), [("deferred", Status.FAILED), ("unknown", Status.UNKNOWN)])
def test_what_is_put_off_each_time_runs_out_of_attempts(desk: Desk, word: str, status: Status) -> None:
    clock = ManualClock()
    desk.clock = clock
    test = simulate(desk).add(magic(desk, word), test=True)

    for _ in range(3):
        desk.dispatch()
        clock.forward(timedelta(hours=2))

    assert (desk.get(test).status, desk.get(test).attempts) == (status, 3)


def test_a_magic_address_bounces_again_and_again(desk: Desk) -> None:
    simulate(desk)
    for _ in range(3):
        test = desk.add(magic(desk, "bounced"), test=True)
        desk.dispatch()
        assert desk.get(test).status is Status.FAILED

    assert desk.store.suppressions.find(Channel.EMAIL, ["simulate-bounced@example.com"]) == {}


def test_a_magic_address_is_an_address_like_any_other_for_real_messages(desk: Desk) -> None:
    real = simulate(desk).add(magic(desk, "bounced"))

    desk.dispatch()

    assert desk.outcomes(real) == [("mail", "accepted")]
    assert desk.get(real).status is Status.SENT


def test_a_test_that_waits_for_nothing_real_is_no_work_left_behind(desk: Desk) -> None:
    del desk.routes[Channel.EMAIL]
    test = desk.add(test=True)

    assert desk.dispatch().left_behind == ()
    assert desk.get(test).status is Status.SENT


@pytest.mark.parametrize(
    ("to", "test", "reason"),
    [
        ("ada", False, "the recipient does not want topic cats"),
        ("ada", True, "the recipient does not want it"),
        ("simulate-ada", True, "the recipient does not want topic cats"),
    ],
)
def test_what_a_test_tells_of_a_refusal_is_not_what_somebody_said(desk: Desk, to: str, test: bool, reason: str) -> None:
    number = desk.add(to, type_=NotificationType.PROMOTIONAL, topic="cats", test=test)
    desk.store.preferences.put(to, Preferences(choices=(Choice(Scope(topic="cats"), wanted=False),)))

    desk.dispatch()

    assert (desk.get(number).status, desk.get(number).reason) == (Status.SUPPRESSED, reason)


@pytest.mark.parametrize(
    ("test", "reason"),
    [(False, "template: body: the recipient has no attribute 'nope'"), (True, "the template could not be filled in")],
)
def test_what_a_test_tells_of_a_template_that_failed_is_nothing_of_the_recipient(test: bool, reason: str) -> None:
    desk = Desk(renderer=JinjaRenderer())
    desk.route(Channel.EMAIL, desk.gateway("mail"))
    number = desk.add(content=Content(subject="Hello", body="{{ recipient.nope }}", markup=Markup.JINJA), test=test)

    desk.dispatch()

    assert (desk.get(number).status, desk.get(number).reason) == (Status.FAILED, reason)
