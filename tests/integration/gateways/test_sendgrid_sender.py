"""The SendGrid gateway against a server on the loopback."""

import base64
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from adapters.gateways.mime import Mailbox
from adapters.gateways.sendgrid_message import REQUEST_MAX_BYTES
from adapters.gateways.sendgrid_sender import BATCH_SIZE, REQUESTS_MAX, SendGridSender, SendGridSettings
from adapters.system_clock import SystemClock
from application.ports.clock import Clock, Deadline
from application.ports.sender import OutboundMessage
from domain.channel import Channel
from domain.content import Attachment, Content
from domain.errors import Misconfigured
from domain.outcome import (
    Accepted,
    Cause,
    GatewayDown,
    NotStarted,
    Outcome,
    Rejected,
    Throttled,
    Unknown,
    reason_of,
)
from entrypoints.testing.sender_contract import Behaviour, outbound, outbounds
from tests.contracts.http_sender import HTTP_TROUBLES, HttpSenderContract
from tests.servers.http_loopback import LoopbackServer, Reply, Request, Trouble, json_reply
from tests.servers.raw_server import RawServer
from tests.servers.sendgrid_server import API_KEY, SEND, SendGridServer, error_reply

TIMEOUT_S = 1.0
CONNECTIONS = 8
SAME = Content(subject="Sale", body="Everything must go.", html="<p>Everything must go.</p>")


@pytest.fixture
def provider() -> Iterator[SendGridServer]:
    with closing(SendGridServer()) as server:
        yield server


@pytest.fixture
def settings(provider: SendGridServer) -> SendGridSettings:
    return SendGridSettings(
        api_key=API_KEY,
        sender=Mailbox("news@example.com", "Example"),
        base_url=provider.url,
        connections=CONNECTIONS,
        timeout_s=TIMEOUT_S,
    )


@pytest.fixture
def sender(settings: SendGridSettings, clock: Clock) -> Iterator[SendGridSender]:
    with closing(SendGridSender(settings, clock)) as sender:
        yield sender


@pytest.fixture
def clock() -> Clock:
    return SystemClock()


@pytest.fixture
def patience(clock: Clock) -> Deadline:
    return Deadline.after(30, clock)


class TestSendGridSender(HttpSenderContract):
    channel = Channel.EMAIL
    timeout_s = TIMEOUT_S
    server = SendGridServer
    made = SendGridSender
    troubles: ClassVar[Mapping[Behaviour, tuple[type[Outcome], ...]]] = {
        **HTTP_TROUBLES,
        Behaviour.FAILS: (Unknown,),
    }


def alike(count: int, first: int = 1) -> list[OutboundMessage]:
    """Return messages that say the same to *count* people."""
    return [evolve(message, content=SAME) for message in outbounds(Channel.EMAIL, count, first)]


MESSAGE = outbound(Channel.EMAIL, 1)


def outcome_of(sender: SendGridSender, patience: Deadline, message: OutboundMessage = MESSAGE) -> Outcome:
    (outcome,) = sender.send([message], patience)
    return outcome


