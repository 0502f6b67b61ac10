"""What a dispatcher does at the moments that are easily overlooked."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

import pytest
from attrs import evolve

from adapters.system_clock import SystemClock
from application.ports.clock import Deadline
from application.ports.dispatch_queue import Claimed, ClaimRequest, DispatchQueue
from application.ports.sender import OutboundMessage
from application.sending.dispatch_run import DispatchCommand
from domain.channel import Channel
from domain.content import Content, Markup
from domain.lifecycle import Event, Status
from domain.notification_type import NotificationType
from domain.outcome import Accepted, Deferred, GatewayDown, NotStarted, Outcome, Rejected, Unknown, Unreachable
from domain.recipient import Recipient
from domain.template import NO_VARIABLES
from tests.unit.application.sending.desk import BASE, Desk, ManualClock, PlainRenderer, events

PATIENCE_S = 10.0
TEMPLATE = Content(subject="Hello", body="Dear {name}", markup=Markup.JINJA)


class Saying:
    """A sender that answers each call with what a function makes of its messages."""

    batch_size = 10

    def __init__(self, answer: Callable[[Sequence[OutboundMessage], Deadline], Any]) -> None:
        self.answer = answer
        self.calls = 0

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
        self.calls += 1
        return cast(Sequence[Outcome], self.answer(messages, deadline))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    return Desk(clock=clock)


def test_the_time_that_a_claim_takes_is_not_there_for_sending(desk: Desk, clock: ManualClock) -> None:
    class SlowQueue:
        def __getattr__(self, name: str) -> object:
            return getattr(desk.store.queue, name)

        def claim(self, request: ClaimRequest) -> Claimed:
            claimed = desk.store.queue.claim(request)
            clock.forward(desk.lease / 2)
            return claimed

    had_passed: list[bool] = []

    def answer(messages: Sequence[OutboundMessage], deadline: Deadline) -> list[Outcome]:
        had_passed.append(deadline.has_passed)
        return [Accepted()] * len(messages)

    desk.route(Channel.EMAIL, desk.gateway("mail", Saying(answer)))
    desk.add()

    desk.dispatcher(cast(DispatchQueue, SlowQueue()))(DispatchCommand())

    assert had_passed == [], "nothing is handed over past its deadline"


def test_a_sender_that_starts_nothing_is_not_asked_without_end(desk: Desk) -> None:
    idle = Saying(lambda messages, _: [NotStarted("not today")] * len(messages))
    desk.route(Channel.EMAIL, desk.gateway("mail", idle))
    waiting = desk.add()

    summary = desk.dispatch()

    assert idle.calls == 1
    assert summary.left_behind == ("not today",)
    assert (desk.get(waiting).status, desk.get(waiting).attempts) == (Status.PENDING, 0)


@pytest.mark.parametrize(
    "nonsense",
    [[True], [None], None, [Accepted(), Accepted()], [Deferred("busy", 30)], [Rejected(550)], [Accepted(b"id")]],  # type: ignore[arg-type]  # what a broken sender says
    ids=str,
)
def test_a_sender_that_talks_nonsense_has_lost_its_answers_and_harms_nobody_else(desk: Desk, nonsense: object) -> None:
    desk.route(Channel.EMAIL, desk.gateway("mail", Saying(lambda *_: nonsense)))
    desk.route(Channel.SMS, desk.gateway("sms"))
    lost = desk.add(type_=NotificationType.PROMOTIONAL)
    text = desk.add(channel=Channel.SMS)

    desk.dispatch()

    assert desk.get(lost).status is Status.UNKNOWN
    assert desk.get(text).status is Status.SENT
    assert len(desk.journal.sender_errors) == 1


@pytest.mark.parametrize("type_", [NotificationType.PROMOTIONAL, NotificationType.TRANSACTIONAL])
def test_what_expires_while_the_templates_are_filled_in_is_not_sent(
    desk: Desk, clock: ManualClock, type_: NotificationType
) -> None:
    class Slow(PlainRenderer):
        def render(
            self,
            content_id: int,
            content: Content,
            recipient: Recipient,
            channel: Channel,
            variables: Mapping[str, Any] = NO_VARIABLES,
        ) -> Content:
            clock.forward(timedelta(minutes=5))
            return super().render(content_id, content, recipient, channel)

    desk.renderer = Slow()
    desk.route(Channel.EMAIL, desk.gateway("mail"))
    late = desk.add(type_=type_, content=TEMPLATE, lives=timedelta(minutes=5))

    desk.dispatch()

    assert desk.get(late).status is Status.EXPIRED
    assert desk.memory_sender("mail").messages == []


@pytest.mark.parametrize(
    ("type_", "later"), [(NotificationType.PROMOTIONAL, 2), (NotificationType.TRANSACTIONAL, 2)], ids=str
)
def test_no_more_is_claimed_than_a_slow_gateway_can_start_soon(
    desk: Desk, clock: ManualClock, type_: NotificationType, later: int
) -> None:
    sizes: list[int] = []

    def slow(messages: Sequence[OutboundMessage], _: Deadline) -> list[Outcome]:
        sizes.append(len(messages))
        clock.forward(len(messages) * timedelta(seconds=0.1))
        return [Accepted()] * len(messages)

    sender = Saying(slow)
    sender.batch_size = 40
    desk.route(Channel.EMAIL, desk.gateway("mail", sender, slots=1))
    for number in range(60):
        desk.add(f"p{number}", type_=type_)

    desk.dispatch()

    assert sizes[1] == later, "the first call has shown how slow it is"
    assert sum(sizes) == 60


def test_templates_that_take_longer_than_the_lease_are_sent_bit_by_bit(desk: Desk, clock: ManualClock) -> None:
    class Slow(PlainRenderer):
        def render(
            self,
            content_id: int,
            content: Content,
            recipient: Recipient,
            channel: Channel,
            variables: Mapping[str, Any] = NO_VARIABLES,
        ) -> Content:
            clock.forward(timedelta(seconds=0.6))
            return super().render(content_id, content, recipient, channel)

    def in_time(messages: Sequence[OutboundMessage], deadline: Deadline) -> list[Outcome]:
        return [NotStarted() if deadline.has_passed else Accepted()] * len(messages)

    desk.renderer, desk.lease = Slow(), timedelta(seconds=4)
    desk.route(Channel.EMAIL, desk.gateway("mail", Saying(in_time)))
    slow = [desk.add(f"p{number}", content=TEMPLATE) for number in range(9)]

    desk.dispatch()

    assert {(desk.get(one).status, desk.get(one).attempts) for one in slow} == {(Status.SENT, 1)}


def test_a_template_that_breaks_after_one_device_accepted_leaves_it_sent(desk: Desk, clock: ManualClock) -> None:
    desk.route(Channel.PUSH, desk.gateway("push"))
    desk.memory_sender("push").script(Accepted(), Deferred("busy"))
    push = desk.add(channel=Channel.PUSH, content=TEMPLATE)
    desk.dispatch()

    desk.store.recipients.put([evolve(desk.store.recipients.get("ada"), name=None)])
    clock.forward(BASE)
    desk.dispatch()

    assert desk.get(push).status is Status.SENT


def test_an_address_that_died_after_a_lost_answer_leaves_it_unknown(desk: Desk, clock: ManualClock) -> None:
    desk.route(Channel.EMAIL, desk.gateway("mail"))
    desk.memory_sender("mail").script(Unknown("reset"))
    lost = desk.add()
    desk.dispatch()

    desk.memory_sender("mail").script(Unreachable("550 5.1.1"))
    desk.add()
    desk.dispatch()
    clock.forward(BASE)
    desk.dispatch()

    assert desk.get(lost).status is Status.UNKNOWN, "nobody knows whether the first attempt went out"


def test_a_successor_takes_over_no_more_than_its_pace_allows(desk: Desk) -> None:
    desk.route(Channel.EMAIL, desk.gateway("mail", slots=1), desk.gateway("backup", rate=2.0))
    desk.memory_sender("mail").answer(lambda _: GatewayDown("refused"))
    waiting = [desk.add(f"p{number}") for number in range(5)]

    summary = desk.dispatch()

    assert len(desk.memory_sender("backup").messages) == 2
    assert events(summary) == {Event.ACCEPT: 2, Event.POSTPONE: 3}
    assert {desk.get(one).attempts for one in waiting} == {0, 1}


class TestWhenAGatewayHangs:
    @pytest.fixture
    def desk(self) -> Desk:
        return Desk(clock=SystemClock(), lease=timedelta(seconds=1))

    def test_a_run_ends_when_only_the_slot_kept_for_transactional_messages_is_free(self, desk: Desk) -> None:
        opened = threading.Event()
        desk.batch = 1
        desk.route(Channel.EMAIL, desk.gateway("mail", hanging(opened), slots=2))
        for name in ("ada", "bob"):
            desk.add(name, type_=NotificationType.PROMOTIONAL)

        summary = desk.dispatch()
        opened.set()

        assert any("does not answer" in sentence for sentence in summary.left_behind)

    def test_what_waits_behind_it_was_never_handed_over_and_is_not_lost(self, desk: Desk) -> None:
        opened = threading.Event()
        slow = hanging(opened)
        shared = desk.gateway("shared", slow, slots=1)
        desk.route(Channel.SMS, shared)
        desk.route(Channel.EMAIL, desk.gateway("mail"), shared)
        desk.memory_sender("mail").answer(lambda _: GatewayDown("refused"))
        text = desk.add(channel=Channel.SMS)
        mail = desk.add(type_=NotificationType.PROMOTIONAL)

        desk.dispatch()
        opened.set()

        assert desk.outcomes(text) == [("shared", "unknown")]
        assert desk.outcomes(mail) == [("mail", "gateway_down")]
        assert (desk.get(mail).status, desk.get(mail).attempts) == (Status.PENDING, 0)
        assert slow.calls == 1


def hanging(opened: threading.Event) -> Saying:
    def answer(messages: Sequence[OutboundMessage], _: Deadline) -> list[Outcome]:
        assert opened.wait(PATIENCE_S)
        return [Accepted()] * len(messages)

    return Saying(answer)
