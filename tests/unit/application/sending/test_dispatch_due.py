"""What one run of a dispatcher does with what is due."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from attrs import evolve

from application.ports.clock import Deadline
from application.ports.sender import OutboundMessage
from application.sending.dispatch_run import DispatchCommand
from domain.channel import Channel
from domain.content import Content, Markup
from domain.frequency_cap import FrequencyCap
from domain.lifecycle import Event, Status
from domain.notification_type import TYPE_POLICIES, NotificationType
from domain.outcome import (
    Accepted,
    Cause,
    Deferred,
    GatewayDown,
    Outcome,
    Rejected,
    Throttled,
    Unknown,
    Unreachable,
)
from tests.contracts.given import claim
from tests.unit.application.sending.desk import BASE, Desk, ManualClock, PlainRenderer, events


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    desk = Desk(clock=clock)
    desk.route(Channel.EMAIL, desk.gateway("mail"))
    desk.route(Channel.SMS, desk.gateway("sms"))
    desk.route(Channel.PUSH, desk.gateway("push"))
    return desk


def test_what_is_due_is_sent_and_what_is_not_stays(desk: Desk) -> None:
    due = desk.add("ada")
    later = desk.add("bob", due_in=timedelta(hours=1))

    summary = desk.dispatch()

    assert desk.get(due).status is Status.SENT
    assert desk.get(later).status is Status.PENDING
    assert events(summary) == {Event.ACCEPT: 1}
    assert summary.left_behind == ()
    assert summary.next_due == desk.get(later).send_at


def test_a_message_carries_a_reference_that_is_the_same_on_every_attempt(desk: Desk, clock: ManualClock) -> None:
    sender = desk.memory_sender("mail")
    sender.script(Deferred("busy"))
    sent = desk.add()

    desk.dispatch()
    clock.forward(BASE)
    desk.dispatch()

    first, second = sender.messages
    assert first.reference == second.reference == f"{sent}.store"
    assert (first.fence, second.fence) == (1, 2)


@pytest.mark.parametrize(
    ("outcome", "kind", "status", "attempts"),
    [
        (Accepted("p-1"), NotificationType.TRANSACTIONAL, Status.SENT, 1),
        (Deferred("busy"), NotificationType.TRANSACTIONAL, Status.PENDING, 1),
        (Throttled("slow down"), NotificationType.TRANSACTIONAL, Status.PENDING, 0),
        (Rejected("spam"), NotificationType.TRANSACTIONAL, Status.FAILED, 1),
        (Unreachable("no such user"), NotificationType.TRANSACTIONAL, Status.FAILED, 1),
        (GatewayDown("refused"), NotificationType.TRANSACTIONAL, Status.PENDING, 0),
        (GatewayDown("bad password", Cause.CONFIGURATION), NotificationType.TRANSACTIONAL, Status.PENDING, 0),
        (Unknown("no answer"), NotificationType.TRANSACTIONAL, Status.PENDING, 1),
        (Unknown("no answer"), NotificationType.INFORMATIONAL, Status.PENDING, 1),
        (Unknown("no answer"), NotificationType.PROMOTIONAL, Status.UNKNOWN, 1),
    ],
)
def test_each_outcome_leads_where_the_lifecycle_says(
    desk: Desk, outcome: Outcome, kind: NotificationType, status: Status, attempts: int
) -> None:
    desk.memory_sender("mail").script(outcome)
    notification = desk.add(type_=kind)

    desk.dispatch()

    found = desk.get(notification)
    assert (found.status, found.attempts) == (status, attempts)
    assert len(desk.outcomes(notification)) == 1


def test_a_deferred_one_waits_out_its_backoff_and_is_sent(desk: Desk, clock: ManualClock) -> None:
    desk.memory_sender("mail").script(Deferred("busy"))
    notification = desk.add()

    desk.dispatch()
    assert desk.get(notification).next_attempt_at == clock.now() + BASE
    desk.dispatch()
    assert desk.get(notification).status is Status.PENDING
    clock.forward(BASE)
    desk.dispatch()

    assert desk.get(notification).status is Status.SENT
    assert desk.outcomes(notification) == [("mail", "deferred"), ("mail", "accepted")]


def test_attempts_used_up_end_failed_with_the_providers_words(desk: Desk, clock: ManualClock) -> None:
    desk.memory_sender("mail").answer(lambda _: Deferred("451 greylisted"))
    notification = desk.add()

    for _ in range(4):
        desk.dispatch()
        clock.forward(timedelta(hours=1))

    found = desk.get(notification)
    assert (found.status, found.attempts) == (Status.FAILED, 3)
    assert "451 greylisted" in (found.reason or "")


def test_a_lost_answer_and_then_no_attempts_left_is_unknown(desk: Desk, clock: ManualClock) -> None:
    desk.memory_sender("mail").script(Unknown("reset"), Deferred("busy"), Deferred("busy"))
    notification = desk.add()

    for _ in range(3):
        desk.dispatch()
        clock.forward(timedelta(hours=1))

    assert desk.get(notification).status is Status.UNKNOWN


def test_an_unreachable_address_is_suppressed_for_the_next_message(desk: Desk) -> None:
    desk.memory_sender("mail").script(Unreachable("550 5.1.1"))
    desk.add()
    desk.dispatch()

    after = desk.add()
    desk.dispatch()

    assert desk.get(after).status is Status.SUPPRESSED
    assert len(desk.memory_sender("mail").messages) == 1


def test_what_expired_while_it_waited_is_not_sent(desk: Desk, clock: ManualClock) -> None:
    notification = desk.add(lives=timedelta(minutes=5))
    clock.forward(timedelta(minutes=5))

    desk.dispatch()

    assert desk.get(notification).status is Status.EXPIRED
    assert desk.memory_sender("mail").messages == []


def test_the_next_gateway_takes_over_within_the_same_attempt(desk: Desk) -> None:
    desk.route(Channel.EMAIL, desk.gateway("mail"), desk.gateway("backup"))
    desk.memory_sender("mail").answer(lambda _: GatewayDown("refused"))
    sent = [desk.add(name) for name in ("ada", "bob", "cyd")]

    summary = desk.dispatch()

    assert [desk.get(one).status for one in sent] == [Status.SENT] * 3
    assert [desk.get(one).attempts for one in sent] == [1] * 3
    assert desk.outcomes(sent[0]) == [("backup", "accepted"), ("mail", "gateway_down")]
    assert summary.left_behind == ()


def test_a_lost_answer_never_fails_over(desk: Desk) -> None:
    desk.route(Channel.EMAIL, desk.gateway("mail"), desk.gateway("backup"))
    desk.memory_sender("mail").script(Unknown("reset after the final dot"))
    desk.add(type_=NotificationType.PROMOTIONAL)

    desk.dispatch()

    assert desk.memory_sender("backup").messages == []


def test_a_gateway_that_is_down_rests_and_the_rest_is_left_behind_unspent(desk: Desk, clock: ManualClock) -> None:
    desk.memory_sender("mail").answer(lambda _: GatewayDown("connection refused"))
    waiting = [desk.add(name) for name in ("ada", "bob")]

    summary = desk.dispatch()

    assert [desk.get(one).attempts for one in waiting] == [0, 0]
    assert any("connection refused" in sentence for sentence in summary.left_behind)
    assert desk.journal.rests == ["mail"]
    desk.memory_sender("mail").clear()
    clock.forward(timedelta(minutes=1))
    desk.dispatch()
    assert [desk.get(one).status for one in waiting] == [Status.SENT, Status.SENT]


def test_a_gateway_that_comes_back_is_probed_with_a_single_message(desk: Desk, clock: ManualClock) -> None:
    sizes: list[int] = []

    class Probed:
        batch_size = 100

        def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
            sizes.append(len(messages))
            outcome = GatewayDown("refused") if len(sizes) == 1 else Accepted()
            return [outcome] * len(messages)

    desk.route(Channel.EMAIL, desk.gateway("mail", Probed(), slots=1))
    for number in range(5):
        desk.add(f"person-{number}")

    desk.dispatch()
    clock.forward(timedelta(minutes=1))
    desk.dispatch()

    assert sizes[:2] == [5, 1]
    assert sum(sizes[2:]) == 4


def test_a_message_for_which_alone_the_gateway_is_down_spends_its_attempt(desk: Desk) -> None:
    desk.route(Channel.EMAIL, desk.gateway("mail", slots=1))
    desk.memory_sender("mail").answer(
        lambda message: GatewayDown("closed on me") if message.recipient_id == "bob" else Accepted()
    )
    ada, bob = desk.add("ada"), desk.add("bob")

    desk.dispatch()

    assert desk.get(ada).status is Status.SENT
    assert (desk.get(bob).status, desk.get(bob).attempts) == (Status.PENDING, 1)


def test_a_message_that_shuts_a_gateway_again_and_again_runs_out_of_attempts(desk: Desk, clock: ManualClock) -> None:
    desk.route(Channel.EMAIL, desk.gateway("mail", slots=1))
    desk.memory_sender("mail").answer(
        lambda message: GatewayDown("closed on me") if message.recipient_id == "poison" else Accepted()
    )
    poison = desk.add("poison", lives=timedelta(days=7))
    neighbours: list[int] = []
    for _ in range(12):
        desk.dispatch()
        clock.forward(timedelta(hours=1))
        neighbours.append(desk.add(f"neighbour-{len(neighbours)}"))
        desk.dispatch()
        clock.forward(timedelta(hours=1))
    desk.dispatch()

    assert desk.get(poison).status is Status.FAILED
    assert {desk.get(one).status for one in neighbours} == {Status.SENT}


def test_a_long_outage_spends_no_attempts(desk: Desk, clock: ManualClock) -> None:
    desk.memory_sender("mail").answer(lambda _: GatewayDown("refused"))
    waiting = [desk.add(name) for name in ("ada", "bob")]
    for _ in range(12):
        desk.dispatch()
        clock.forward(timedelta(hours=1))

    assert [(desk.get(one).status, desk.get(one).attempts) for one in waiting] == [(Status.PENDING, 0)] * 2


def test_one_cancelled_while_a_gateway_could_not_take_it_is_counted_as_cancelled(
    desk: Desk, clock: ManualClock
) -> None:
    def cancel_and_refuse(message: OutboundMessage) -> Outcome:
        desk.store.notifications.cancel([message.notification_id], clock.now())
        return GatewayDown("refused")

    desk.memory_sender("mail").answer(cancel_and_refuse)
    cancelled = desk.add()

    summary = desk.dispatch()

    assert desk.get(cancelled).status is Status.CANCELLED
    assert (events(summary), summary.left_behind) == ({Event.CANCEL: 1}, ())


def test_a_throttled_gateway_pauses_and_the_rest_of_the_call_is_not_tried(desk: Desk) -> None:
    desk.route(Channel.EMAIL, desk.gateway("mail", slots=1), desk.gateway("backup"))
    desk.memory_sender("mail").script(Accepted(), Throttled("429", timedelta(seconds=20)))
    waiting = [desk.add(name) for name in ("ada", "bob", "cyd")]

    desk.dispatch()

    assert [desk.get(one).status for one in waiting] == [Status.SENT, Status.PENDING, Status.PENDING]
    assert [desk.get(one).attempts for one in waiting] == [1, 0, 0]
    assert len(desk.memory_sender("mail").messages) == 2
    assert desk.memory_sender("backup").messages == [], "a pause of less than 30 s is waited out"


def test_a_gateway_throttled_for_long_is_skipped_along_the_route(desk: Desk) -> None:
    desk.route(Channel.EMAIL, desk.gateway("mail", slots=1), desk.gateway("backup"))
    desk.memory_sender("mail").script(Throttled("429", timedelta(minutes=10)))
    desk.add("ada")
    desk.dispatch()

    second = desk.add("bob")
    desk.dispatch()

    assert desk.outcomes(second) == [("backup", "accepted")]


def test_a_push_goes_to_every_device_and_a_dead_one_is_forgotten(desk: Desk) -> None:
    desk.memory_sender("push").answer(
        lambda message: Unreachable("UNREGISTERED") if message.address == "ada-tablet" else Accepted()
    )
    notification = desk.add(channel=Channel.PUSH)

    desk.dispatch()

    assert desk.get(notification).status is Status.SENT
    assert desk.store.recipients.get("ada").push_tokens == ("ada-phone",)


def test_a_push_is_tried_again_only_where_it_is_still_open(desk: Desk, clock: ManualClock) -> None:
    sender = desk.memory_sender("push")
    sender.answer(lambda message: Deferred("later") if message.address == "ada-tablet" else Accepted())
    notification = desk.add(channel=Channel.PUSH)
    desk.dispatch()
    assert desk.get(notification).status is Status.PENDING

    sender.clear()
    clock.forward(BASE)
    desk.dispatch()

    assert [message.address for message in sender.messages] == ["ada-tablet"]
    assert desk.get(notification).status is Status.SENT


def test_a_push_that_reached_one_device_is_sent_when_the_other_uses_up_its_attempts(
    desk: Desk, clock: ManualClock
) -> None:
    desk.memory_sender("push").answer(
        lambda message: Deferred("later") if message.address == "ada-tablet" else Accepted()
    )
    notification = desk.add(channel=Channel.PUSH)

    for _ in range(4):
        desk.dispatch()
        clock.forward(timedelta(hours=1))

    assert desk.get(notification).status is Status.SENT


def test_a_template_is_filled_in_for_each(desk: Desk) -> None:
    template = Content(subject="Hello", body="Dear {name}", markup=Markup.JINJA)
    for name in ("ada", "bob"):
        desk.add(name, content=template)

    desk.dispatch()

    bodies = {message.recipient_id: message.content.body for message in desk.memory_sender("mail").messages}
    assert bodies == {"ada": "Dear Ada", "bob": "Dear Bob"}


def test_a_template_leaves_out_what_its_channel_cannot_carry(desk: Desk) -> None:
    template = Content(subject="Hello", body="Dear {name}", markup=Markup.JINJA)
    text = desk.add(channel=Channel.SMS, content=template)

    desk.dispatch()

    assert desk.get(text).status is Status.SENT
    assert desk.memory_sender("sms").messages[0].content == Content(body="Dear Ada")


def test_a_template_that_cannot_be_filled_in_fails_for_that_person_alone(desk: Desk) -> None:
    template = Content(subject="Hello", body="Dear {name}", markup=Markup.JINJA)
    nameless = desk.add("bob", content=template)
    desk.store.recipients.put([evolve(desk.store.recipients.get("bob"), name=None)])
    fine = desk.add("ada", content=template)

    desk.dispatch()

    assert desk.get(fine).status is Status.SENT
    assert desk.get(nameless).status is Status.FAILED
    assert "the recipient has no name" in (desk.get(nameless).reason or "")


def test_a_promotional_one_cancelled_before_its_begin_is_not_sent(desk: Desk, clock: ManualClock) -> None:
    class CancelsMeanwhile(PlainRenderer):
        def render(self, *arguments: object) -> Content:
            desk.store.notifications.cancel([notification], clock.now())
            return Content(subject="Hello", body="Hello")

    desk.renderer = CancelsMeanwhile()
    notification = desk.add(
        type_=NotificationType.PROMOTIONAL, content=Content(subject="Hi", body="{name}", markup=Markup.JINJA)
    )

    desk.dispatch()

    assert desk.get(notification).status is Status.CANCELLED
    assert desk.memory_sender("mail").messages == []


def test_a_limit_bounds_what_is_claimed(desk: Desk) -> None:
    for number in range(5):
        desk.add(f"person-{number}")

    summary = desk.dispatch(DispatchCommand(limit=3))

    assert events(summary) == {Event.ACCEPT: 3}
    assert len(desk.memory_sender("mail").messages) == 3


@pytest.mark.parametrize("limit", [None, 2])
def test_what_a_gate_put_off_and_what_a_begin_refused_is_not_left_behind(desk: Desk, limit: int | None) -> None:
    policy = evolve(TYPE_POLICIES[NotificationType.PROMOTIONAL], frequency_cap=FrequencyCap.parse("1/day"))
    desk.policies = {**TYPE_POLICIES, NotificationType.PROMOTIONAL: policy}
    for _ in range(2):  # claimed together; the second finds no place when it is to begin
        desk.add(type_=NotificationType.PROMOTIONAL)

    summary = desk.dispatch(DispatchCommand(limit=limit))

    assert summary.left_behind == ()
    assert summary.events[Event.ACCEPT] == 1
    waits = 0 if limit else 1  # at the limit it is not claimed again, and nobody knows yet that it waits
    assert (summary.waiting, summary.waiting_until) == (waits, summary.next_due if waits else None)


def test_due_work_of_a_channel_without_a_gateway_is_left_behind_and_named(desk: Desk) -> None:
    desk.add(channel=Channel.SMS)
    del desk.routes[Channel.SMS]

    summary = desk.dispatch()

    assert summary.left_behind == ("sms/transactional: no gateway is configured for sms",)


def test_what_a_dead_dispatcher_held_is_taken_back_at_once(desk: Desk, clock: ManualClock) -> None:
    notification = desk.add()
    owner = desk.store.queue.register(clock.now())
    claim(desk.store, clock.now(), owner=owner)
    desk.store.queue.unregister(owner)

    summary = desk.dispatch()
    assert summary.rescued == 1
    assert desk.outcomes(notification) == [("", "unknown")]
    clock.forward(BASE)
    desk.dispatch()

    assert desk.get(notification).status is Status.SENT


def test_a_sender_that_raises_leaves_a_lost_answer_and_the_dispatcher_goes_on(desk: Desk) -> None:
    class Broken:
        batch_size = 10

        def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
            raise ZeroDivisionError("a bug")

    desk.route(Channel.EMAIL, desk.gateway("mail", Broken()))
    promotional = desk.add(type_=NotificationType.PROMOTIONAL)
    text = desk.add(channel=Channel.SMS)

    desk.dispatch()

    assert desk.get(promotional).status is Status.UNKNOWN
    assert desk.get(text).status is Status.SENT
    assert desk.journal.sender_errors == ["a bug"]


def test_a_repeat_that_does_no_harm_is_sent_again_even_where_the_type_holds(desk: Desk, clock: ManualClock) -> None:
    desk.route(Channel.EMAIL, desk.gateway("mail", repeats_are_harmless=True))
    desk.memory_sender("mail").script(Unknown("reset"))
    notification = desk.add(type_=NotificationType.PROMOTIONAL)

    desk.dispatch()
    clock.forward(BASE)
    desk.dispatch()

    assert desk.get(notification).status is Status.SENT


def test_transactional_mail_goes_before_promotional_mail(desk: Desk) -> None:
    desk.route(Channel.EMAIL, desk.gateway("mail", slots=1))
    desk.batch = 1
    for number in range(3):
        desk.add(f"promo-{number}", type_=NotificationType.PROMOTIONAL)
    desk.add("otp", type_=NotificationType.TRANSACTIONAL)

    desk.dispatch()

    assert desk.memory_sender("mail").messages[0].recipient_id == "otp"
