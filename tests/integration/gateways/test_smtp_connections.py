from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from email import message_from_bytes, policy
from threading import Lock

import pytest
from attrs import evolve

from adapters.gateways.mime import Mailbox, build
from adapters.gateways.smtp import SmtpSender
from adapters.gateways.smtp_pool import IDLE_MAX_S, SmtpPool
from adapters.gateways.smtp_upcoming import Upcoming
from adapters.system_clock import SystemClock
from application.ports.clock import Deadline
from domain.channel import Channel
from domain.content import Content
from domain.outcome import Accepted, Deferred, NotStarted
from entrypoints.testing.sender_contract import outbound, outbounds
from tests.servers.smtp_account import account
from tests.servers.smtp_course import Act
from tests.servers.smtp_scripted import ScriptedSmtpServer


class LeapingClock:
    """The machine's clock, which leaps when it is told to."""

    def __init__(self) -> None:
        self._clock = SystemClock()
        self._ahead_s = 0.0
        self._lock = Lock()

    def now(self) -> datetime:
        return self._clock.now()

    def elapsed_s(self) -> float:
        with self._lock:
            return self._clock.elapsed_s() + self._ahead_s

    def leap(self, seconds: float) -> None:
        with self._lock:
            self._ahead_s += seconds


@pytest.fixture(params=["step by step", "in groups"])
def server(request: pytest.FixtureRequest) -> Iterator[ScriptedSmtpServer]:
    with ScriptedSmtpServer(takes_groups=request.param == "in groups") as server:
        yield server
        assert server.ledger.breaches == []


@pytest.fixture
def clock() -> LeapingClock:
    return LeapingClock()


@pytest.fixture
def sender(server: ScriptedSmtpServer, clock: LeapingClock) -> Iterator[SmtpSender]:
    sender = SmtpSender(account(server.port, timeout_s=2.0), clock)
    yield sender
    sender.close()


