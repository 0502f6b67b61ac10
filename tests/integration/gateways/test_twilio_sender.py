"""The Twilio gateway: the real SDK against a server on the loopback."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import ClassVar

import pytest
from attrs import evolve

from adapters.gateways.twilio_sender import TwilioSender, TwilioSettings
from adapters.system_clock import SystemClock
from application.ports.clock import Clock, Deadline
from domain.channel import Channel
from domain.outcome import (
    Accepted,
    Cause,
    Deferred,
    GatewayDown,
    NotStarted,
    Outcome,
    Rejected,
    Throttled,
    Unknown,
    Unreachable,
    reason_of,
)
from entrypoints.testing.sender_contract import Behaviour, outbound, outbounds
from tests.contracts.http_sender import HTTP_TROUBLES, HttpSenderContract
from tests.servers.http_loopback import Reply, json_reply
from tests.servers.twilio_server import (
    ACCOUNT_SID,
    API_KEY,
    API_SECRET,
    AUTH_TOKEN,
    FROM,
    TwilioServer,
    error_reply,
    problem_reply,
)

TIMEOUT_S = 1.0
THREADS = 32


@pytest.fixture
def provider() -> Iterator[TwilioServer]:
    server = TwilioServer()
    yield server
    server.close()


@pytest.fixture
def settings(provider: TwilioServer) -> TwilioSettings:
    return TwilioSettings(
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        from_number=FROM,
        base_url=provider.url,
        connections=THREADS,
        timeout_s=TIMEOUT_S,
    )


@pytest.fixture
def sender(settings: TwilioSettings, clock: Clock) -> Iterator[TwilioSender]:
    sender = TwilioSender(settings, clock)
    yield sender
    sender.close()


class TestTwilioSender(HttpSenderContract):
    channel = Channel.SMS
    timeout_s = TIMEOUT_S
    server = TwilioServer
    made = TwilioSender
    troubles: ClassVar[Mapping[Behaviour, tuple[type[Outcome], ...]]] = {
        **HTTP_TROUBLES,
        Behaviour.FAILS: (Unknown,),
    }


@pytest.fixture
def clock() -> Clock:
    return SystemClock()


@pytest.fixture
def patience(clock: Clock) -> Deadline:
    return Deadline.after(30, clock)


MESSAGE = outbound(Channel.SMS, 1)


def outcome_of(sender: TwilioSender, patience: Deadline) -> Outcome:
    (outcome,) = sender.send([MESSAGE], patience)
    return outcome


class TestARequest:
    def test_goes_to_the_account_with_number_text_and_validity(
        self, sender: TwilioSender, provider: TwilioServer, clock: Clock, patience: Deadline
    ) -> None:
        message = evolve(MESSAGE, expires_at=clock.now() + timedelta(seconds=90))

        (outcome,) = sender.send([message], patience)

        (request,) = provider.messages
        form = request.form
        assert isinstance(outcome, Accepted)
        assert outcome.provider_id is not None
        assert outcome.provider_id.startswith("SM")
        assert request.path == f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
        assert 85 <= int(form.pop("ValidityPeriod")) <= 90
        assert form == {"To": MESSAGE.address, "From": FROM, "Body": "Parcel 1 is on its way."}

    def test_names_the_messaging_service_instead_of_a_number(
        self, settings: TwilioSettings, provider: TwilioServer, clock: Clock, patience: Deadline
    ) -> None:
        sender = TwilioSender(evolve(settings, from_number=None, messaging_service_sid="MG" + "c" * 32), clock)

        outcome = outcome_of(sender, patience)
        sender.close()

        (request,) = provider.messages
        assert isinstance(outcome, Accepted)
        assert request.form["MessagingServiceSid"] == "MG" + "c" * 32
        assert "From" not in request.form

    def test_asks_for_receipts_that_bring_our_reference_back(
        self, settings: TwilioSettings, provider: TwilioServer, clock: Clock, patience: Deadline
    ) -> None:
        url = "https://notify.example.com/tocsin/webhooks/twilio/sms"
        sender = TwilioSender(evolve(settings, callback_url=url), clock)

        sender.send([evolve(MESSAGE, reference="1001.a&b=c", fence=7), MESSAGE], patience)
        sender.close()

        first, second = provider.callbacks
        assert first == f"{url}?echo=1001.7.a%26b%3Dc"
        assert second == f"{url}?echo={MESSAGE.echo}"

    def test_asks_for_none_where_nobody_could_be_called(
        self, sender: TwilioSender, provider: TwilioServer, patience: Deadline
    ) -> None:
        outcome_of(sender, patience)

        assert provider.callbacks == []

    def test_logs_in_with_an_api_key_where_there_is_one(
        self, settings: TwilioSettings, provider: TwilioServer, clock: Clock, patience: Deadline
    ) -> None:
        sender = TwilioSender(evolve(settings, auth_token=None, api_key=API_KEY, api_secret=API_SECRET), clock)

        assert isinstance(outcome_of(sender, patience), Accepted)
        assert isinstance(sender.check(patience), Accepted)
        assert len(provider.messages) == 1
        sender.close()


class TestAnAnswer:
    @pytest.mark.parametrize(
        ("reply", "expected"),
        [
            (error_reply(400, 21211, "Invalid 'To' Phone Number"), Unreachable),
            (error_reply(400, 21610, "Attempt to send to unsubscribed recipient"), Unreachable),
            (error_reply(400, 21614, "'To' number is not a valid mobile number"), Unreachable),
            (error_reply(400, 21635, "'To' number cannot be a landline"), Unreachable),
            (error_reply(400, 21408, "Permission to send an SMS has not been enabled"), Rejected),
            (error_reply(400, 21612, "Message cannot be sent with the current combination"), Rejected),
            (error_reply(400, 21617, "The concatenated message body exceeds the limit"), Rejected),
            (error_reply(400, 29999, "A code that nobody has heard of"), Rejected),
            (error_reply(400, 21217, "Phone number does not appear to be valid"), Unreachable),
            (error_reply(400, 21265, "'To' number cannot be a Short Code"), Unreachable),
            (error_reply(400, 21602, "Message body is required"), Rejected),
            (error_reply(400, 21606, "The 'From' phone number provided is not a valid sender"), Rejected),
            (error_reply(400, 21703, "The Messaging Service does not have a phone number available"), Rejected),
            (error_reply(400, 30034, "Message from an Unregistered Number"), Rejected),
            (error_reply(422, 20422, "Invalid Parameter"), Rejected),
            (error_reply(400, 21603, "A 'From' or 'MessagingServiceSid' parameter is required"), GatewayDown),
            (error_reply(400, 21609, "Invalid 'StatusCallback'"), GatewayDown),
            (error_reply(400, 21701, "The Messaging Service does not exist"), GatewayDown),
            (error_reply(403, 10001, "Account is not active"), GatewayDown),
            (error_reply(400, 30002, "Account suspended"), GatewayDown),
            (error_reply(400, 21611, "This 'From' number has too many queued messages"), Throttled),
            (error_reply(429, 21611, "This 'From' number has too many queued messages"), Throttled),
            (error_reply(400, 30001, "Queue overflow"), Throttled),
            (error_reply(429, 20429, "Too Many Requests"), Throttled),
            (error_reply(429, 14107, "Message rate exceeded"), Throttled),
            (error_reply(401, 20003, "Authenticate"), GatewayDown),
            (error_reply(403, 20005, "Account not active"), GatewayDown),
            (error_reply(404, 20404, "The requested resource was not found"), GatewayDown),
            (error_reply(400, 21704, "The Messaging Service contains no phone numbers"), GatewayDown),
            (error_reply(500, 20500, "An internal server error has occurred"), Unknown),
            (error_reply(503, 20503, "Service unavailable"), Unknown),
            (problem_reply(400, 21211, "Bad request", "Invalid 'To' number"), Unreachable),
            (problem_reply(429, 20429, "Too many requests", "Slow down"), Throttled),
            (problem_reply(500, 20500, "Server error", "Sorry"), Unknown),
            (Reply(502, b"<html>Bad gateway</html>", {"Content-Type": "text/html"}), Unknown),
            (Reply(403, b"<html>Forbidden</html>", {"Content-Type": "text/html"}), GatewayDown),
            (Reply(301, b"", {"Location": "https://www.twilio.com/"}), GatewayDown),
            (json_reply(400, {"code": "21211", "message": "a code in quotes"}), Rejected),
            (json_reply(400, ["no", "mapping"]), Rejected),
            (Reply(201, b"{", {"Content-Type": "application/json"}), Unknown),
            (Reply(201, b"", {"Content-Type": "application/json"}), Unknown),
            (Reply(201, b"\xff\xfe\xff", {"Content-Type": "application/json"}), Unknown),
            (json_reply(201, []), Unknown),
            (json_reply(201, {"sid": None}), Unknown),
            (json_reply(201, {"sid": "SM1", "date_created": 7}), Unknown),
        ],
    )
    def test_becomes_its_outcome_through_the_sdk(
        self, reply: Reply, expected: type[Outcome], sender: TwilioSender, provider: TwilioServer, patience: Deadline
    ) -> None:
        provider.always(reply)

        outcome = outcome_of(sender, patience)

        assert type(outcome) is expected
        assert len(provider.messages) == 1

    @pytest.mark.parametrize(
        ("reply", "expected"),
        [
            (error_reply(429, 20429, "Too Many Requests", Retry_After="7"), Throttled),
            (error_reply(503, 20503, "Service unavailable", Retry_After="7"), Deferred),
            (problem_reply(429, 20429, "Too many requests", "Slow down"), Throttled),
        ],
    )
    def test_keeps_the_time_to_wait_although_the_sdk_drops_it(
        self, reply: Reply, expected: type[Outcome], sender: TwilioSender, provider: TwilioServer, patience: Deadline
    ) -> None:
        provider.always(evolve(reply, headers={**reply.headers, "Retry-After": "7"}))

        outcome = outcome_of(sender, patience)

        assert isinstance(outcome, Throttled | Deferred)
        assert type(outcome) is expected
        assert outcome.retry_after == timedelta(seconds=7)

    def test_of_one_thread_says_nothing_to_another(
        self, sender: TwilioSender, provider: TwilioServer, patience: Deadline
    ) -> None:
        messages = outbounds(Channel.SMS, THREADS)
        for seconds, message in enumerate(messages, start=1):
            said = error_reply(429, 20429, "Too Many Requests", Retry_After=str(seconds))
            provider.reply_to(message.address, said)

        with ThreadPoolExecutor(THREADS) as pool:
            outcomes = list(pool.map(lambda message: sender.send([message], patience)[0], messages))

        waits = [outcome.retry_after for outcome in outcomes if isinstance(outcome, Throttled)]
        assert waits == [timedelta(seconds=seconds) for seconds in range(1, THREADS + 1)]

    def test_that_blames_the_settings_says_so_and_repeats_no_secret(
        self, settings: TwilioSettings, clock: Clock, patience: Deadline
    ) -> None:
        sender = TwilioSender(evolve(settings, auth_token="a-wrong-token"), clock)

        outcome = outcome_of(sender, patience)
        sender.close()

        assert isinstance(outcome, GatewayDown)
        assert outcome.cause is Cause.CONFIGURATION
        assert "check account_sid and auth_token" in outcome.reason
        assert "a-wrong-token" not in outcome.reason
        assert "a-wrong-token" not in repr(settings)
        assert AUTH_TOKEN not in repr(settings)

    def test_that_repeats_the_text_is_kept_without_it(
        self, sender: TwilioSender, provider: TwilioServer, patience: Deadline
    ) -> None:
        provider.always(error_reply(400, 30038, f"Filtered: {MESSAGE.content.body}"))

        reason = reason_of(outcome_of(sender, patience))

        assert reason is not None
        assert "30038" in reason
        assert "Parcel 1" not in reason

    def test_that_its_owner_replied_stop_is_told_apart_from_a_dead_number(
        self, sender: TwilioSender, provider: TwilioServer, patience: Deadline
    ) -> None:
        provider.reply_to(MESSAGE.address, error_reply(400, 21610, "Attempt to send to unsubscribed recipient"))
        stopped = outcome_of(sender, patience)
        provider.refuse(MESSAGE.address)
        dead = outcome_of(sender, patience)

        assert isinstance(stopped, Unreachable)
        assert isinstance(dead, Unreachable)
        assert (stopped.opted_out, dead.opted_out) == (True, False)

    @pytest.mark.parametrize("code", [21611, 30001])
    def test_of_a_full_queue_gives_it_a_minute_and_leaves_the_rest(
        self, code: int, sender: TwilioSender, provider: TwilioServer, patience: Deadline
    ) -> None:
        provider.always(error_reply(400, code, "Queue overflow"))

        first, second = sender.send(outbounds(Channel.SMS, 2), patience)

        assert isinstance(first, Throttled)
        assert first.retry_after == timedelta(minutes=1)
        assert isinstance(second, NotStarted)
        assert len(provider.messages) == 1


def test_a_bug_of_ours_is_raised_and_not_an_outcome(
    sender: TwilioSender, provider: TwilioServer, patience: Deadline
) -> None:
    provider.always(error_reply(400, 21211, "Invalid 'To' Phone Number"))
    outcome_of(sender, patience)
    naive = evolve(MESSAGE, expires_at=MESSAGE.expires_at.replace(tzinfo=None))

    with pytest.raises(TypeError):
        sender.send([naive], patience)


class TestTheCheck:
    def test_reads_the_account(self, sender: TwilioSender, provider: TwilioServer, patience: Deadline) -> None:
        assert isinstance(sender.check(patience), Accepted)
        assert [request.path for request in provider.requests] == [f"/2010-04-01/Accounts/{ACCOUNT_SID}.json"]

    @pytest.mark.parametrize("status", ["suspended", "closed"])
    def test_says_that_the_account_is_not_active(
        self, status: str, sender: TwilioSender, provider: TwilioServer, patience: Deadline
    ) -> None:
        provider.status = status

        outcome = sender.check(patience)

        assert outcome == GatewayDown(f"the account is {status}; see the Twilio Console", Cause.CONFIGURATION)

    @pytest.mark.parametrize(
        "reply",
        [
            error_reply(401, 20003, "Authenticate"),
            error_reply(429, 20429, "Too Many Requests"),
            error_reply(500, 20500, "An internal server error has occurred"),
            json_reply(200, {"hello": "world"}),
            json_reply(200, 7),
            Reply(200, b"<html>"),
            Reply(302, b"", {"Location": "/"}),
        ],
    )
    def test_says_that_the_gateway_is_down_whatever_else_comes(
        self, reply: Reply, sender: TwilioSender, provider: TwilioServer, patience: Deadline
    ) -> None:
        provider.always(reply)

        outcome = sender.check(patience)

        assert isinstance(outcome, GatewayDown)
        assert outcome.reason
