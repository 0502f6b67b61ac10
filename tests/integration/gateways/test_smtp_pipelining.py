"""Five messages in one call, one mishap: what becomes of each, and what the server had of it, with and without groups.

A server's ledger is the proof: a text is given for a message at most once, and for one that was deferred, refused or
not started before the dot, none of it.
"""

from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

import pytest
from attrs import evolve

from adapters.gateways.smtp import SmtpSender
from adapters.gateways.smtp_pool import MESSAGES_MAX
from adapters.system_clock import SystemClock
from application.ports.clock import Deadline
from domain.channel import Channel
from domain.content import Content
from domain.outcome import (
    Accepted,
    Deferred,
    GatewayDown,
    NotStarted,
    Outcome,
    Rejected,
    Unknown,
    Unreachable,
    reason_of,
)
from entrypoints.testing.sender_contract import outbounds
from tests.servers.smtp_account import account
from tests.servers.smtp_certificates import CertificateAuthority
from tests.servers.smtp_course import WITH_PIPELINING, Act, Manner, Step
from tests.servers.smtp_scripted import ScriptedSmtpServer

COUNT = 5
Kind: TypeAlias = type[Outcome]
Steps: TypeAlias = dict[str, Step]

BEFORE_THE_TEXT: list[tuple[str, Steps, Kind]] = [
    ("MAIL is deferred", {"MAIL": "450 4.7.0 Too many messages, slow down"}, Deferred),
    ("MAIL is refused for its size", {"MAIL": "552 5.3.4 Too large"}, Rejected),
    ("MAIL is refused for the gateway", {"MAIL": "530 5.7.0 Authentication required"}, GatewayDown),
    ("goodbye at MAIL", {"MAIL": "421 4.3.2 Closing"}, Deferred),
    ("garbage at MAIL", {"MAIL": "99 bottles"}, Deferred),
    ("silence at MAIL", {"MAIL": Act.HANG}, Deferred),
    ("RCPT is refused", {"RCPT": "550 5.1.1 No such user"}, Unreachable),
    ("RCPT is refused by policy", {"RCPT": "554 5.7.1 Client host blocked"}, Rejected),
    ("RCPT is refused for the gateway", {"RCPT": "554 5.7.1 Relay access denied"}, GatewayDown),
    ("RCPT is deferred", {"RCPT": "450 4.2.0 Mailbox busy"}, Deferred),
    ("RCPT is refused and DATA goes ahead", {"RCPT": "550 5.1.1 No", "DATA": "354 Go ahead"}, Unreachable),
    ("goodbye at RCPT", {"RCPT": "421 4.7.0 Closing"}, Deferred),
    ("the connection is closed at RCPT", {"RCPT": Act.CLOSE}, Deferred),
    ("the connection is reset at RCPT", {"RCPT": Act.RESET}, Deferred),
    ("garbage at RCPT", {"RCPT": b"\xff\xfe\x00"}, Deferred),
    ("silence at RCPT", {"RCPT": Act.HANG}, Deferred),
    ("a trickle at RCPT", {"RCPT": Act.DRIP}, Deferred),
    ("DATA is deferred", {"DATA": "451 4.3.0 Queue file write error"}, Deferred),
    ("DATA is refused", {"DATA": "554 5.5.1 No valid recipients"}, Rejected),
    ("goodbye at DATA", {"DATA": "421 4.3.2 Closing"}, Deferred),
    ("the connection is closed at DATA", {"DATA": Act.CLOSE}, Deferred),
    ("the connection is reset at DATA", {"DATA": Act.RESET}, Deferred),
    ("a success in the place of go ahead", {"DATA": "250 Ok"}, Deferred),
    ("silence at DATA", {"DATA": Act.HANG}, Deferred),
]
AFTER_THE_TEXT: list[tuple[str, Steps, Kind]] = [
    ("the text is deferred", {"DOT": "451 4.3.0 Try again"}, Deferred),
    ("the text is refused", {"DOT": "554 5.7.1 Spam"}, Rejected),
    ("the text is refused for the gateway", {"DOT": "530 5.7.0 Authentication required"}, GatewayDown),
    ("goodbye after the text", {"DOT": "421 4.3.2 Closing"}, Deferred),
    ("the connection is closed after the text", {"DOT": Act.CLOSE}, Unknown),
    ("the connection is reset after the text", {"DOT": Act.RESET}, Unknown),
    ("garbage after the text", {"DOT": "HTTP/1.1 200 OK"}, Unknown),
    ("a reply that never ends after the text", {"DOT": Act.FLOOD}, Unknown),
    ("silence after the text", {"DOT": Act.HANG}, Unknown),
    ("a trickle after the text", {"DOT": Act.DRIP}, Unknown),
]
MISHAPS = [(*row, False) for row in BEFORE_THE_TEXT] + [(*row, True) for row in AFTER_THE_TEXT]

