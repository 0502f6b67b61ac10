"""What every sender promises, and what every sender that talks to a server promises besides.

A local sender (outbox, in_app, memory) subclasses :class:`SenderContract`, one with a server
:class:`RemoteSenderContract`. The subclass sets ``channel`` and gives the fixtures that raise NotImplementedError here.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from enum import StrEnum
from threading import Barrier
from typing import ClassVar, Protocol

import pytest
from attrs import evolve

from adapters.system_clock import SystemClock
from application.ports.clock import Clock, Deadline
from application.ports.sender import Check, OutboundMessage, Sender
from domain.channel import Channel
from domain.content import Content
from domain.notification_type import NotificationType
from domain.outcome import (
    NAMES,
    Accepted,
    GatewayDown,
    NotStarted,
    Outcome,
    Rejected,
    Throttled,
    Unreachable,
    reason_of,
)
from domain.recipient import WebPushSubscription

PATIENCE_S = 30.0
"""A deadline that no test here reaches."""

SLACK_S = 2.0
"""What a busy machine may add to a timeout."""

THREADS = 8
PRESSED_S = 0.3
"""A deadline that comes while a server hangs; a sender's own timeout is longer."""


PUSH_KEY = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
PUSH_AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
"""The keys of a browser's subscription (RFC 8291, appendix A)."""


def outbound(channel: Channel, number: int) -> OutboundMessage:
    """Return message *number* for *channel*: valid, and unlike every other number's."""
    address = {
        Channel.EMAIL: f"person{number}@example.com",
        Channel.SMS: f"+1415555{number:04}",
        Channel.PUSH: f"device-token-of-person-{number}",
        Channel.WEB_PUSH: f"https://updates.push.services.mozilla.com/wpush/v2/person-{number}",
        Channel.IN_APP: f"person{number}",
    }[channel]
    return OutboundMessage(
        notification_id=1000 + number,
        fence=1,
        channel=channel,
        type=NotificationType.TRANSACTIONAL,
        recipient_id=f"person{number}",
        recipient_name=f"Person {number}",
        address=address,
        content=Content(
            subject="Your parcel" if channel is not Channel.SMS else None, body=f"Parcel {number} is on its way."
        ),
        reference=f"{1000 + number}.{channel}.0f1e2d3c4b5a",
        expires_at=SystemClock().now() + timedelta(days=1),
        subscription=(
            WebPushSubscription(endpoint=address, p256dh=PUSH_KEY, auth=PUSH_AUTH)
            if channel is Channel.WEB_PUSH
            else None
        ),
    )


def outbounds(channel: Channel, count: int, first: int = 1) -> list[OutboundMessage]:
    """Return *count* messages, numbered from *first*."""
    return [outbound(channel, number) for number in range(first, first + count)]


