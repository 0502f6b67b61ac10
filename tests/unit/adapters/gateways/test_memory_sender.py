from collections.abc import Callable, Sequence

import pytest

from adapters.memory.memory_sender import MemorySender
from application.ports.clock import Deadline
from application.ports.sender import OutboundMessage
from domain.channel import Channel
from domain.outcome import Accepted, Deferred, GatewayDown, NotStarted, Outcome, Rejected, Throttled, Unreachable
from entrypoints.testing.sender_contract import SenderContract, outbounds


class TestMemorySender(SenderContract):
    channel = Channel.EMAIL

    @pytest.fixture
    def sender(self) -> MemorySender:
        return MemorySender()

    @pytest.fixture
    def arrived(self, sender: MemorySender) -> Callable[[], Sequence[str]]:
        return lambda: [message.address for message in sender.accepted]

    def test_each_accepted_message_has_an_id_of_its_own(self, sender: MemorySender, patience: Deadline) -> None:
        assert sender.send(outbounds(Channel.SMS, 2), patience) == [Accepted("memory-1"), Accepted("memory-2")]

    def test_scripted_outcomes_come_in_order_and_then_it_accepts(
        self, sender: MemorySender, patience: Deadline
    ) -> None:
        sender.script(Deferred("busy"), Accepted("mine"))
        sender.script(Rejected("no"))

        outcomes = sender.send(outbounds(Channel.SMS, 4), patience)

        assert outcomes == [Deferred("busy"), Accepted("mine"), Rejected("no"), Accepted("memory-1")]

    def test_a_function_may_answer_for_each_message(self, sender: MemorySender, patience: Deadline) -> None:
        def answer(message: OutboundMessage) -> Outcome:
            return Unreachable("gone") if message.recipient_id == "person2" else Accepted("yes")

        sender.answer(answer)

        outcomes = sender.send(outbounds(Channel.SMS, 3), patience)

        assert outcomes == [Accepted("yes"), Unreachable("gone"), Accepted("yes")]

    def test_what_is_scripted_comes_before_what_a_function_answers(
        self, sender: MemorySender, patience: Deadline
    ) -> None:
        sender.answer(lambda _: Rejected("always"))
        sender.script(Accepted("once"))

        assert sender.send(outbounds(Channel.SMS, 2), patience) == [Accepted("once"), Rejected("always")]

    @pytest.mark.parametrize("stop", [GatewayDown("off"), Throttled("slower")])
    def test_after_a_gateway_that_is_down_or_throttled_the_rest_is_not_tried(
        self, stop: Outcome, sender: MemorySender, patience: Deadline
    ) -> None:
        sender.script(Accepted("1"), stop)

        outcomes = sender.send(outbounds(Channel.SMS, 4), patience)

        assert outcomes == [Accepted("1"), stop, NotStarted(), NotStarted()]
        assert len(sender.messages) == 2

    def test_every_message_is_kept_whatever_was_answered(self, sender: MemorySender, patience: Deadline) -> None:
        messages = outbounds(Channel.SMS, 3)
        sender.script(Accepted("1"), Rejected("no"), NotStarted())

        sender.send(messages, patience)

        assert sender.messages == messages[:2]
        assert sender.accepted == messages[:1]

    def test_clearing_forgets_messages_and_instructions(self, sender: MemorySender, patience: Deadline) -> None:
        sender.script(Rejected("no"), Rejected("no"))
        sender.answer(lambda _: Rejected("no"))
        sender.send(outbounds(Channel.SMS, 1), patience)

        sender.clear()

        assert sender.messages == []
        assert isinstance(sender.send(outbounds(Channel.SMS, 1), patience)[0], Accepted)

    def test_the_size_of_a_batch_can_be_chosen(self) -> None:
        assert MemorySender(batch_size=7).batch_size == 7
