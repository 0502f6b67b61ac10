from collections.abc import Iterator
from datetime import timedelta

import pytest
from attrs import evolve

from adapters.gateways.smtp import SmtpSender
from adapters.system_clock import SystemClock
from application.ports.clock import Deadline
from application.ports.sender import OutboundMessage
from domain.channel import Channel
from domain.content import Attachment, Content
from domain.outcome import (
    Accepted,
    Cause,
    Deferred,
    GatewayDown,
    NotStarted,
    Outcome,
    Rejected,
    Unknown,
    Unreachable,
    reason_of,
)
from entrypoints.testing.sender_contract import SLACK_S, outbound, outbounds
from tests.servers.smtp_account import TIMEOUT_S, account
from tests.servers.smtp_course import Act, Step
from tests.servers.smtp_scripted import ScriptedSmtpServer
from tests.servers.smtp_slow import SlowSmtpServer

CONFIGURATION = (GatewayDown, Cause.CONFIGURATION)
TRANSIENT = (GatewayDown, Cause.TRANSIENT)
FIVE_MINUTES = (Deferred, timedelta(minutes=5))
A_QUARTER = (Deferred, timedelta(minutes=15))
DEFERRED = (Deferred, None)
REJECTED = (Rejected, None)
UNREACHABLE = (Unreachable, None)
UNKNOWN = (Unknown, None)