class SenderContract:
    """One outcome a message, in order, from any thread, and nothing after the deadline."""

    channel: ClassVar[Channel]

    @pytest.fixture
    def sender(self) -> Sender:
        """The sender under test; its ``batch_size`` is 5 or more."""
        raise NotImplementedError

    @pytest.fixture
    def arrived(self) -> Callable[[], Sequence[str]]:
        """Something to call for the addresses of the messages that were taken, one entry a message."""
        raise NotImplementedError

    @pytest.fixture
    def clock(self) -> Clock:
        return SystemClock()

    @pytest.fixture
    def patience(self, clock: Clock) -> Deadline:
        return Deadline.after(PATIENCE_S, clock)

    def test_a_call_takes_several_messages(self, sender: Sender) -> None:
        assert sender.batch_size >= 5

    def test_a_call_without_messages_has_no_outcomes(self, sender: Sender, patience: Deadline) -> None:
        assert list(sender.send([], patience)) == []

    def test_every_message_of_a_call_is_taken_and_has_its_outcome(
        self, sender: Sender, arrived: Callable[[], Sequence[str]], patience: Deadline
    ) -> None:
        messages = outbounds(self.channel, 5)

        outcomes = sender.send(messages, patience)

        assert [type(outcome) for outcome in outcomes] == [Accepted] * 5
        assert list(arrived()) == [message.address for message in messages]

    def test_one_call_after_another_is_taken(
        self, sender: Sender, arrived: Callable[[], Sequence[str]], patience: Deadline
    ) -> None:
        messages = outbounds(self.channel, 3)

        outcomes = [outcome for message in messages for outcome in sender.send([message], patience)]

        assert [type(outcome) for outcome in outcomes] == [Accepted] * 3
        assert list(arrived()) == [message.address for message in messages]

    def test_eight_threads_may_call_at_once(
        self, sender: Sender, arrived: Callable[[], Sequence[str]], patience: Deadline
    ) -> None:
        calls = [outbounds(self.channel, 3, first=10 * thread) for thread in range(1, THREADS + 1)]
        together = Barrier(THREADS, timeout=PATIENCE_S)

        def call(messages: Sequence[OutboundMessage]) -> Sequence[Outcome]:
            together.wait()
            return sender.send(messages, patience)

        with ThreadPoolExecutor(THREADS) as pool:
            answers = list(pool.map(call, calls))

        assert [[type(outcome) for outcome in outcomes] for outcomes in answers] == [[Accepted] * 3] * THREADS
        assert Counter(arrived()) == Counter(message.address for messages in calls for message in messages)

    def test_after_the_deadline_nothing_is_started(
        self, sender: Sender, arrived: Callable[[], Sequence[str]], clock: Clock
    ) -> None:
        outcomes = sender.send(outbounds(self.channel, 3), Deadline.after(0, clock))

        assert [type(outcome) for outcome in outcomes] == [NotStarted] * 3
        assert list(arrived()) == []


class Behaviour(StrEnum):
    """How a provider treats every connection and every message from now on."""

    WORKS = "works"
    REFUSES_CONNECTIONS = "refuses connections"
    HANGS = "hangs after reading the whole message"
    RESETS_BEFORE_READING = "resets before reading"
    RESETS_AFTER_READING = "resets after reading the whole message"
    ANSWERS_GARBAGE = "answers garbage"
    REJECTS = "says that this message can never go"
    FAILS = "says that it failed itself"
    THROTTLES = "says that this was too fast"


TROUBLES = [behaviour for behaviour in Behaviour if behaviour is not Behaviour.WORKS]


class Provider(Protocol):
    """A scriptable server on the loopback that stands for the real provider."""

    def behave(self, behaviour: Behaviour) -> None:
        """Treat everything like this from now on; connections that are open are closed, the port stays the same."""
        ...

    def refuse(self, address: str) -> None:
        """Say of a message for *address*, and only of that, that it can never go; the answer repeats the address."""
        ...

    def accepted(self) -> Sequence[str]:
        """Return the addresses of the messages that were accepted, in the order they came."""
        ...

    def messages_read(self) -> int:
        """Return how many messages were read whole, whatever was answered."""
        ...

    def connections(self) -> int:
        """Return how often a client connected."""
        ...