# A reset drops the answers that were not sent yet, and silence takes long.
MISHAPS_WITH_ANSWERS = [row for row in MISHAPS if not {Act.HANG, Act.RESET} & set(row[1].values())]


def address(number: int) -> str:
    return f"person{number}@example.com"


def befall(server: ScriptedSmtpServer, number: int, steps: Steps) -> None:
    """Let *steps* come at message *number* of the call."""
    for name, step in steps.items():
        if name == "MAIL":  # said before the recipient is known
            server.next(MAIL=[*[None] * (number - 1), step])
        else:
            server.for_recipient(address(number), **{name: step})


def expected(number: int, kind: Kind) -> list[Kind]:
    rest: Kind = NotStarted if kind is GatewayDown else Accepted
    return [*[Accepted] * (number - 1), kind, *[rest] * (COUNT - number)]


def send(server: ScriptedSmtpServer, deadline: Deadline | None = None) -> list[Outcome]:
    sender = SmtpSender(account(server.port, timeout_s=0.3), SystemClock())
    outcomes = sender.send(outbounds(Channel.EMAIL, COUNT), deadline or patience())
    sender.close()
    return list(outcomes)


def patience() -> Deadline:
    return Deadline.after(30, SystemClock())


def kinds(outcomes: list[Outcome]) -> list[Kind]:
    return [type(outcome) for outcome in outcomes]


def assert_accounted(server: ScriptedSmtpServer, outcomes: list[Outcome], *, texts_refused: int = 0) -> None:
    """Check what the server had of each message against what was said of it, and that the client kept the rules."""
    begun, read = Counter(server.ledger.begun), Counter(one.recipient for one in server.transactions)
    for number, outcome in enumerate(outcomes, 1):
        times = read[address(number)]
        assert times == begun[address(number)] <= 1, f"the text of message {number} was given {times} times"
        if isinstance(outcome, Accepted | Unknown):
            assert times == 1, f"message {number}: {outcome}"
    not_started = [number for number, outcome in enumerate(outcomes, 1) if isinstance(outcome, NotStarted)]
    assert [number for number in not_started if begun[address(number)]] == []
    accepted = [address(number) for number, outcome in enumerate(outcomes, 1) if isinstance(outcome, Accepted)]
    assert list(server.accepted()) == accepted
    assert read.total() == sum(isinstance(outcome, Accepted) for outcome in outcomes) + texts_refused
    assert server.ledger.breaches == []


@pytest.fixture(params=["step by step", "in groups"])
def server(request: pytest.FixtureRequest) -> Iterator[ScriptedSmtpServer]:
    with ScriptedSmtpServer(takes_groups=request.param == "in groups") as server:
        yield server


@pytest.fixture
def grouping() -> Iterator[ScriptedSmtpServer]:
    with ScriptedSmtpServer(takes_groups=True) as server:
        yield server


class TestOneMishap:
    @pytest.mark.parametrize("number", [2, 3, 5])
    @pytest.mark.parametrize(("what", "steps", "kind", "is_after"), MISHAPS, ids=[row[0] for row in MISHAPS])
    def test_befalls_one_message_and_every_other_has_its_own_outcome(
        self, what: str, steps: Steps, kind: Kind, is_after: bool, number: int, server: ScriptedSmtpServer
    ) -> None:
        befall(server, number, steps)

        outcomes = send(server)

        assert kinds(outcomes) == expected(number, kind), what
        assert_accounted(server, outcomes, texts_refused=1 if is_after else 0)

    @pytest.mark.parametrize("manner", [Manner.TOGETHER, Manner.BYTE_BY_BYTE])
    @pytest.mark.parametrize(
        ("what", "steps", "kind", "is_after"),
        MISHAPS_WITH_ANSWERS,
        ids=[row[0] for row in MISHAPS_WITH_ANSWERS],
    )
    def test_is_the_same_however_the_answers_travel(
        self, what: str, steps: Steps, kind: Kind, is_after: bool, manner: Manner, grouping: ScriptedSmtpServer
    ) -> None:
        grouping.course.manner = manner
        befall(grouping, 3, steps)

        outcomes = send(grouping)

        assert kinds(outcomes) == expected(3, kind), what
        assert_accounted(grouping, outcomes, texts_refused=1 if is_after else 0)

    @pytest.mark.parametrize("end", [Act.CLOSE, Act.RESET])
    def test_an_end_at_mail_costs_no_message_when_the_connection_had_carried_one(
        self, end: Act, server: ScriptedSmtpServer
    ) -> None:
        befall(server, 3, {"MAIL": end})

        outcomes = send(server)

        assert kinds(outcomes) == [Accepted] * COUNT
        assert server.connections() == 2
        assert_accounted(server, outcomes)


