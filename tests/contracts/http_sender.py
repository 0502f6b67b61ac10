"""What every sender that speaks HTTP with its provider promises besides."""

import socket
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Protocol

import pytest
from attrs import evolve

from application.ports.clock import Clock, Deadline
from application.ports.sender import Check, Sender
from domain.outcome import Accepted, Cause, GatewayDown, NotStarted, Outcome, Rejected, Throttled, Unknown, reason_of
from entrypoints.testing.sender_contract import Behaviour, RemoteSenderContract, outbound, outbounds
from tests.servers.http_loopback import Reply, Trouble
from tests.servers.scripted_provider import ScriptedProvider
from tests.servers.smtp_certificates import CertificateAuthority

THREADS = 32
SLACK_S = 0.8
"""What a lost answer may take longer than the timeout."""

HTTP_TROUBLES: Mapping[Behaviour, tuple[type[Outcome], ...]] = MappingProxyType(
    {
        Behaviour.REFUSES_CONNECTIONS: (GatewayDown,),
        Behaviour.HANGS: (Unknown,),
        Behaviour.RESETS_BEFORE_READING: (Unknown, GatewayDown),  # the reset may come before the connection stands
        Behaviour.RESETS_AFTER_READING: (Unknown,),
        Behaviour.ANSWERS_GARBAGE: (Unknown,),
        Behaviour.REJECTS: (Rejected,),
        Behaviour.THROTTLES: (Throttled,),
    }
)
"""The outcomes of trouble; what FAILS means is each provider's own."""


class HttpSender(Sender, Protocol):
    """A sender with all that the suite needs of it."""

    def check(self, deadline: Deadline) -> Outcome: ...

    def close(self) -> None: ...


class MakesSender(Protocol):
    """The class of the sender, made from its settings, which are an attrs class."""

    def __call__(self, settings: Any, clock: Clock, /) -> HttpSender: ...


