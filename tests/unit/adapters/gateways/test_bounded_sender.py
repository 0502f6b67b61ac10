from collections.abc import Callable, Sequence
from threading import Event

import pytest
from attrs import define, field

from adapters.gateways.bounded_sender import BoundedSender
from adapters.memory.memory_sender import MemorySender
from adapters.system_clock import SystemClock
from application.ports.clock import Deadline
from application.ports.sender import OutboundMessage, Sender
from domain.channel import Channel
from domain.outcome import Accepted, GatewayDown, NotStarted, Outcome, Unknown
from entrypoints.testing.sender_contract import PATIENCE_S, SenderContract, outbound, outbounds

TIMEOUT_S = 0.05
BOUND_S = 20.0


@define(eq=False)
class WaitingSender:
    """Answers once it is released, and keeps the deadlines it was given."""

    release: Event = field(factory=Event)
    deadlines: list[Deadline] = field(factory=list)
    answered: Event = field(factory=Event)
    batch_size: int = 10

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
        self.deadlines.append(deadline)
        assert self.release.wait(BOUND_S)
        self.answered.set()
        return [Accepted()] * len(messages)


class BrokenSender:
    batch_size = 1

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
        raise ZeroDivisionError("a bug")


def later() -> Deadline:
    return Deadline.after(PATIENCE_S, SystemClock())


class TestBoundedSenderContract(SenderContract):
    channel = Channel.SMS

    @pytest.fixture
    def inner(self) -> MemorySender:
        return MemorySender()

    @pytest.fixture
    def sender(self, inner: MemorySender) -> Sender:
        return BoundedSender(inner, BOUND_S, hanging_max=1)

    @pytest.fixture
    def arrived(self, inner: MemorySender) -> Callable[[], Sequence[str]]:
        return lambda: [message.address for message in inner.accepted]


class TestBoundedSender:
    def test_hands_on_what_answers_in_time(self) -> None:
        inner = MemorySender(batch_size=7)
        inner.script(Unknown("lost"))
        sender = BoundedSender(inner, BOUND_S, hanging_max=1)
        assert sender.batch_size == 7
        assert sender.send(outbounds(Channel.SMS, 2), later()) == [Unknown("lost"), Accepted("memory-1")]
        assert sender.send([], later()) == []

    def test_a_call_that_hangs_is_lost_for_all_its_messages(self) -> None:
        inner = WaitingSender()
        sender = BoundedSender(inner, TIMEOUT_S, hanging_max=2)
        lost = Unknown("no answer within the timeout of 0.05 s a message")
        assert sender.send(outbounds(Channel.SMS, 2), later()) == [lost, lost]
        inner.release.set()

    def test_nothing_more_is_sent_while_too_many_calls_hang(self) -> None:
        inner = WaitingSender()
        sender = BoundedSender(inner, TIMEOUT_S, hanging_max=1)
        sender.send([outbound(Channel.SMS, 1)], later())
        down, rest = sender.send(outbounds(Channel.SMS, 2), later())
        assert isinstance(down, GatewayDown)
        assert isinstance(rest, NotStarted)
        assert len(inner.deadlines) == 1
        inner.release.set()
        assert inner.answered.wait(BOUND_S)
        for thread in sender._left_behind:
            thread.join(BOUND_S)
        assert sender.send([outbound(Channel.SMS, 3)], later()) == [Accepted()]

    def test_the_deadline_is_the_timeout_of_all_messages_at_most(self) -> None:
        inner = WaitingSender()
        inner.release.set()
        sender = BoundedSender(inner, BOUND_S, hanging_max=1)
        sender.send([outbound(Channel.SMS, 1)], later())
        sender.send(outbounds(Channel.SMS, 3), later())
        short, long = inner.deadlines
        assert short.remaining_s() <= BOUND_S
        assert BOUND_S < long.remaining_s() <= PATIENCE_S

    def test_a_deadline_that_is_cut_short_is_so_for_the_sender_too(self) -> None:
        inner = WaitingSender()
        inner.release.set()
        deadline = later()
        BoundedSender(inner, BOUND_S, hanging_max=1).send([outbound(Channel.SMS, 1)], deadline)
        assert not inner.deadlines[0].has_passed
        deadline.cut_short()
        assert inner.deadlines[0].has_passed

    def test_a_bug_of_the_sender_comes_back_as_it_was(self) -> None:
        with pytest.raises(ZeroDivisionError, match="a bug"):
            BoundedSender(BrokenSender(), BOUND_S, hanging_max=1).send([outbound(Channel.SMS, 1)], later())