class TestGroups:
    def test_the_end_of_a_text_and_the_next_envelope_come_together(self, grouping: ScriptedSmtpServer) -> None:
        outcomes = send(grouping)

        assert_accounted(grouping, outcomes)
        said = [line.partition(" ")[0] for line in grouping.ledger.grouped]
        assert said == ["RCPT", "DATA", *["MAIL", "RCPT", "DATA"] * (COUNT - 1)]

    def test_do_not_wait_for_each_other_where_answers_wait_for_acknowledgements(
        self, grouping: ScriptedSmtpServer
    ) -> None:
        grouping.course.manner = Manner.HESITANT
        clock = SystemClock()
        sender = SmtpSender(account(grouping.port), clock)
        begun = clock.elapsed_s()

        outcomes = list(sender.send(outbounds(Channel.EMAIL, 100), patience()))
        took = clock.elapsed_s() - begun
        sender.close()

        assert_accounted(grouping, outcomes)
        assert took < 2, "an acknowledgement that is put off by 40 ms a message makes 4 s"

    def test_are_not_used_where_they_are_not_offered(self) -> None:
        with ScriptedSmtpServer() as server:
            outcomes = send(server)

            assert_accounted(server, outcomes)
            assert server.ledger.grouped == []

    def test_a_recipient_that_was_refused_gets_a_lone_dot_where_a_text_is_wanted_all_the_same(
        self, grouping: ScriptedSmtpServer
    ) -> None:
        befall(grouping, 3, {"RCPT": "550 5.1.1 No such user", "DATA": "354 Go ahead"})

        outcomes = send(grouping)

        assert kinds(outcomes) == expected(3, Unreachable)
        assert grouping.connections() == 1
        assert_accounted(grouping, outcomes)

    def test_a_sender_that_was_refused_gets_no_text_to_a_valid_recipient(self, grouping: ScriptedSmtpServer) -> None:
        befall(grouping, 3, {"MAIL": "450 4.3.0 No", "RCPT": "250 2.1.5 Ok", "DATA": "354 Go ahead"})

        outcomes = send(grouping)

        assert kinds(outcomes) == expected(3, Deferred)
        assert grouping.connections() == 2
        assert_accounted(grouping, outcomes)

    def test_a_server_that_forgets_the_rest_of_a_group_costs_its_connection_and_no_other_message(
        self, grouping: ScriptedSmtpServer
    ) -> None:
        befall(grouping, 3, {"RCPT": "550 5.1.1 No such user", "DATA": Act.HANG})

        outcomes = send(grouping)

        assert kinds(outcomes) == expected(3, Unreachable)
        assert_accounted(grouping, outcomes)

    def test_a_connection_that_broke_in_the_text_loses_that_message_alone(self, server: ScriptedSmtpServer) -> None:
        for number in (2, 4):
            befall(server, number, {"DOT": Act.RESET})

        outcomes = send(server)

        assert kinds(outcomes) == [Accepted, Unknown, Accepted, Unknown, Accepted]
        assert_accounted(server, outcomes, texts_refused=2)

    @pytest.mark.parametrize("attempt", range(5))
    def test_a_text_that_could_not_be_written_may_have_been(self, attempt: int, server: ScriptedSmtpServer) -> None:
        befall(server, 3, {"DATA": Act.GO_AHEAD_AND_RESET})

        outcomes = send(server)

        assert kinds(outcomes) == expected(3, Unknown), f"attempt {attempt}"
        assert server.ledger.breaches == []

    def test_a_long_text_that_broke_off_before_its_end_is_certain_not_to_be_out(
        self, server: ScriptedSmtpServer
    ) -> None:
        befall(server, 3, {"DATA": Act.GO_AHEAD_AND_RESET})
        messages = outbounds(Channel.EMAIL, COUNT)
        messages[2] = evolve(messages[2], content=Content(subject="Long", body="x" * 71 * 14_000))
        sender = SmtpSender(account(server.port), SystemClock())

        outcomes = list(sender.send(messages, patience()))
        sender.close()

        assert kinds(outcomes) == expected(3, Deferred)
        assert_accounted(server, outcomes)

    def test_after_three_lost_answers_no_text_is_given_of_what_was_announced(self, server: ScriptedSmtpServer) -> None:
        for number in (1, 2, 3):
            befall(server, number, {"DOT": Act.CLOSE})

        outcomes = send(server)

        assert kinds(outcomes) == [Unknown, Unknown, Unknown, NotStarted, NotStarted]
        assert_accounted(server, outcomes, texts_refused=3)

    def test_a_connection_carries_no_more_than_it_should(self, grouping: ScriptedSmtpServer) -> None:
        sender = SmtpSender(account(grouping.port), SystemClock())

        outcomes = list(sender.send(outbounds(Channel.EMAIL, MESSAGES_MAX + 2), patience()))
        sender.close()

        assert_accounted(grouping, outcomes)
        assert Counter(one.connection for one in grouping.transactions) == {1: MESSAGES_MAX, 2: 2}
        assert (1, "QUIT") in grouping.commands