class HttpSenderContract(RemoteSenderContract):
    """One request a message at most, no redirect, no stranger's certificate, and connections that are kept.

    The module of a suite has the fixtures ``provider``, ``settings`` (with base_url, connections and timeout_s) and
    ``sender``; the suite says how more of them are made. ``connections_kept`` is how many one thread needs,
    ``broken_off`` what it means that an answer of 200 ends within its body.
    """

    server: ClassVar[type[ScriptedProvider]]
    made: ClassVar[MakesSender]
    connections_kept: ClassVar[int] = 1
    broken_off: ClassVar[type[Outcome]] = Unknown

    @pytest.fixture
    def provider(self, provider: ScriptedProvider) -> ScriptedProvider:
        return provider

    @pytest.fixture
    def sender(self, sender: HttpSender) -> HttpSender:
        return sender

    @pytest.fixture
    def check(self, sender: HttpSender) -> Check:
        return sender.check

    @pytest.fixture
    def impostor(self, tmp_path: Path) -> Iterator[ScriptedProvider]:
        """A second server, whose certificate nobody vouches for."""
        with closing(self.server(CertificateAuthority(tmp_path).server_context())) as server:
            yield server

    @pytest.mark.parametrize("before", [0, 1], ids=["new connection", "kept connection"])
    @pytest.mark.parametrize(
        "trouble", [Trouble.TRUNCATED, Trouble.DRIP, Trouble.HANG, Trouble.NOT_HTTP, Trouble.RESET]
    )
    def test_trouble_after_the_request_is_a_lost_answer_in_bounded_time(
        self,
        trouble: Trouble,
        before: int,
        sender: HttpSender,
        provider: ScriptedProvider,
        clock: Clock,
        patience: Deadline,
    ) -> None:
        sender.send(outbounds(self.channel, before, first=2), patience)
        provider.always(trouble)
        begun = clock.elapsed_s()

        (outcome,) = sender.send([outbound(self.channel, 1)], patience)

        assert type(outcome) is (self.broken_off if trouble is Trouble.TRUNCATED else Unknown)
        assert clock.elapsed_s() - begun < self.timeout_s + SLACK_S
        assert len(provider.messages) == before + 1
        assert len(provider.accepted()) == before

    def test_trouble_with_the_certificate_sends_nothing_and_says_so(
        self, settings: Any, impostor: ScriptedProvider, clock: Clock, patience: Deadline
    ) -> None:
        with closing(self.made(evolve(settings, base_url=impostor.url), clock)) as sender:
            (outcome,) = sender.send([outbound(self.channel, 1)], patience)

        assert isinstance(outcome, GatewayDown)
        assert outcome.cause is Cause.CONFIGURATION
        assert "certificate verify failed" in outcome.reason
        assert impostor.requests == []

    def test_trouble_while_connecting_is_a_gateway_that_is_down(
        self, settings: Any, clock: Clock, patience: Deadline
    ) -> None:
        with ExitStack() as stack:
            full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
            for _ in range(4):
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(full.getsockname())
            url = f"http://127.0.0.1:{full.getsockname()[1]}"
            sender = stack.enter_context(closing(self.made(evolve(settings, base_url=url, timeout_s=0.5), clock)))

            outcomes = sender.send(outbounds(self.channel, 2), patience)

        assert isinstance(outcomes[0], GatewayDown)
        assert outcomes[0].cause is Cause.TRANSIENT
        assert isinstance(outcomes[1], NotStarted)

    def test_a_place_that_cannot_be_reached_is_a_gateway_that_is_down(
        self, settings: Any, clock: Clock, patience: Deadline
    ) -> None:
        with closing(self.made(evolve(settings, base_url="http://nobody.invalid"), clock)) as sender:
            first, second = sender.send(outbounds(self.channel, 2), patience)

        assert isinstance(first, GatewayDown)
        assert first.cause is Cause.TRANSIENT
        assert "nobody.invalid" in first.reason
        assert second == NotStarted("the gateway stopped before its turn")

    def test_a_refused_connection_says_so(
        self, sender: HttpSender, provider: ScriptedProvider, patience: Deadline
    ) -> None:
        provider.behave(Behaviour.REFUSES_CONNECTIONS)

        (outcome,) = sender.send([outbound(self.channel, 1)], patience)

        assert isinstance(outcome, GatewayDown)
        assert outcome.cause is Cause.TRANSIENT
        assert "refused" in outcome.reason

    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_an_answer_that_leads_elsewhere_is_not_followed(
        self, status: int, sender: HttpSender, provider: ScriptedProvider, patience: Deadline
    ) -> None:
        provider.always(Reply(status, b"", {"Location": f"{provider.url}/elsewhere"}))

        (outcome,) = sender.send([outbound(self.channel, 1)], patience)

        assert isinstance(outcome, GatewayDown)
        assert outcome.cause is Cause.CONFIGURATION
        assert len(provider.messages) == 1
        assert "/elsewhere" not in [request.path for request in provider.requests]

    def test_a_call_keeps_its_connection(
        self, sender: HttpSender, provider: ScriptedProvider, patience: Deadline
    ) -> None:
        sender.send(outbounds(self.channel, 5), patience)

        assert provider.connections() == self.connections_kept

    def test_thirty_two_threads_send_ten_messages_each(
        self, settings: Any, provider: ScriptedProvider, clock: Clock, patience: Deadline
    ) -> None:
        calls = [outbounds(self.channel, 10, first=10 * thread) for thread in range(1, THREADS + 1)]

        with (
            closing(self.made(evolve(settings, connections=THREADS), clock)) as sender,
            ThreadPoolExecutor(THREADS) as pool,
        ):
            answers = list(pool.map(lambda messages: sender.send(messages, patience), calls))

        outcomes = [outcome for answer in answers for outcome in answer]
        names = {outcome.provider_id for outcome in outcomes if isinstance(outcome, Accepted)}
        assert len(names) == 10 * THREADS, {reason_of(outcome) for outcome in outcomes}
        assert Counter(provider.accepted()) == Counter(message.address for messages in calls for message in messages)
        assert provider.connections() <= self.connections_kept * THREADS

    def test_the_check_asks_nothing_after_the_deadline(
        self, check: Check, provider: ScriptedProvider, clock: Clock
    ) -> None:
        assert isinstance(check(Deadline.after(0, clock)), GatewayDown)
        assert provider.connections() == 0