class TestARequest:
    def test_says_once_what_is_common_and_of_each_person_what_is_theirs(
        self, sender: SendGridSender, provider: SendGridServer, patience: Deadline
    ) -> None:
        link = "<https://notify.example.com/unsubscribe/abc>"
        first, second = alike(2)
        second = evolve(second, headers={"List-Unsubscribe": link}, recipient_name=None, fence=3)

        outcomes = sender.send([first, second], patience)

        (request,) = provider.requests
        assert (request.method, request.path) == ("POST", SEND)
        assert request.headers["content-type"] == "application/json"
        assert request.json == {
            "from": {"email": "news@example.com", "name": "Example"},
            "subject": "Sale",
            "content": [
                {"type": "text/plain", "value": "Everything must go."},
                {"type": "text/html", "value": "<p>Everything must go.</p>"},
            ],
            "personalizations": [
                {
                    "to": [{"email": "person1@example.com", "name": "Person 1"}],
                    "headers": {"Auto-Submitted": "auto-generated"},
                    "custom_args": {"tocsin": first.echo},
                },
                {
                    "to": [{"email": "person2@example.com"}],
                    "headers": {"Auto-Submitted": "auto-generated", "List-Unsubscribe": link},
                    "custom_args": {"tocsin": second.echo},
                },
            ],
        }
        assert outcomes == [Accepted("m000000000000000000001")] * 2

    def test_has_the_messages_that_say_the_same_and_no_other(
        self, sender: SendGridSender, provider: SendGridServer, patience: Deadline
    ) -> None:
        one, two, three, four = outbounds(Channel.EMAIL, 4)
        one, three = (evolve(message, content=SAME) for message in (one, three))

        outcomes = sender.send([one, two, three, four], patience)

        groups = [[person["to"][0]["email"] for person in body["personalizations"]] for body in provider.sends]
        assert groups == [[one.address, three.address], [two.address], [four.address]]
        assert outcomes[0] == outcomes[2]
        assert len(set(outcomes)) == 3

    def test_carries_files(self, sender: SendGridSender, provider: SendGridServer, patience: Deadline) -> None:
        octets = bytes(range(256))
        file = Attachment(filename="Überblick.pdf", media_type="application/pdf", data=octets)

        outcome = outcome_of(sender, patience, evolve(MESSAGE, content=evolve(SAME, attachments=(file,))))

        (attached,) = provider.sends[0]["attachments"]
        assert isinstance(outcome, Accepted)
        assert base64.b64decode(attached.pop("content")) == octets
        assert attached == {"filename": "Überblick.pdf", "type": "application/pdf", "disposition": "attachment"}

    @pytest.mark.parametrize(
        ("media_type", "told"),
        [
            ("text/calendar; charset=utf-8; method=REQUEST", "text/calendar; method=REQUEST"),
            ("text/plain; charset=utf-8", "text/plain"),
        ],
    )
    def test_tells_of_a_type_what_sendgrid_takes(
        self, media_type: str, told: str, sender: SendGridSender, provider: SendGridServer, patience: Deadline
    ) -> None:
        file = Attachment(filename="a", media_type=media_type, data=b"x")

        outcome_of(sender, patience, evolve(MESSAGE, content=evolve(SAME, attachments=(file,))))

        assert provider.sends[0]["attachments"][0]["type"] == told

    @pytest.mark.parametrize(
        ("name", "sent"),
        [
            ("Zoë 李", "Zoë 李"),
            ("Doe, Jane", '"Doe, Jane"'),
            ('The "Boss"; Ltd', "\"The 'Boss'; Ltd\""),
            ("two\r\nlines", "two lines"),
        ],
    )
    def test_gives_a_name_so_that_it_reads_as_it_was(
        self, name: str, sent: str, sender: SendGridSender, provider: SendGridServer, patience: Deadline
    ) -> None:
        outcome_of(sender, patience, evolve(MESSAGE, recipient_name=name))

        assert provider.sends[0]["personalizations"][0]["to"][0]["name"] == sent

    def test_spells_a_domain_as_the_dns_does_and_encodes_a_header_that_is_not_ascii(
        self, sender: SendGridSender, provider: SendGridServer, patience: Deadline
    ) -> None:
        outcome_of(sender, patience, evolve(MESSAGE, address="jo@bücher.example", headers={"X-Shop": "Bücher"}))

        (person,) = provider.sends[0]["personalizations"]
        assert person["to"][0]["email"] == "jo@xn--bcher-kva.example"
        assert person["headers"]["X-Shop"] == "=?utf-8?q?B=C3=BCcher?="

    def test_of_the_batch_size_is_one_request(
        self, sender: SendGridSender, provider: SendGridServer, patience: Deadline
    ) -> None:
        outcomes = sender.send(alike(BATCH_SIZE), patience)

        assert {type(outcome) for outcome in outcomes} == {Accepted}
        assert len(provider.sends) == 1

    def test_that_would_be_too_large_is_split_before_it_is_sent(
        self, sender: SendGridSender, provider: SendGridServer, patience: Deadline
    ) -> None:
        outcomes = sender.send(alike(1001), patience)

        assert {type(outcome) for outcome in outcomes} == {Accepted}
        assert [len(body["personalizations"]) for body in provider.sends] == [500, 501]