class TestTheDeadline:
    def test_takes_back_what_was_announced(self, server: ScriptedSmtpServer) -> None:
        deadline = patience()
        server.ledger.on_message = lambda recipient: deadline.cut_short() if recipient == address(2) else None

        outcomes = send(server, deadline)

        assert kinds(outcomes) == [Accepted, Accepted, *[NotStarted] * 3]
        assert_accounted(server, outcomes)

    @pytest.mark.parametrize("steps", [{}, {"MAIL": Act.HANG}])
    def test_leaves_nothing_half_done_for_the_next_call(self, steps: Steps, grouping: ScriptedSmtpServer) -> None:
        deadline = patience()
        grouping.ledger.on_message = lambda recipient: deadline.cut_short() if recipient == address(2) else None
        befall(grouping, 3, steps)
        sender = SmtpSender(account(grouping.port), SystemClock())

        outcomes = list(sender.send(outbounds(Channel.EMAIL, COUNT), deadline))
        again = list(sender.send(outbounds(Channel.EMAIL, COUNT)[2:], patience()))
        sender.close()

        assert kinds(outcomes[:2] + again) == [Accepted] * COUNT
        assert grouping.connections() == 2
        assert (1, "QUIT") not in grouping.commands, "it would be taken for a line of the text"
        assert_accounted(grouping, outcomes[:2] + again)

    def test_is_awaited_in_vain_by_what_was_announced(self, grouping: ScriptedSmtpServer) -> None:
        befall(grouping, 3, {"RCPT": Act.HANG})
        clock = SystemClock()
        sender = SmtpSender(account(grouping.port, timeout_s=20.0), clock)
        begun = clock.elapsed_s()

        outcomes = list(sender.send(outbounds(Channel.EMAIL, COUNT), Deadline.after(0.5, clock)))
        sender.close()

        assert kinds(outcomes) == [Accepted, Accepted, *[NotStarted] * 3]
        assert 0.5 <= clock.elapsed_s() - begun < 5
        assert_accounted(grouping, outcomes)


class TestWhatCannotBeAnnounced:
    def test_an_address_that_the_server_cannot_carry_is_rejected_alone(self, server: ScriptedSmtpServer) -> None:
        messages = outbounds(Channel.EMAIL, COUNT)
        messages[2] = evolve(messages[2], address="büro@example.com")
        sender = SmtpSender(account(server.port), SystemClock())

        outcomes = list(sender.send(messages, patience()))
        sender.close()

        assert kinds(outcomes) == expected(3, Rejected)
        assert "no SMTPUTF8" in (reason_of(outcomes[2]) or "")
        assert server.connections() == 1
        assert_accounted(server, outcomes)

    def test_a_message_of_which_no_mail_can_be_made_is_rejected_alone(self, server: ScriptedSmtpServer) -> None:
        messages = outbounds(Channel.EMAIL, COUNT)
        messages[2] = evolve(messages[2], reference="not a reference")
        sender = SmtpSender(account(server.port), SystemClock())

        outcomes = list(sender.send(messages, patience()))
        sender.close()

        assert kinds(outcomes) == expected(3, Rejected)
        assert_accounted(server, outcomes)


class TestEncryption:
    @pytest.mark.parametrize(
        ("before", "after", "is_used"),
        [
            ("250-x\r\n250-PIPELINING\r\n250 STARTTLS", "250 x", False),
            ("250-x\r\n250-PIPELINING\r\n250 STARTTLS", "502 5.5.1 Say HELO", False),
            ("250-x\r\n250 STARTTLS", WITH_PIPELINING, True),
        ],
    )
    def test_only_what_is_offered_under_encryption_counts(
        self, before: str, after: str, is_used: bool, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        authority = CertificateAuthority(tmp_path_factory.mktemp("ca"))
        with ScriptedSmtpServer(authority.server_context()) as server:
            server.next(EHLO=[before, after])
            secure = account(server.port, tls="starttls", ca_file=authority.ca_file, timeout_s=5.0)
            sender = SmtpSender(secure, SystemClock())

            outcomes = list(sender.send(outbounds(Channel.EMAIL, COUNT), patience()))
            sender.close()

            assert kinds(outcomes) == [Accepted] * COUNT
            assert_accounted(server, outcomes)
            assert bool(server.ledger.grouped) is is_used