class RemoteSenderContract(SenderContract):
    """Bounded time and an honest outcome whatever the server does, and no retry of its own.

    ``troubles`` says which outcomes are right for each behaviour but WORKS. ``timeout_s`` is the timeout that the
    sender under test was given: between 0.5 and 2 seconds. Its connections and timeouts are real.
    """

    timeout_s: ClassVar[float] = 1.0
    troubles: ClassVar[Mapping[Behaviour, tuple[type[Outcome], ...]]]

    @pytest.fixture
    def provider(self) -> Provider:
        """The server, which works until it is told otherwise."""
        raise NotImplementedError

    @pytest.fixture
    def check(self) -> Check:
        """The check of the sender under test."""
        raise NotImplementedError

    @pytest.fixture
    def arrived(self, provider: Provider) -> Callable[[], Sequence[str]]:
        return provider.accepted

    def test_after_the_deadline_no_server_is_reached(self, sender: Sender, provider: Provider, clock: Clock) -> None:
        before = provider.connections()

        sender.send(outbounds(self.channel, 3), Deadline.after(0, clock))

        assert provider.connections() == before

    def test_an_outcome_belongs_to_its_message(self, sender: Sender, provider: Provider, patience: Deadline) -> None:
        messages = outbounds(self.channel, 3)
        provider.refuse(messages[1].address)

        outcomes = sender.send(messages, patience)

        assert isinstance(outcomes[0], Accepted)
        assert isinstance(outcomes[1], Rejected | Unreachable)
        assert isinstance(outcomes[2], Accepted)
        assert list(provider.accepted()) == [messages[0].address, messages[2].address]

    def test_a_reason_repeats_no_address(self, sender: Sender, provider: Provider, patience: Deadline) -> None:
        message = outbound(self.channel, 1)
        provider.refuse(message.address)

        (outcome,) = sender.send([message], patience)

        reason = reason_of(outcome)
        assert reason
        assert message.address not in reason
        assert len(reason) <= 500

    @pytest.mark.parametrize("trouble", TROUBLES)
    def test_trouble_gives_an_honest_outcome_in_bounded_time(
        self, trouble: Behaviour, sender: Sender, provider: Provider, clock: Clock, patience: Deadline
    ) -> None:
        provider.behave(trouble)
        begun = clock.elapsed_s()

        (outcome,) = sender.send([outbound(self.channel, 1)], patience)

        assert isinstance(outcome, self.troubles[trouble]), f"{trouble}: {NAMES[type(outcome)]}, {reason_of(outcome)}"
        assert reason_of(outcome)
        assert clock.elapsed_s() - begun < self.timeout_s + SLACK_S
        assert provider.messages_read() <= 1, "a sender retries nothing"
        assert list(provider.accepted()) == []

    @pytest.mark.parametrize("trouble", TROUBLES)
    def test_when_the_trouble_is_over_messages_go_out_again(
        self, trouble: Behaviour, sender: Sender, provider: Provider, patience: Deadline
    ) -> None:
        assert isinstance(sender.send([outbound(self.channel, 1)], patience)[0], Accepted)
        provider.behave(trouble)
        sender.send([outbound(self.channel, 2)], patience)
        provider.behave(Behaviour.WORKS)

        (outcome,) = sender.send([outbound(self.channel, 3)], patience)

        assert isinstance(outcome, Accepted)

    @pytest.mark.parametrize("trouble", TROUBLES)
    def test_after_a_gateway_that_is_down_or_throttled_the_rest_is_not_tried(
        self, trouble: Behaviour, sender: Sender, provider: Provider, clock: Clock
    ) -> None:
        provider.behave(trouble)
        enough = Deadline.after(3 * self.timeout_s + SLACK_S, clock)

        outcomes = sender.send(outbounds(self.channel, 3), enough)

        assert len(outcomes) == 3
        down = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, GatewayDown | Throttled)]
        if down:
            assert [type(outcome) for outcome in outcomes[down[0] + 1 :]] == [NotStarted] * (2 - down[0])

    def test_a_deadline_within_the_call_leaves_the_rest_untouched(
        self, sender: Sender, provider: Provider, clock: Clock
    ) -> None:
        provider.behave(Behaviour.HANGS)
        begun = clock.elapsed_s()

        outcomes = sender.send(outbounds(self.channel, 3), Deadline.after(PRESSED_S, clock))

        assert clock.elapsed_s() - begun < self.timeout_s + SLACK_S
        assert not isinstance(outcomes[0], Accepted)
        assert [type(outcome) for outcome in outcomes[1:]] == [NotStarted] * 2
        assert provider.messages_read() <= 1

    def test_the_check_says_accepted_and_sends_nothing(
        self, check: Check, provider: Provider, patience: Deadline
    ) -> None:
        assert isinstance(check(patience), Accepted)
        assert provider.connections() >= 1
        assert provider.messages_read() == 0

    @pytest.mark.parametrize("trouble", [Behaviour.REFUSES_CONNECTIONS, Behaviour.RESETS_BEFORE_READING])
    def test_the_check_says_what_is_wrong(
        self, trouble: Behaviour, check: Check, provider: Provider, patience: Deadline
    ) -> None:
        provider.behave(trouble)

        outcome = check(patience)

        assert isinstance(outcome, GatewayDown)
        assert outcome.reason


def sent_again(message: OutboundMessage) -> OutboundMessage:
    """Return *message* as a later attempt has it: the same but for its fence."""
    return evolve(message, fence=message.fence + 1)