REPLIES = [
    ("GREETING", "554 5.7.1 Your IP address is listed", CONFIGURATION),
    ("GREETING", "554 No SMTP service here", CONFIGURATION),
    ("GREETING", "521 Host does not accept mail", CONFIGURATION),
    ("GREETING", "421 4.3.2 Too busy", TRANSIENT),
    ("GREETING", "450 4.3.2 Not now", TRANSIENT),
    ("EHLO", "421 4.3.2 Shutting down", TRANSIENT),
    ("EHLO", "450 4.7.1 Not now", TRANSIENT),
    ("MAIL", "421 4.4.2 Idle too long", DEFERRED),
    ("MAIL", "450 4.7.1 Too many messages", DEFERRED),
    ("MAIL", "451 4.3.0 Local error", DEFERRED),
    ("MAIL", "452 4.3.1 Insufficient system storage", DEFERRED),
    ("MAIL", "530 5.7.0 Authentication required", CONFIGURATION),
    ("MAIL", "530 Authentication required", CONFIGURATION),
    ("MAIL", "550 5.7.1 Sender address rejected: not owned by user", CONFIGURATION),
    ("MAIL", "550 Sender rejected", CONFIGURATION),
    ("MAIL", "553 5.1.8 Sender domain does not exist", CONFIGURATION),
    ("MAIL", "501 5.1.7 Bad sender address syntax", CONFIGURATION),
    ("MAIL", "552 5.3.4 Message size exceeds fixed limit", REJECTED),
    ("MAIL", "552 Message too large", REJECTED),
    ("MAIL", "553 5.6.7 Non-ASCII address not permitted", REJECTED),
    ("RCPT", "550 5.1.1 No such user", UNREACHABLE),
    ("RCPT", "550 5.1.0 Address rejected", UNREACHABLE),
    ("RCPT", "550 5.1.2 Host unknown", UNREACHABLE),
    ("RCPT", "553 5.1.3 Bad recipient address syntax", UNREACHABLE),
    ("RCPT", "551 5.1.6 Mailbox has moved", UNREACHABLE),
    ("RCPT", "556 5.1.10 Domain takes no mail", UNREACHABLE),
    ("RCPT", "550 5.2.1 Mailbox disabled", UNREACHABLE),
    ("RCPT", "550 No such user here", UNREACHABLE),
    ("RCPT", "551 User not local", UNREACHABLE),
    ("RCPT", "553 Mailbox name not allowed", UNREACHABLE),
    ("RCPT", "553 5.1.8 Sender address rejected: Domain not found", CONFIGURATION),
    ("RCPT", "530 5.7.0 Must issue a STARTTLS command first", CONFIGURATION),
    ("RCPT", "554 5.7.1 Relay access denied", CONFIGURATION),
    ("RCPT", "550 relay not permitted", CONFIGURATION),
    ("RCPT", "550 5.7.1 Unable to relay", CONFIGURATION),
    ("RCPT", "550 5.7.1 Sender address rejected: Access denied", CONFIGURATION),
    ("RCPT", "553 5.7.1 Sender address rejected: not owned by user tocsin", CONFIGURATION),
    ("RCPT", "550 Sender rejected", CONFIGURATION),
    ("RCPT", "450 4.1.8 Sender address rejected: Domain not found", DEFERRED),
    ("RCPT", "550 5.1.1 Recipient of spam unknown", UNREACHABLE),
    ("RCPT", "550 Message refused: spam", REJECTED),
    ("RCPT", "550 Blocked by zen.spamhaus.org", REJECTED),
    ("RCPT", "553 SPF check failed", REJECTED),
    ("RCPT", "554 Rejected for policy reasons", REJECTED),
    ("RCPT", "552 5.3.4 Message too big for this host", REJECTED),
    ("RCPT", "550 5.2.2 Mailbox full", A_QUARTER),
    ("RCPT", "450 4.2.2 Mailbox full", A_QUARTER),
    ("RCPT", "550 5.7.1 Message refused by DMARC policy", REJECTED),
    ("RCPT", "554 5.7.1 Client host blocked", REJECTED),
    ("RCPT", "550 5.4.1 Recipient address rejected: Access denied", REJECTED),
    ("RCPT", "554 Transaction failed", REJECTED),
    ("RCPT", "501 Syntax error", REJECTED),
    ("RCPT", "550 4.1.1 A class that disagrees with the code counts as none", UNREACHABLE),
    ("RCPT", "450 4.7.1 Greylisted, come back", FIVE_MINUTES),
    ("RCPT", "451 4.7.1 Greylisted, come back", FIVE_MINUTES),
    ("RCPT", "452 4.2.2 Mailbox full", A_QUARTER),
    ("RCPT", "552 5.2.2 Mailbox full", A_QUARTER),
    ("RCPT", "552 Exceeded storage allocation", A_QUARTER),
    ("RCPT", "452 4.5.3 Too many recipients", DEFERRED),
    ("RCPT", "450 Mailbox busy", DEFERRED),
    ("RCPT", "421 4.7.0 Closing", DEFERRED),
    ("DATA", "451 4.3.0 Queue file write error", DEFERRED),
    ("DATA", "421 4.3.2 Closing", DEFERRED),
    ("DATA", "554 5.5.1 No valid recipients", REJECTED),
    ("DATA", "550 5.7.1 Refused by policy", REJECTED),
    ("DATA", "530 5.7.0 Authentication required", CONFIGURATION),
    ("DATA", "550 5.1.1 Said too late to blame the address", REJECTED),
    ("DATA", "550 No such user here", REJECTED),
    ("DATA", "552 5.3.4 Too large", REJECTED),
    ("DATA", "451 4.7.1 Greylisted, come back", DEFERRED),
    ("DOT", "451 4.3.0 Temporary failure", DEFERRED),
    ("DOT", "451 4.7.1 Come back", DEFERRED),
    ("DOT", "452 4.2.2 Mailbox full", A_QUARTER),
    ("DOT", "550 No such user here", REJECTED),
    ("DOT", "530 5.7.0 Authentication required", CONFIGURATION),
    ("DOT", "452 4.3.1 Insufficient system storage", DEFERRED),
    ("DOT", "421 4.3.2 Closing", DEFERRED),
    ("DOT", "550 5.7.1 Looks like spam", REJECTED),
    ("DOT", "554 5.7.9 Fails DMARC", REJECTED),
    ("DOT", "554 Transaction failed", REJECTED),
    ("DOT", "552 5.3.4 Too large", REJECTED),
    ("DOT", "552 Too large", REJECTED),
    ("DOT", "552 5.2.3 Longer than the mailbox allows", REJECTED),
    ("DOT", "552 5.7.0 An attachment of this kind is blocked", REJECTED),
    ("DOT", "550 5.1.1 Said too late to blame the address", REJECTED),
    ("DOT", "552 5.2.2 Mailbox full", A_QUARTER),
]

GARBLED = [
    "HTTP/1.1 400 Bad Request",
    "",
    "99 bottles",
    "2500 Ok",
    b"\xff\xfe\x00",
    "354 Go ahead, out of turn",
    b"2" * 20_000,
    Act.FLOOD,
]

ENDS: list[Step] = [Act.CLOSE, Act.RESET, Act.HANG, Act.DRIP]


@pytest.fixture(params=["step by step", "in groups"])
def server(request: pytest.FixtureRequest) -> Iterator[ScriptedSmtpServer]:
    with ScriptedSmtpServer(takes_groups=request.param == "in groups") as server:
        yield server
        assert server.ledger.breaches == []