class TestAMessageThatSendGridDoesNotCarry:
    @pytest.mark.parametrize(
        ("message", "said"),
        [
            (evolve(MESSAGE, address="zoë@example.com"), "letters before the @ that are not ASCII"),
            (evolve(MESSAGE, address="a@b.example\r\nBcc: c@d.example"), "is not one mail address"),
            (evolve(MESSAGE, headers={"Reply-To": "x@example.com"}), "'Reply-To' is not a header"),
            (evolve(MESSAGE, headers={"x-SG-eid": "1"}), "'x-SG-eid' is not a header"),
            (evolve(MESSAGE, headers={"auto-submitted": "no"}), "'auto-submitted' is not a header"),
            (evolve(MESSAGE, headers={"X Y": "1"}), "'X Y' is not a header"),
            (evolve(MESSAGE, headers={"X-Y": "1\r\nBcc: c@d.example"}), "line break or control character"),
            (evolve(MESSAGE, content=Content(subject=" ", body="text")), "subject: is empty"),
            (evolve(MESSAGE, content=Content(subject="Hello", body="")), "body: is empty"),
            (
                evolve(
                    MESSAGE,
                    content=evolve(
                        SAME, attachments=(Attachment(filename="a.txt", media_type="text/plain", data=b""),)
                    ),
                ),
                "attachments[0]: is empty",
            ),
        ],
    )
    def test_is_refused_before_the_call_and_harms_no_other(
        self, message: OutboundMessage, said: str, sender: SendGridSender, provider: SendGridServer, patience: Deadline
    ) -> None:
        other = evolve(outbound(Channel.EMAIL, 2), content=MESSAGE.content)

        refused, sent = sender.send([message, other], patience)

        assert isinstance(refused, Rejected)
        assert said in refused.reason
        assert message.address not in refused.reason
        assert isinstance(sent, Accepted)
        assert provider.accepted() == [other.address]

    def test_is_one_that_is_larger_than_a_request_may_be(
        self, sender: SendGridSender, provider: SendGridServer, patience: Deadline
    ) -> None:
        file = Attachment(filename="a.bin", media_type="application/x-a", data=bytes(REQUEST_MAX_BYTES * 3 // 4))
        large = [evolve(message, content=evolve(SAME, attachments=(file,))) for message in alike(2)]

        outcomes = sender.send(large, patience)

        assert outcomes == [Rejected("is larger than the 30 MB that SendGrid takes")] * 2
        assert provider.requests == []


RESET = datetime.now(UTC) + timedelta(seconds=90)


class TestAnAnswer:
    @pytest.mark.parametrize(
        ("reply", "expected"),
        [
            (error_reply(400, "Bad Request"), Rejected),
            (error_reply(400, "Bad Request", "null"), Rejected),
            (Reply(400, b"<html>"), Rejected),
            (json_reply(400, {"errors": [7, {"message": 7}, {"message": "x", "field": ["y"]}]}), Rejected),
            (error_reply(413, "content too large"), Rejected),
            (error_reply(422, "undocumented"), Rejected),
            (error_reply(429, "too many requests"), Throttled),
            (error_reply(500, "internal server error"), Unknown),
            (error_reply(503, "service unavailable", Retry_After="7"), Unknown),
            (Reply(599, b"["), Unknown),
            (Reply(200, b""), Unknown),
            (Reply(204, b""), Unknown),
            (Reply(202, b""), Accepted),
            (Reply(202, b"", {"X-Message-Id": " "}), Accepted),
            (Reply(202, b"<html>", {"x-message-id": "abc"}), Accepted),
        ],
    )
    def test_becomes_its_outcome(
        self,
        reply: Reply,
        expected: type[Outcome],
        sender: SendGridSender,
        provider: SendGridServer,
        patience: Deadline,
    ) -> None:
        provider.always(reply)

        assert type(outcome_of(sender, patience)) is expected
        assert len(provider.sends) == 1

    @pytest.mark.parametrize(
        ("reply", "said"),
        [
            (error_reply(401, "authorization required"), "check api_key"),
            (error_reply(401, "Maximum credits exceeded"), "Maximum credits exceeded"),
            (error_reply(403, "The from address does not match a verified Sender Identity.", "from"), "verified"),
            (error_reply(404, "not found"), "check base_url"),
            (error_reply(405, "method not allowed"), "check base_url"),
            (error_reply(407, "who are you?"), "proxy"),
            (Reply(302, b"", {"Location": "/"}), "check base_url"),
            (error_reply(400, "The from email does not contain a valid address.", "from.email"), "check from"),
        ],
    )
    def test_that_blames_the_settings_stops_the_call_and_says_what_to_mend(
        self, reply: Reply, said: str, sender: SendGridSender, provider: SendGridServer, patience: Deadline
    ) -> None:
        provider.always(reply)

        first, *rest = sender.send([*alike(3), outbound(Channel.EMAIL, 4)], patience)

        assert isinstance(first, GatewayDown)
        assert first.cause is Cause.CONFIGURATION
        assert said in first.reason
        assert rest == [NotStarted("the gateway stopped before its turn")] * 3
        assert len(provider.sends) == 1

    @pytest.mark.parametrize(
        ("headers", "least_s", "most_s"),
        [
            ({"X-RateLimit-Reset": str(int(RESET.timestamp()))}, 1, 90),
            ({"X-RateLimit-Reset": "17"}, 1, 1),
            ({"X-RateLimit-Reset": "999999999999"}, 3600, 3600),
            ({"X-RateLimit-Reset": "soon", "Retry-After": "7"}, 7, 7),
            ({"Retry-After": "999999999"}, 3600, 3600),
        ],
    )
    def test_that_says_too_fast_keeps_the_time_to_wait(
        self,
        headers: Mapping[str, str],
        least_s: float,
        most_s: float,
        sender: SendGridSender,
        provider: SendGridServer,
        patience: Deadline,
    ) -> None:
        provider.always(Reply(429, b"", headers))

        outcome = outcome_of(sender, patience)

        assert isinstance(outcome, Throttled)
        assert outcome.retry_after is not None
        assert least_s <= outcome.retry_after.total_seconds() <= most_s

    def test_whose_time_to_wait_cannot_be_read_names_none(
        self, sender: SendGridSender, provider: SendGridServer, patience: Deadline
    ) -> None:
        provider.always(Reply(429, b"", {"X-RateLimit-Reset": "-5"}))

        outcome = outcome_of(sender, patience)

        assert isinstance(outcome, Throttled)
        assert outcome.retry_after is None

    def test_that_repeats_secrets_and_the_message_is_kept_without_them(
        self, sender: SendGridSender, provider: SendGridServer, patience: Deadline
    ) -> None:
        message = evolve(
            MESSAGE, address="o'brien@example.com", headers={"List-Unsubscribe": "<https://x.example/tok>"}
        )
        told = f"No: {API_KEY} {message.address} Person 1 Your parcel <https://x.example/tok>"
        provider.always(error_reply(400, told, "personalizations.0"))

        reason = reason_of(outcome_of(sender, patience, message))

        assert reason is not None
        assert "(personalizations.0)" in reason
        for private in (API_KEY, message.address, "Person 1", "Your parcel", "x.example"):
            assert private not in reason

    @pytest.mark.parametrize("headers", [{}, {"X-Message-Id": " "}])
    def test_that_accepts_without_a_name_accepts(
        self, headers: Mapping[str, str], sender: SendGridSender, provider: SendGridServer, patience: Deadline
    ) -> None:
        provider.always(Reply(202, b"", headers))

        assert outcome_of(sender, patience) == Accepted(None)


class TestARequestThatIsRefused:
    @hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(drawn=st.integers(2, 40).flatmap(lambda count: st.tuples(st.just(count), st.sets(st.integers(1, count)))))
    def test_costs_only_those_at_fault_and_few_requests_more(
        self, drawn: tuple[int, set[int]], sender: SendGridSender, provider: SendGridServer, clock: Clock
    ) -> None:
        count, at_fault = drawn
        provider.forget()
        for number in at_fault:
            provider.refuse(f"person{number}@example.com")
        before = len(provider.requests)

        outcomes = sender.send(alike(count), Deadline.after(30, clock))

        expected = [Rejected if number in at_fault else Accepted for number in range(1, count + 1)]
        assert [type(outcome) for outcome in outcomes] == expected
        assert Counter(provider.accepted()) == Counter(
            f"person{number}@example.com" for number in range(1, count + 1) if number not in at_fault
        )
        assert len(provider.requests) - before <= 1 + 2 * len(at_fault) * math.ceil(math.log2(count))

    def test_as_too_large_is_split_as_well(
        self, sender: SendGridSender, provider: SendGridServer, patience: Deadline
    ) -> None:
        provider.personalizations_max = 3

        outcomes = sender.send(alike(10), patience)

        assert {type(outcome) for outcome in outcomes} == {Accepted}
        assert Counter(provider.accepted()) == Counter(message.address for message in alike(10))

    def test_for_what_all_have_in_common_is_refused_for_all_at_once(
        self, sender: SendGridSender, provider: SendGridServer, patience: Deadline
    ) -> None:
        provider.always(error_reply(400, "The content value must be a string.", "content.0.value"))

        outcomes = sender.send(alike(100), patience)

        assert {type(outcome) for outcome in outcomes} == {Rejected}
        assert len(provider.sends) == 1

    def test_is_split_no_further_after_the_deadline(
        self, settings: SendGridSettings, clock: Clock, patience: Deadline
    ) -> None:
        requests: list[Request] = []

        def refuse(request: Request) -> Reply:
            requests.append(request)
            if len(requests) == 5:  # all eight, four, two, one, one
                patience.cut_short()
            return error_reply(400, "Bad Request")

        with closing(LoopbackServer(refuse)) as server, closing(at(server.url, settings, clock)) as sender:
            outcomes = sender.send(alike(8), patience)

        assert [type(outcome) for outcome in outcomes] == [Rejected] * 2 + [NotStarted] * 6
        assert len(requests) == 5

    def test_and_then_throttled_leaves_the_rest_untouched(
        self, settings: SendGridSettings, clock: Clock, patience: Deadline
    ) -> None:
        answers = iter(
            [
                error_reply(400, "Bad Request"),
                Reply(202, b"", {"X-Message-Id": "abc"}),
                error_reply(429, "too many requests", Retry_After="2"),
            ]
        )
        with (
            closing(LoopbackServer(lambda _: next(answers))) as server,
            closing(at(server.url, settings, clock)) as sender,
        ):
            outcomes = sender.send(alike(4), patience)

        assert outcomes[:2] == [Accepted("abc")] * 2
        assert isinstance(outcomes[2], Throttled)
        assert outcomes[3] == NotStarted("the gateway stopped before its turn")


class TestACallOfManyContents:
    def test_ends_after_so_many_requests_and_leaves_the_rest_for_others(
        self, sender: SendGridSender, provider: SendGridServer, patience: Deadline
    ) -> None:
        messages = outbounds(Channel.EMAIL, REQUESTS_MAX + 5)

        outcomes = sender.send(messages, patience)

        assert [type(outcome) for outcome in outcomes] == [Accepted] * REQUESTS_MAX + [NotStarted] * 5
        assert reason_of(outcomes[-1]) == "the call had requests enough; the rest is for the next"
        assert provider.accepted() == [message.address for message in messages[:REQUESTS_MAX]]

    def test_counts_no_message_that_needs_no_request(
        self, sender: SendGridSender, provider: SendGridServer, patience: Deadline
    ) -> None:
        empty = [
            evolve(message, content=Content(subject=" ", body=f"{message.address}"))
            for message in outbounds(Channel.EMAIL, 2 * REQUESTS_MAX, first=100)
        ]

        outcomes = sender.send([*empty, MESSAGE], patience)

        assert [type(outcome) for outcome in outcomes] == [Rejected] * 2 * REQUESTS_MAX + [Accepted]

    def test_goes_to_the_end_of_what_was_refused_and_begins_nothing_more(
        self, sender: SendGridSender, provider: SendGridServer, patience: Deadline
    ) -> None:
        refused = alike(REQUESTS_MAX)
        for message in refused:
            provider.refuse(message.address)
        other = outbound(Channel.EMAIL, 99)

        outcomes = sender.send([*refused, other], patience)

        assert [type(outcome) for outcome in outcomes] == [Rejected] * REQUESTS_MAX + [NotStarted]
        assert len(provider.sends) == 2 * REQUESTS_MAX - 1
        assert isinstance(outcome_of(sender, patience, other), Accepted)


class TestALostAnswer:
    @pytest.mark.parametrize("trouble", [Trouble.TRUNCATED, Trouble.DRIP, Trouble.HANG, Trouble.RESET])
    def test_is_one_for_the_whole_request_in_bounded_time_and_nothing_is_tried_apart(
        self, trouble: Trouble, sender: SendGridSender, provider: SendGridServer, clock: Clock, patience: Deadline
    ) -> None:
        provider.always(trouble)
        begun = clock.elapsed_s()

        outcomes = sender.send(alike(4), patience)

        assert [type(outcome) for outcome in outcomes] == [Unknown] * 4
        assert clock.elapsed_s() - begun < TIMEOUT_S + 0.8
        assert len(provider.sends) == 1

    def test_of_three_requests_in_a_row_ends_the_call(
        self, sender: SendGridSender, provider: SendGridServer, patience: Deadline
    ) -> None:
        provider.always(Trouble.RESET)

        outcomes = sender.send(outbounds(Channel.EMAIL, 5), patience)

        assert [type(outcome) for outcome in outcomes] == [Unknown] * 3 + [NotStarted] * 2
        assert reason_of(outcomes[4]) == "the gateway lost several answers in a row"

    def test_is_not_one_whose_status_and_name_came(
        self, settings: SendGridSettings, clock: Clock, patience: Deadline
    ) -> None:
        broken_off = b"HTTP/1.1 202 Accepted\r\nX-Message-Id: abc\r\nContent-Length: 10\r\n\r\n"
        with closing(RawServer(broken_off)) as server, closing(at(server.url, settings, clock)) as sender:
            assert outcome_of(sender, patience) == Accepted("abc")


class TestTheCheck:
    def test_reads_what_the_key_may_do(
        self, sender: SendGridSender, provider: SendGridServer, patience: Deadline
    ) -> None:
        assert sender.check(patience) == Accepted()
        assert [(request.method, request.path) for request in provider.requests] == [("GET", "/v3/scopes")]

    def test_says_that_the_key_may_not_send(
        self, sender: SendGridSender, provider: SendGridServer, patience: Deadline
    ) -> None:
        provider.scopes = ["user.profile.read"]

        outcome = sender.check(patience)

        assert isinstance(outcome, GatewayDown)
        assert outcome.cause is Cause.CONFIGURATION
        assert outcome.reason.startswith("the API key lacks mail.send; ")

    @pytest.mark.parametrize(
        ("reply", "cause"),
        [
            (error_reply(401, "authorization required"), Cause.CONFIGURATION),
            (error_reply(403, "access forbidden"), Cause.CONFIGURATION),
            (error_reply(404, "not found"), Cause.CONFIGURATION),
            (Reply(302, b"", {"Location": "/"}), Cause.CONFIGURATION),
            (json_reply(200, {"hello": "world"}), Cause.CONFIGURATION),
            (json_reply(200, {"scopes": "mail.send"}), Cause.CONFIGURATION),
            (json_reply(200, [["mail.send"]]), Cause.CONFIGURATION),
            (Reply(200, b"[" * 100_000), Cause.CONFIGURATION),
            (Reply(202, b"", {"X-Message-Id": "abc"}), Cause.TRANSIENT),
            (error_reply(429, "too many requests"), Cause.TRANSIENT),
            (error_reply(500, "internal server error"), Cause.TRANSIENT),
        ],
    )
    def test_says_that_the_gateway_is_down_whatever_else_comes(
        self, reply: Reply, cause: Cause, sender: SendGridSender, provider: SendGridServer, patience: Deadline
    ) -> None:
        provider.always(reply)

        outcome = sender.check(patience)

        assert isinstance(outcome, GatewayDown)
        assert outcome.cause is cause
        assert outcome.reason


class TestTheSettings:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"api_key": "SG.a\r\nX: y"}, "api_key"),
            ({"api_key": ""}, "api_key"),
            ({"sender": Mailbox("zoë@example.com")}, "from"),
            ({"base_url": "ftp://example.com"}, "base_url"),
            ({"base_url": "https://example.com/?a=b"}, "base_url"),
            ({"base_url": "https://[example.com"}, "base_url"),
            ({"connections": 0}, "connections"),
            ({"timeout_s": 0.0}, "timeout"),
        ],
    )
    def test_that_cannot_work_stop_the_start(
        self, changes: Mapping[str, Any], said: str, settings: SendGridSettings, clock: Clock
    ) -> None:
        with pytest.raises(Misconfigured, match=f"^{said}: "):
            SendGridSender(evolve(settings, **changes), clock)

    def test_show_no_key(self, settings: SendGridSettings) -> None:
        assert API_KEY not in repr(settings)

    def test_may_name_a_place_below_a_host(
        self, provider: SendGridServer, settings: SendGridSettings, clock: Clock, patience: Deadline
    ) -> None:
        with closing(at(f"{provider.url}/edge/", settings, clock)) as sender:
            outcome_of(sender, patience)

        assert [request.path for request in provider.requests] == [f"/edge{SEND}"]


def at(url: str, settings: SendGridSettings, clock: Clock) -> SendGridSender:
    return SendGridSender(evolve(settings, base_url=url), clock)