class TestConnections:
    def test_a_connection_is_kept_for_the_next_call(
        self, sender: SmtpSender, server: ScriptedSmtpServer, clock: LeapingClock
    ) -> None:
        for number in range(3):
            sender.send(outbounds(Channel.EMAIL, 2, first=10 * number), Deadline.after(30, clock))

        assert server.messages_read() == 6
        assert server.connections() == 1

    def test_there_are_never_more_than_the_settings_allow(
        self, sender: SmtpSender, server: ScriptedSmtpServer, clock: LeapingClock
    ) -> None:
        with ThreadPoolExecutor(8) as pool:
            calls = [
                pool.submit(sender.send, outbounds(Channel.EMAIL, 3, first=10 * thread), Deadline.after(30, clock))
                for thread in range(8)
            ]
            outcomes = [outcome for call in calls for outcome in call.result(30)]

        assert [type(outcome) for outcome in outcomes] == [Accepted] * 24
        assert 1 <= server.connections() <= 2

    def test_when_all_are_in_use_until_the_deadline_nothing_is_started(
        self, server: ScriptedSmtpServer, clock: LeapingClock
    ) -> None:
        sender = SmtpSender(account(server.port, connections=1, timeout_s=1.0), clock)
        server.always(DOT=Act.HANG)
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(sender.send, outbounds(Channel.EMAIL, 1), Deadline.after(30, clock))
            assert server.message_came.wait(10)
            outcomes = sender.send(outbounds(Channel.EMAIL, 2, first=5), Deadline.after(0.1, clock))
            first.result(30)

        assert [type(outcome) for outcome in outcomes] == [NotStarted] * 2
        assert server.messages_read() == 1

    def test_one_that_the_server_closed_meanwhile_is_replaced_and_nothing_is_lost(
        self, sender: SmtpSender, server: ScriptedSmtpServer, clock: LeapingClock
    ) -> None:
        sender.send(outbounds(Channel.EMAIL, 1), Deadline.after(30, clock))
        server.cut()

        (outcome,) = sender.send(outbounds(Channel.EMAIL, 1, first=2), Deadline.after(30, clock))

        assert isinstance(outcome, Accepted)
        assert server.connections() == 2

    def test_one_that_the_server_took_leave_of_is_replaced_and_nothing_is_deferred(
        self, sender: SmtpSender, server: ScriptedSmtpServer, clock: LeapingClock
    ) -> None:
        sender.send(outbounds(Channel.EMAIL, 1), Deadline.after(30, clock))
        server.interject("421 4.4.2 Idle too long")

        (outcome,) = sender.send(outbounds(Channel.EMAIL, 1, first=2), Deadline.after(30, clock))

        assert isinstance(outcome, Accepted)
        assert server.connections() == 2

    @pytest.mark.parametrize("end", [Act.CLOSE, Act.RESET])
    def test_one_that_ends_at_mail_is_replaced_and_the_message_sent_once(
        self, end: Act, sender: SmtpSender, server: ScriptedSmtpServer, clock: LeapingClock
    ) -> None:
        sender.send(outbounds(Channel.EMAIL, 1), Deadline.after(30, clock))
        server.next(MAIL=end)

        outcomes = sender.send(outbounds(Channel.EMAIL, 2, first=2), Deadline.after(30, clock))

        assert [type(outcome) for outcome in outcomes] == [Accepted, Accepted]
        assert server.connections() == 2
        assert [one.recipient for one in server.transactions] == [f"person{n}@example.com" for n in (1, 2, 3)]

    def test_one_that_ends_later_is_not_tried_again(
        self, sender: SmtpSender, server: ScriptedSmtpServer, clock: LeapingClock
    ) -> None:
        sender.send(outbounds(Channel.EMAIL, 1), Deadline.after(30, clock))
        server.next(RCPT=Act.CLOSE)

        (outcome,) = sender.send(outbounds(Channel.EMAIL, 1, first=2), Deadline.after(30, clock))

        assert isinstance(outcome, Deferred)
        assert server.connections() == 1

    def test_one_that_rested_too_long_is_not_used_again(
        self, sender: SmtpSender, server: ScriptedSmtpServer, clock: LeapingClock
    ) -> None:
        sender.send(outbounds(Channel.EMAIL, 1), Deadline.after(30, clock))
        clock.leap(IDLE_MAX_S + 1)

        sender.send(outbounds(Channel.EMAIL, 1, first=2), Deadline.after(30, clock))

        assert server.connections() == 2
        assert (1, "QUIT") in server.commands

    def test_after_a_refusal_the_transaction_is_reset_and_the_connection_kept(
        self, sender: SmtpSender, server: ScriptedSmtpServer, clock: LeapingClock
    ) -> None:
        server.next(RCPT="550 5.1.1 No such user")

        sender.send(outbounds(Channel.EMAIL, 2), Deadline.after(30, clock))

        verbs = [line.split()[0].partition(":")[0] for _, line in server.commands]
        assert [verb for verb in verbs if verb != "DATA"] == ["EHLO", "MAIL", "RCPT", "RSET", "MAIL", "RCPT"]
        assert server.connections() == 1

    def test_a_refusal_that_cannot_be_reset_costs_the_connection(
        self, sender: SmtpSender, server: ScriptedSmtpServer, clock: LeapingClock
    ) -> None:
        server.next(RCPT="550 5.1.1 No such user", RSET="451 4.3.0 No")

        outcomes = sender.send(outbounds(Channel.EMAIL, 2), Deadline.after(30, clock))

        assert isinstance(outcomes[1], Accepted)
        assert server.connections() == 2

    def test_closing_says_goodbye(self, sender: SmtpSender, server: ScriptedSmtpServer, clock: LeapingClock) -> None:
        sender.send(outbounds(Channel.EMAIL, 1), Deadline.after(30, clock))

        sender.close()

        assert (1, "QUIT") in server.commands

    def test_a_sender_that_was_closed_keeps_nothing_open(
        self, sender: SmtpSender, server: ScriptedSmtpServer, clock: LeapingClock
    ) -> None:
        sender.close()

        sender.send(outbounds(Channel.EMAIL, 1), Deadline.after(30, clock))

        assert server.commands[-1] == (1, "QUIT")

    def test_a_fault_in_the_middle_gives_the_place_back_and_not_the_connection(
        self, server: ScriptedSmtpServer, clock: LeapingClock
    ) -> None:
        pool = SmtpPool(account(server.port, connections=1, timeout_s=2.0), clock)
        mail = build(outbound(Channel.EMAIL, 1), Mailbox("news@example.com"), clock.now())

        def fault() -> None:
            with pool.turn(Deadline.after(30, clock)) as turn:
                assert turn is not None
                turn.deliver(mail, Deadline.after(30, clock), Upcoming(iter(())))
                raise RuntimeError("a bug")

        with pytest.raises(RuntimeError, match="a bug"):
            fault()
        with pool.turn(Deadline.after(30, clock)) as turn:
            assert turn is not None
            turn.deliver(mail, Deadline.after(30, clock), Upcoming(iter(())))
        pool.close()

        assert server.connections() == 2


class TestTransmission:
    @pytest.mark.parametrize("body", [".", "..", ".\n.", "a\n.\nb", ".a\n..b\n", "\n.\n", "x" * 200_000, "é" * 100_000])
    def test_what_is_sent_arrives_as_it_was(
        self, body: str, sender: SmtpSender, server: ScriptedSmtpServer, clock: LeapingClock
    ) -> None:
        message = evolve(outbound(Channel.EMAIL, 1), content=Content(subject="Dots", body=body))

        (outcome,) = sender.send([message], Deadline.after(30, clock))

        assert isinstance(outcome, Accepted)
        assert text_of(server.transactions[0].octets.replace(b"\r\n..", b"\r\n.")) == body.removesuffix("\n") + "\n"


def text_of(octets: bytes) -> str:
    """Return the text of a mail as the standard library reads it."""
    content = message_from_bytes(octets, policy=policy.default).get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")