@pytest.fixture
def sender(server: ScriptedSmtpServer) -> Iterator[SmtpSender]:
    sender = SmtpSender(account(server.port), SystemClock())
    yield sender
    sender.close()


def patience() -> Deadline:
    return Deadline.after(30, SystemClock())


def send(sender: SmtpSender, count: int = 1) -> list[Outcome]:
    return list(sender.send(outbounds(Channel.EMAIL, count), patience()))


def kind(outcome: Outcome) -> tuple[type[Outcome], object]:
    """Return an outcome's type, and its cause or the wait it asks for."""
    return type(outcome), getattr(outcome, "cause", getattr(outcome, "retry_after", None))


class TestReplies:
    @pytest.mark.parametrize(("step", "reply", "expected"), REPLIES)
    def test_a_refusal_means_what_the_table_says(
        self,
        step: str,
        reply: str,
        expected: tuple[type[Outcome], object],
        sender: SmtpSender,
        server: ScriptedSmtpServer,
    ) -> None:
        server.next(**{step: reply})

        (outcome,) = send(sender)

        assert kind(outcome) == expected
        assert reply in (reason_of(outcome) or "")
        assert list(server.accepted()) == []
        assert server.messages_read() == (1 if step == "DOT" else 0)

    @pytest.mark.parametrize(("step", "reply", "expected"), [row for row in REPLIES if row[2][0] is not GatewayDown])
    def test_the_next_message_of_the_call_goes_out_after_a_refusal(
        self,
        step: str,
        reply: str,
        expected: tuple[type[Outcome], object],
        sender: SmtpSender,
        server: ScriptedSmtpServer,
    ) -> None:
        server.next(**{step: reply})

        first, second = send(sender, 2)

        assert (kind(first), type(second)) == (expected, Accepted)
        assert server.connections() == (2 if reply.startswith("421") else 1)

    def test_a_server_that_refuses_ehlo_and_helo_is_misconfigured(
        self, sender: SmtpSender, server: ScriptedSmtpServer
    ) -> None:
        server.always(EHLO="502 5.5.1 Unknown", HELO="502 5.5.1 Unknown")

        assert kind(send(sender)[0]) == CONFIGURATION

    def test_a_server_that_only_knows_helo_is_good_enough(self, sender: SmtpSender, server: ScriptedSmtpServer) -> None:
        server.always(EHLO="502 Unknown")

        assert send(sender) == [Accepted("CC702256245")]

    def test_a_second_goodbye_in_a_row_means_that_the_server_is_down(
        self, sender: SmtpSender, server: ScriptedSmtpServer
    ) -> None:
        server.always(RCPT="421 4.7.0 Try again later")

        outcomes = send(sender, 4)

        assert [type(outcome) for outcome in outcomes] == [Deferred, GatewayDown, NotStarted, NotStarted]
        assert server.connections() == 2

    def test_goodbyes_with_an_accepted_message_between_them_are_not_in_a_row(
        self, sender: SmtpSender, server: ScriptedSmtpServer
    ) -> None:
        server.for_recipient("person1@example.com", RCPT="421 4.7.0 Closing")
        server.for_recipient("person3@example.com", RCPT="421 4.7.0 Closing")

        outcomes = send(sender, 4)

        assert [type(outcome) for outcome in outcomes] == [Deferred, Accepted, Deferred, Accepted]


class TestEnds:
    @pytest.mark.parametrize("end", ENDS)
    @pytest.mark.parametrize(
        ("step", "expected"),
        [
            ("GREETING", TRANSIENT),
            ("EHLO", TRANSIENT),
            ("MAIL", DEFERRED),
            ("RCPT", DEFERRED),
            ("DATA", DEFERRED),
            ("DOT", UNKNOWN),
        ],
    )
    def test_a_connection_that_ends_means_what_its_phase_says(
        self,
        step: str,
        expected: tuple[type[Outcome], object],
        end: Step,
        sender: SmtpSender,
        server: ScriptedSmtpServer,
    ) -> None:
        server.next(**{step: end})
        clock = SystemClock()
        begun = clock.elapsed_s()

        outcomes = send(sender, 2)

        assert kind(outcomes[0]) == expected
        assert isinstance(outcomes[1], NotStarted if expected is TRANSIENT else Accepted)
        assert clock.elapsed_s() - begun < TIMEOUT_S + SLACK_S
        assert server.messages_read() == {"DOT": 2, "GREETING": 0, "EHLO": 0}.get(step, 1)

    @pytest.mark.parametrize("garbage", GARBLED)
    @pytest.mark.parametrize(
        ("step", "expected"),
        [
            ("GREETING", CONFIGURATION),
            ("EHLO", CONFIGURATION),
            ("MAIL", DEFERRED),
            ("RCPT", DEFERRED),
            ("DOT", UNKNOWN),
        ],
    )
    def test_garbage_means_what_its_phase_says(
        self,
        step: str,
        expected: tuple[type[Outcome], object],
        garbage: Step,
        sender: SmtpSender,
        server: ScriptedSmtpServer,
    ) -> None:
        server.next(**{step: garbage})

        assert kind(send(sender)[0]) == expected

    def test_a_success_in_the_place_of_go_ahead_is_garbage(
        self, sender: SmtpSender, server: ScriptedSmtpServer
    ) -> None:
        server.next(DATA="250 Ok")

        assert kind(send(sender)[0]) == DEFERRED

    def test_two_ends_in_a_row_before_the_message_mean_that_the_server_is_down(
        self, sender: SmtpSender, server: ScriptedSmtpServer
    ) -> None:
        server.always(RCPT=Act.CLOSE)

        outcomes = send(sender, 3)

        assert [type(outcome) for outcome in outcomes] == [Deferred, GatewayDown, NotStarted]

    def test_after_three_lost_answers_in_a_row_the_rest_waits(
        self, sender: SmtpSender, server: ScriptedSmtpServer
    ) -> None:
        server.always(DOT=Act.CLOSE)

        outcomes = send(sender, 5)

        assert [type(outcome) for outcome in outcomes] == [Unknown, Unknown, Unknown, NotStarted, NotStarted]
        assert server.messages_read() == 3

    def test_a_host_without_a_name_is_down(self) -> None:
        sender = SmtpSender(account(25, host="nowhere.invalid"), SystemClock())

        (outcome,) = send(sender)

        assert kind(outcome) == TRANSIENT
        assert "check host" in (reason_of(outcome) or "")

    def test_a_deadline_before_the_message_is_there_leaves_it_untouched(
        self, sender: SmtpSender, server: ScriptedSmtpServer
    ) -> None:
        server.always(RCPT=Act.HANG)

        outcomes = sender.send(outbounds(Channel.EMAIL, 2), Deadline.after(0.1, SystemClock()))

        assert [type(outcome) for outcome in outcomes] == [NotStarted, NotStarted]
        assert server.messages_read() == 0

    def test_an_answer_that_is_on_its_way_is_awaited_past_the_deadline(
        self, sender: SmtpSender, server: ScriptedSmtpServer
    ) -> None:
        clock = SystemClock()
        server.always(DOT=Act.HANG)
        begun = clock.elapsed_s()

        (outcome,) = sender.send([outbound(Channel.EMAIL, 1)], Deadline.after(0.1, clock))

        assert isinstance(outcome, Unknown)
        assert TIMEOUT_S <= clock.elapsed_s() - begun < TIMEOUT_S + SLACK_S


class TestAcceptance:
    def test_a_host_is_tried_at_each_of_its_addresses(self, server: ScriptedSmtpServer) -> None:
        sender = SmtpSender(account(server.port, host="localhost"), SystemClock())

        outcomes = send(sender)
        sender.close()

        assert outcomes == [Accepted("CC702256245")]

    @pytest.mark.parametrize(
        ("reply", "provider_id"),
        [
            ("250 2.0.0 Ok: queued as CC702256245", "CC702256245"),
            ("250 2.0.0 Ok: queued as 4XyZ12abc.0", "4XyZ12abc.0"),
            ("250 OK id=1rXyz-0001AB-2c", "1rXyz-0001AB-2c"),
            ("250 2.0.0 48C1AJ0a012345 Message accepted for delivery", "48C1AJ0a012345"),
            ("250 Ok 0102018f-1a2b-4c5d-9e8f-000000", "0102018f-1a2b-4c5d-9e8f-000000"),
            ("250-2.0.0 Ok:\r\n250 queued as ABC123", "ABC123"),
            ("250 2.0.0 Thank you", None),
            ("250", None),
        ],
    )
    def test_the_provider_id_is_the_queue_id_of_the_answer(
        self, reply: str, provider_id: str | None, sender: SmtpSender, server: ScriptedSmtpServer
    ) -> None:
        server.next(DOT=reply)

        assert send(sender) == [Accepted(provider_id)]

    def test_one_recipient_a_transaction(self, sender: SmtpSender, server: ScriptedSmtpServer) -> None:
        send(sender, 2)

        verbs = [line.partition(":")[0] for _, line in server.commands if not line.startswith("EHLO")]
        assert verbs == ["MAIL FROM", "RCPT TO", "DATA"] * 2
        assert [one.recipient for one in server.transactions] == ["person1@example.com", "person2@example.com"]

    @pytest.mark.parametrize(
        "address",
        [
            "ok@example.com, evil@example.com",
            "ok@example.com\r\nRCPT TO:<evil@example.com>",
            "ok@example.com\n",
            "Evil <evil@example.com>",
            "ok@example.com> SIZE=1",
            "",
            "nobody",
        ],
    )
    def test_an_address_that_is_not_one_mailbox_never_reaches_the_server(
        self, address: str, sender: SmtpSender, server: ScriptedSmtpServer
    ) -> None:
        (outcome,) = sender.send([evolve(outbound(Channel.EMAIL, 1), address=address)], patience())

        assert isinstance(outcome, Rejected)
        assert server.connections() == 0

    def test_a_reason_repeats_no_password(self, server: ScriptedSmtpServer) -> None:
        server.always(
            EHLO="250-loopback.example.com\r\n250 AUTH PLAIN",
            AUTH="535 5.7.8 wrong: AHRvY3NpbgBodW50ZXIy hunter2 tocsin",
        )
        sender = SmtpSender(account(server.port, username="tocsin", password="hunter2"), SystemClock())

        (outcome,) = send(sender)

        assert kind(outcome) == CONFIGURATION
        assert "wrong: *** *** ***" in (reason_of(outcome) or "")


def with_file(number: int, size: int) -> OutboundMessage:
    """Return a message with so many bytes of a file."""
    file = Attachment(filename="a.bin", media_type="application/octet-stream", data=bytes(size))
    return evolve(outbound(Channel.EMAIL, number), content=Content(subject="s", body="b", attachments=(file,)))


class TestLargeMessages:
    @pytest.mark.parametrize(("limit", "is_taken"), [("20000", False), ("200000", True), ("0", True), ("", True)])
    def test_what_is_over_the_servers_limit_is_not_sent(
        self, limit: str, is_taken: bool, sender: SmtpSender, server: ScriptedSmtpServer
    ) -> None:
        server.always(EHLO=f"250-loopback.example.com\r\n250-PIPELINING\r\n250 SIZE {limit}".rstrip())

        outcomes = sender.send(
            [outbound(Channel.EMAIL, 1), with_file(2, 30_000), outbound(Channel.EMAIL, 3)], patience()
        )

        assert [type(one) for one in outcomes] == [Accepted, Accepted if is_taken else Rejected, Accepted]
        assert server.messages_read() == (3 if is_taken else 2)
        assert server.connections() == 1
        if not is_taken:
            assert "the server takes 20000" in (reason_of(outcomes[1]) or "")

    def test_the_size_is_said_beforehand(self, sender: SmtpSender, server: ScriptedSmtpServer) -> None:
        sender.send([with_file(1, 300_000)], patience())

        (transaction,) = server.transactions
        stuffed = transaction.octets.count(b"\r\n..")
        assert f"MAIL FROM:<news@example.com> SIZE={len(transaction.octets) - stuffed}" in [
            command for _, command in server.commands
        ]

    def test_a_line_that_is_slow_and_goes_on_carries_more_than_one_timeout_would(self) -> None:
        size = 3_000_000
        with SlowSmtpServer(bytes_per_s=2_000_000) as server:
            sender = SmtpSender(account(server.port, timeout_s=0.6), SystemClock())

            (outcome,) = sender.send([with_file(1, size)], patience())
            sender.close()

        assert isinstance(outcome, Accepted)
        assert server.read_bytes > size

    def test_a_line_that_is_too_slow_for_a_whole_call_defers_the_first_and_keeps_the_others(self) -> None:
        with SlowSmtpServer(bytes_per_s=1_000_000) as server:
            sender = SmtpSender(account(server.port, timeout_s=0.6), SystemClock())

            first, second = sender.send([with_file(1, 9_000_000), with_file(2, 10)], Deadline.after(1, SystemClock()))
            (alone,) = sender.send([with_file(1, 9_000_000)], Deadline.after(1, SystemClock()))
            sender.close()

        assert isinstance(first, Deferred)
        assert "too slow" in first.reason
        assert isinstance(second, NotStarted)
        assert isinstance(alone, Deferred)
