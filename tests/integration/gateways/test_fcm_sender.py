"""The FCM gateway: the real SDK, with a real grant for its access token, against a server on the loopback."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import firebase_admin
import pytest
from attrs import evolve

from adapters.gateways.fcm_connection import strangeness
from adapters.gateways.fcm_sender import FcmSender, FcmSettings
from adapters.system_clock import SystemClock
from application.ports.clock import Clock, Deadline
from domain.channel import Channel
from domain.content import Content
from domain.errors import Misconfigured
from domain.notification_type import NotificationType
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
)
from entrypoints.testing.sender_contract import Behaviour, outbound, outbounds
from tests.contracts.http_sender import HTTP_TROUBLES, HttpSenderContract
from tests.servers.fcm_server import PROJECT, SEND_PATH, FcmServer, error_reply
from tests.servers.http_loopback import Reply, Trouble, json_reply
from tests.servers.smtp_certificates import CertificateAuthority

TIMEOUT_S = 1.0
THREADS = 32
MESSAGE = outbound(Channel.PUSH, 1)


@pytest.fixture
def clock() -> Clock:
    return SystemClock()


@pytest.fixture
def patience(clock: Clock) -> Deadline:
    return Deadline.after(30, clock)


@pytest.fixture
def provider() -> Iterator[FcmServer]:
    server = FcmServer()
    yield server
    server.close()


@pytest.fixture
def settings(provider: FcmServer, tmp_path: Path) -> FcmSettings:
    return FcmSettings(
        credentials=provider.write_credentials(tmp_path),
        base_url=provider.url,
        connections=THREADS,
        timeout_s=TIMEOUT_S,
    )


@pytest.fixture
def sender(settings: FcmSettings, clock: Clock) -> Iterator[FcmSender]:
    sender = FcmSender(settings, clock)
    yield sender
    sender.close()


def outcome_of(sender: FcmSender, patience: Deadline) -> Outcome:
    (outcome,) = sender.send([MESSAGE], patience)
    return outcome


class TestFcmSender(HttpSenderContract):
    channel = Channel.PUSH
    timeout_s = TIMEOUT_S
    server = FcmServer
    made = FcmSender
    connections_kept = 2  # one of them for the access token
    troubles: ClassVar[Mapping[Behaviour, tuple[type[Outcome], ...]]] = {
        **HTTP_TROUBLES,
        Behaviour.RESETS_BEFORE_READING: (GatewayDown,),  # at the token endpoint, before the message
        Behaviour.FAILS: (Deferred,),
    }


class TestARequest:
    def test_carries_the_notification_the_data_and_our_reference(
        self, sender: FcmSender, provider: FcmServer, clock: Clock, patience: Deadline
    ) -> None:
        content = Content(subject="Your parcel", body="It is on its way.", data={"parcel": "7"})
        message = evolve(MESSAGE, content=content, expires_at=clock.now() + timedelta(hours=1))

        (outcome,) = sender.send([message], patience)

        (request,) = provider.messages
        sent = request.json["message"]
        assert outcome == Accepted(f"projects/{PROJECT}/messages/0:2%31bd1c96")
        assert request.path == SEND_PATH
        assert sent["token"] == MESSAGE.address
        assert sent["notification"] == {"title": "Your parcel", "body": "It is on its way."}
        assert sent["data"] == {"parcel": "7", "tocsin_id": MESSAGE.reference}
        assert sent["android"]["notification"] == {"tag": MESSAGE.reference}
        assert sent["android"]["priority"] == "high"
        assert "collapse_key" not in sent["android"]
        assert sent["apns"]["headers"]["apns-priority"] == "10"
        assert sent["webpush"]["headers"]["Urgency"] == "high"
        assert sent["webpush"]["notification"] == {"tag": MESSAGE.reference}
        assert 3590 <= int(sent["android"]["ttl"].removesuffix("s")) <= 3600
        assert int(sent["apns"]["headers"]["apns-expiration"]) == pytest.approx(message.expires_at.timestamp(), abs=10)
        assert sent["apns"]["headers"]["apns-collapse-id"] == MESSAGE.reference

    def test_goes_to_an_installation_id(self, sender: FcmSender, provider: FcmServer, patience: Deadline) -> None:
        sender.send([evolve(MESSAGE, address="fid:cGFyY2Vs")], patience)

        sent = provider.messages[0].json["message"]
        assert sent["fid"] == "cGFyY2Vs"
        assert "token" not in sent

    def test_with_data_alone_wakes_the_app_silently(
        self, sender: FcmSender, provider: FcmServer, patience: Deadline
    ) -> None:
        sender.send([evolve(MESSAGE, content=Content(data={"sync": "now"}))], patience)

        sent = provider.messages[0].json["message"]
        assert "notification" not in sent
        assert "notification" not in sent["android"]
        assert sent["apns"]["payload"] == {"aps": {"content-available": 1}}
        assert sent["apns"]["headers"]["apns-priority"] == "5"
        assert "notification" not in sent["webpush"]

    @pytest.mark.parametrize("type_", [NotificationType.INFORMATIONAL, NotificationType.PROMOTIONAL])
    def test_of_what_can_wait_wakes_no_phone(
        self, type_: NotificationType, sender: FcmSender, provider: FcmServer, patience: Deadline
    ) -> None:
        sender.send([evolve(MESSAGE, type=type_)], patience)

        sent = provider.messages[0].json["message"]
        assert sent["android"]["priority"] == "normal"
        assert sent["apns"]["headers"]["apns-priority"] == "5"
        assert sent["webpush"]["headers"]["Urgency"] == "normal"

    def test_that_expired_is_for_now_or_never(
        self, sender: FcmSender, provider: FcmServer, clock: Clock, patience: Deadline
    ) -> None:
        sender.send([evolve(MESSAGE, expires_at=clock.now() - timedelta(seconds=5))], patience)

        assert provider.messages[0].json["message"]["android"]["ttl"] == "0s"

    def test_asks_for_one_access_token(self, sender: FcmSender, provider: FcmServer, patience: Deadline) -> None:
        sender.send(outbounds(Channel.PUSH, 5), patience)

        assert len(provider.token_requests) == 1

    def test_gets_a_new_access_token_when_the_old_one_is_revoked(
        self, sender: FcmSender, provider: FcmServer, patience: Deadline
    ) -> None:
        outcome_of(sender, patience)
        provider.revoke_tokens()

        assert isinstance(outcome_of(sender, patience), Accepted)
        assert len(provider.token_requests) == 2


class TestAMessageThatFcmWouldRefuse:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (Content(body="x" * 4080), "at most 4096"),
            (Content(body="€" * 1360), "at most 4096"),
            (Content(body="x", data={"from": "me"}), "reserved"),
            (Content(body="x", data={"google.thing": "1"}), "reserved"),
        ],
    )
    def test_is_rejected_before_it_is_sent(
        self, content: Content, said: str, sender: FcmSender, provider: FcmServer, patience: Deadline
    ) -> None:
        (outcome,) = sender.send([evolve(MESSAGE, content=content)], patience)

        assert isinstance(outcome, Rejected)
        assert said in outcome.reason
        assert provider.connections() == 0

    def test_is_sent_when_it_just_fits(self, sender: FcmSender, patience: Deadline) -> None:
        (outcome,) = sender.send([evolve(MESSAGE, content=Content(body="x" * 3900))], patience)

        assert isinstance(outcome, Accepted)

    @pytest.mark.parametrize("address", ["", "fid:", "two words", "line\nbreak"])
    def test_is_unreachable_at_an_address_that_is_none(
        self, address: str, sender: FcmSender, provider: FcmServer, patience: Deadline
    ) -> None:
        (outcome,) = sender.send([evolve(MESSAGE, address=address)], patience)

        assert isinstance(outcome, Unreachable)
        assert provider.connections() == 0


BAD = "INVALID_ARGUMENT"
NO_TOKEN = "The registration token is not a valid FCM registration token"
QUOTA_OF_DEVICE = error_reply(
    429, "RESOURCE_EXHAUSTED", "Quota exceeded", "QUOTA_EXCEEDED", quota="Device message rate exceeded"
)
OTHER_SENDER = error_reply(403, "PERMISSION_DENIED", "SenderId mismatch", "SENDER_ID_MISMATCH")
NO_APNS = error_reply(401, "UNAUTHENTICATED", "Auth error from APNS or Web Push Service", "THIRD_PARTY_AUTH_ERROR")


class TestAnAnswer:
    @pytest.mark.parametrize(
        ("reply", "expected"),
        [
            (error_reply(400, BAD, NO_TOKEN, BAD), Unreachable),
            (error_reply(400, BAD, "Invalid registration token", BAD, ["message.token"]), Unreachable),
            (error_reply(400, BAD, "Invalid installation id", BAD, ["message.fid"]), Unreachable),
            (error_reply(400, BAD, "Invalid value", BAD, ["message.android.ttl"]), Rejected),
            (error_reply(400, BAD, "Invalid value", BAD, ["message.token", "message.data"]), Rejected),
            (error_reply(400, BAD, "Invalid JSON payload received", None, [""]), Rejected),
            (error_reply(400, BAD, "Android message is too big", BAD), Rejected),
            (error_reply(400, BAD, "Request contains an invalid argument."), Rejected),
            (error_reply(400, BAD, "Request contains an invalid argument.", BAD), Rejected),
            (error_reply(400, BAD, "Request contains an invalid argument.", BAD, ["message.token"]), Unreachable),
            (error_reply(400, BAD, "Invalid registration token", BAD), Unreachable),
            (error_reply(400, BAD, NO_TOKEN), Rejected),
            (OTHER_SENDER, GatewayDown),
            (error_reply(403, "PERMISSION_DENIED", "FCM API has not been used in project"), GatewayDown),
            (error_reply(404, "NOT_FOUND", "Requested entity was not found.", "UNREGISTERED"), Unreachable),
            (error_reply(404, "NOT_FOUND", "Requested entity was not found."), GatewayDown),
            (error_reply(409, "ABORTED", "Something undocumented"), Rejected),
            (error_reply(429, "RESOURCE_EXHAUSTED", "Quota exceeded", "QUOTA_EXCEEDED"), Throttled),
            (error_reply(429, "RESOURCE_EXHAUSTED", "Quota exceeded"), Throttled),
            (QUOTA_OF_DEVICE, Deferred),
            (error_reply(500, "INTERNAL", "Internal error encountered.", "INTERNAL"), Deferred),
            (error_reply(503, "UNAVAILABLE", "The service is currently unavailable.", "UNAVAILABLE"), Deferred),
            (error_reply(502, "UNKNOWN", "Bad gateway"), Unknown),
            (Reply(503, b"<html>Sorry</html>", {"Content-Type": "text/html"}), Deferred),
            (Reply(504, b"<html>Sorry</html>", {"Content-Type": "text/html"}), Unknown),
            (Reply(404, b"<html>Not found</html>", {"Content-Type": "text/html"}), GatewayDown),
            (Reply(302, b"", {"Location": "/elsewhere"}), GatewayDown),
            (json_reply(400, {"error": "invalid"}), Rejected),
            (json_reply(500, {"error": ["a", "b"]}), Deferred),
            (Reply(403, b"\xff\xfe\xff"), GatewayDown),
            (Reply(400, b"[" * 100_000), Rejected),
            (Reply(200, b"{", {"Content-Type": "application/json"}), Unknown),
            (Reply(200, b""), Unknown),
            (json_reply(200, []), Unknown),
            (json_reply(200, {"id": 1}), Unknown),
            (json_reply(200, {"name": None}), Unknown),
        ],
    )
    def test_becomes_its_outcome_through_the_sdk_after_one_request(
        self, reply: Reply, expected: type[Outcome], sender: FcmSender, provider: FcmServer, patience: Deadline
    ) -> None:
        provider.always(reply)

        outcome = outcome_of(sender, patience)

        assert type(outcome) is expected
        assert len(provider.messages) == 1

    @pytest.mark.parametrize(
        "reply",
        [
            error_reply(429, "RESOURCE_EXHAUSTED", "Quota exceeded", "QUOTA_EXCEEDED", Retry_After="7"),
            error_reply(500, "INTERNAL", "Internal error encountered.", "INTERNAL", Retry_After="7"),
            error_reply(503, "UNAVAILABLE", "Currently unavailable.", "UNAVAILABLE", Retry_After="7"),
            json_reply(503, {"error": "no object"}, Retry_After="7"),
        ],
    )
    def test_keeps_the_time_to_wait_and_does_not_wait_itself(
        self, reply: Reply, sender: FcmSender, provider: FcmServer, clock: Clock, patience: Deadline
    ) -> None:
        provider.always(reply)
        begun = clock.elapsed_s()

        outcome = outcome_of(sender, patience)

        assert isinstance(outcome, Throttled | Deferred)
        assert outcome.retry_after == timedelta(seconds=7)
        assert clock.elapsed_s() - begun < 5
        assert len(provider.messages) == 1

    def test_without_a_time_to_wait_throttles_for_a_minute(
        self, sender: FcmSender, provider: FcmServer, patience: Deadline
    ) -> None:
        provider.always(error_reply(429, "RESOURCE_EXHAUSTED", "Quota exceeded", "QUOTA_EXCEEDED"))

        outcome = outcome_of(sender, patience)

        assert isinstance(outcome, Throttled)
        assert outcome.retry_after == timedelta(minutes=1)

    @pytest.mark.parametrize(
        ("reply", "expected"),
        [
            (error_reply(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."), GatewayDown),
            (NO_APNS, Deferred),
        ],
    )
    def test_of_401_is_asked_for_once_more_with_a_new_access_token(
        self, reply: Reply, expected: type[Outcome], sender: FcmSender, provider: FcmServer, patience: Deadline
    ) -> None:
        provider.always(reply)

        outcome = outcome_of(sender, patience)

        assert type(outcome) is expected
        assert len(provider.messages) == 2
        assert len(provider.token_requests) == 2

    @pytest.mark.parametrize("reply", [NO_APNS, QUOTA_OF_DEVICE])
    def test_about_one_device_or_platform_holds_up_no_other(
        self, reply: Reply, sender: FcmSender, provider: FcmServer, patience: Deadline
    ) -> None:
        messages = outbounds(Channel.PUSH, 3)
        provider.reply_to(messages[1].address, reply)

        outcomes = sender.send(messages, patience)

        assert [type(outcome) for outcome in outcomes] == [Accepted, Deferred, Accepted]
        assert isinstance(outcomes[1], Deferred)
        assert outcomes[1].retry_after is not None
        assert outcomes[1].retry_after >= timedelta(minutes=1)

    def test_of_another_sender_forgets_no_device_before_the_credentials_worked(
        self, sender: FcmSender, provider: FcmServer, patience: Deadline
    ) -> None:
        messages = outbounds(Channel.PUSH, 2)
        provider.reply_to(messages[0].address, OTHER_SENDER)

        early, started = sender.send(messages, patience)
        (taken,) = sender.send(messages[1:], patience)
        (late,) = sender.send(messages[:1], patience)

        assert isinstance(early, GatewayDown)
        assert early.cause is Cause.CONFIGURATION
        assert "check credentials and project_id" in early.reason
        assert "the credentials are of another project than the app, or this one token is" in early.reason
        assert isinstance(started, NotStarted)
        assert isinstance(taken, Accepted)
        assert isinstance(late, Unreachable)
        assert "SENDER_ID_MISMATCH" in late.reason

    def test_of_another_sender_forgets_no_device_because_the_check_went_well(
        self, sender: FcmSender, provider: FcmServer, patience: Deadline
    ) -> None:
        assert sender.check(patience) == Accepted()
        provider.always(OTHER_SENDER)

        assert isinstance(outcome_of(sender, patience), GatewayDown)

    @pytest.mark.parametrize("address", ["device-token-1", "fid:installation-1"])
    def test_that_repeats_the_address_is_kept_without_it(
        self, address: str, sender: FcmSender, provider: FcmServer, patience: Deadline
    ) -> None:
        value = address.removeprefix("fid:")
        provider.refuse(value)

        (outcome,) = sender.send([evolve(MESSAGE, address=address)], patience)

        assert isinstance(outcome, Unreachable)
        assert "UNREGISTERED" in outcome.reason
        assert value not in outcome.reason


class TestTrouble:
    @pytest.mark.parametrize(
        ("answer", "cause"),
        [
            (Trouble.RESET, Cause.TRANSIENT),
            (Trouble.HANG, Cause.TRANSIENT),
            (Trouble.DRIP, Cause.TRANSIENT),
            (Trouble.NOT_HTTP, Cause.TRANSIENT),
            (json_reply(503, {"error": "unavailable"}), Cause.TRANSIENT),
            (json_reply(429, {"error": "slow_down"}), Cause.TRANSIENT),
            (json_reply(400, {"error": "server_error"}), Cause.TRANSIENT),
            (json_reply(400, {"error": "temporarily_unavailable"}), Cause.TRANSIENT),
            (json_reply(403, {"error": "x", "error_description": "internal_failure"}), Cause.TRANSIENT),
            (json_reply(400, {"error": ["server_error"]}), Cause.CONFIGURATION),
            (json_reply(400, "server_error"), Cause.CONFIGURATION),
            (Reply(400, b"[" * 100_000), Cause.TRANSIENT),
            (Reply(400, b"\xff"), Cause.TRANSIENT),
            (json_reply(200, []), Cause.TRANSIENT),
            (Reply(200, b"<html>"), Cause.TRANSIENT),
            (json_reply(200, {"access_token": "t", "expires_in": "soon"}), Cause.TRANSIENT),
            (json_reply(200, {"access_token": "t", "expires_in": 10**30}), Cause.TRANSIENT),
            (json_reply(400, {"error": "invalid_grant", "error_description": "revoked"}), Cause.CONFIGURATION),
            (json_reply(401, {"error": "invalid_client"}), Cause.CONFIGURATION),
        ],
    )
    def test_at_the_token_endpoint_means_that_nothing_was_sent(
        self,
        answer: Reply | Trouble,
        cause: Cause,
        sender: FcmSender,
        provider: FcmServer,
        clock: Clock,
        patience: Deadline,
    ) -> None:
        provider.token_answer = answer
        begun = clock.elapsed_s()

        outcome = outcome_of(sender, patience)

        assert isinstance(outcome, GatewayDown)
        assert outcome.cause is cause
        assert outcome.reason.startswith("no access token")
        assert clock.elapsed_s() - begun < TIMEOUT_S + 0.8
        assert provider.messages == []
        assert len(provider.token_requests) == 1

    def test_at_the_token_endpoint_is_not_taken_for_what_fcm_said_before(
        self, sender: FcmSender, provider: FcmServer, patience: Deadline
    ) -> None:
        provider.always(json_reply(200, {"name": f"projects/{PROJECT}/messages/1"}))
        provider.token_answer = json_reply(200, {"access_token": "short-lived", "expires_in": 1})
        assert isinstance(outcome_of(sender, patience), Accepted)
        provider.token_answer = Reply(200, b"<html>")

        outcome = outcome_of(sender, patience)

        assert isinstance(outcome, GatewayDown)
        assert outcome.reason.startswith("no access token")
        assert len(provider.messages) == 1


LATE = "no answer within the timeout"


class JumpingClock(SystemClock):
    """A clock that is *by_s* seconds later once something happened."""

    def __init__(self, by_s: float) -> None:
        self._by_s = by_s
        self.has_jumped: Callable[[], bool] = lambda: False

    def elapsed_s(self) -> float:
        return super().elapsed_s() + (self._by_s if self.has_jumped() else 0.0)


class TestOneMessage:
    """It may take several requests: for a token, to send it, and both again after a 401."""

    @pytest.mark.parametrize(
        ("delay_s", "expected", "requests"),
        [
            pytest.param(1.4, Unknown(LATE), 2, id="ends while it is sent"),
            pytest.param(0.8, GatewayDown(f"no access token: {LATE}"), 3, id="ends while a new token is asked for"),
            pytest.param(0.55, Unknown(LATE), 4, id="ends while it is sent again"),
        ],
    )
    def test_has_one_timeout_for_all_of_its_requests(
        self,
        delay_s: float,
        expected: Outcome,
        requests: int,
        settings: FcmSettings,
        provider: FcmServer,
        clock: Clock,
        patience: Deadline,
    ) -> None:
        provider.always(error_reply(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."))
        provider.delay_s = delay_s
        with closing(FcmSender(evolve(settings, timeout_s=2.0), clock)) as sender:
            begun = clock.elapsed_s()
            outcome = outcome_of(sender, patience)
            took_s = clock.elapsed_s() - begun

        assert outcome == expected
        assert len(provider.requests) == requests
        assert took_s < 2.0 + 0.5

    def test_is_not_sent_when_its_token_took_all_the_time(
        self, settings: FcmSettings, provider: FcmServer, patience: Deadline
    ) -> None:
        clock = JumpingClock(TIMEOUT_S)
        with closing(FcmSender(settings, clock)) as sender:
            credential = sender._connection.app.credential.get_credential()
            clock.has_jumped = lambda: credential.token is not None
            outcome = outcome_of(sender, patience)

        assert outcome == GatewayDown("not sent: the requests before it took all of its time")
        assert [request.path for request in provider.requests] == ["/token"]

    def test_after_a_slow_one_has_its_own_timeout(
        self, sender: FcmSender, provider: FcmServer, patience: Deadline
    ) -> None:
        provider.delay_s = TIMEOUT_S
        assert isinstance(outcome_of(sender, patience), GatewayDown)
        provider.delay_s = 0.0

        assert isinstance(outcome_of(sender, patience), Accepted)


class TestWithAnAccessTokenInHand:
    """FCM fails where Google's token endpoint does not: what happens is of the message alone."""

    @pytest.fixture
    def fcm(self) -> Iterator[FcmServer]:
        server = FcmServer()
        yield server
        server.close()

    @pytest.fixture
    def sender(self, settings: FcmSettings, fcm: FcmServer, clock: Clock) -> Iterator[FcmSender]:
        sender = FcmSender(evolve(settings, base_url=fcm.url), clock)
        yield sender
        sender.close()

    def test_a_refused_connection_sends_nothing(self, sender: FcmSender, fcm: FcmServer, patience: Deadline) -> None:
        fcm.behave(Behaviour.REFUSES_CONNECTIONS)

        outcome = outcome_of(sender, patience)

        assert isinstance(outcome, GatewayDown)
        assert outcome.cause is Cause.TRANSIENT
        assert "refused" in outcome.reason
        assert "access token" not in outcome.reason

    def test_a_reset_before_the_request_was_read_is_not_taken_for_a_refusal(
        self, sender: FcmSender, fcm: FcmServer, patience: Deadline
    ) -> None:
        fcm.behave(Behaviour.RESETS_BEFORE_READING)

        outcome = outcome_of(sender, patience)

        assert isinstance(outcome, Unknown | GatewayDown)  # the reset may come before the connection stands
        assert fcm.connections() == 1


class TestWithoutAnAccessToken:
    @pytest.fixture
    def elsewhere(self, tmp_path: Path) -> Iterator[FcmServer]:
        """A second server, whose certificate nobody vouches for."""
        with closing(FcmServer(CertificateAuthority(tmp_path).server_context())) as server:
            yield server

    def test_as_its_endpoint_refuses_connections_nothing_is_sent(
        self, settings: FcmSettings, provider: FcmServer, clock: Clock, patience: Deadline, tmp_path: Path
    ) -> None:
        with closing(FcmServer()) as endpoint:
            key = endpoint.write_credentials(tmp_path)
            endpoint.behave(Behaviour.REFUSES_CONNECTIONS)
            sender = FcmSender(evolve(settings, credentials=key, base_url=provider.url), clock)

            outcome = outcome_of(sender, patience)
            sender.close()

        assert isinstance(outcome, GatewayDown)
        assert outcome.cause is Cause.TRANSIENT
        assert outcome.reason.startswith("no access token: could not connect")
        assert provider.connections() == 0

    def test_as_nobody_vouches_for_its_endpoint_nothing_is_sent(
        self,
        settings: FcmSettings,
        provider: FcmServer,
        elsewhere: FcmServer,
        clock: Clock,
        patience: Deadline,
        tmp_path: Path,
    ) -> None:
        sender = FcmSender(evolve(settings, credentials=elsewhere.write_credentials(tmp_path)), clock)

        outcome = outcome_of(sender, patience)
        sender.close()

        assert isinstance(outcome, GatewayDown)
        assert outcome.cause is Cause.CONFIGURATION
        assert "certificate verify failed" in outcome.reason
        assert provider.connections() == 0
        assert elsewhere.requests == []


class TestTheCheck:
    def test_gets_a_token_and_has_a_message_validated_that_is_not_sent(
        self, sender: FcmSender, provider: FcmServer, patience: Deadline
    ) -> None:
        assert sender.check(patience) == Accepted()

        assert [request.path for request in provider.requests] == ["/token", SEND_PATH]
        assert provider.requests[1].json["validate_only"] is True
        assert provider.accepted() == []

    @pytest.mark.parametrize(
        ("reply", "remedy"),
        [
            (error_reply(403, "PERMISSION_DENIED", "FCM API has not been used in project"), "enable the Firebase"),
            (error_reply(404, "NOT_FOUND", "Requested entity was not found."), "check project_id"),
            (error_reply(503, "UNAVAILABLE", "The service is currently unavailable."), "overloaded"),
        ],
    )
    def test_says_what_is_wrong_and_what_to_do(
        self, reply: Reply, remedy: str, sender: FcmSender, provider: FcmServer, patience: Deadline
    ) -> None:
        provider.always(reply)

        outcome = sender.check(patience)

        assert isinstance(outcome, GatewayDown)
        assert remedy in outcome.reason

    def test_says_that_the_project_is_another_one(
        self, settings: FcmSettings, clock: Clock, patience: Deadline
    ) -> None:
        sender = FcmSender(evolve(settings, project_id="not-ours"), clock)

        outcome = sender.check(patience)
        sender.close()

        assert isinstance(outcome, GatewayDown)
        assert outcome.cause is Cause.CONFIGURATION

    def test_says_that_the_key_was_revoked(self, sender: FcmSender, provider: FcmServer, patience: Deadline) -> None:
        provider.token_answer = json_reply(400, {"error": "invalid_grant", "error_description": "Invalid JWT"})

        outcome = sender.check(patience)

        assert isinstance(outcome, GatewayDown)
        assert outcome.cause is Cause.CONFIGURATION
        assert "check credentials" in outcome.reason

    def test_is_content_with_any_judgement_of_the_message(
        self, sender: FcmSender, provider: FcmServer, patience: Deadline
    ) -> None:
        provider.always(error_reply(400, BAD, NO_TOKEN, BAD))

        assert sender.check(patience) == Accepted()


class TestTheStart:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("{", "is not JSON"),
            ("", "is not JSON"),
            ("[" * 100_000, "is not JSON"),
            ("[]", "is not the key of a service account"),
            (json.dumps({"type": "authorized_user"}), "is not the key of a service account"),
            (json.dumps({"type": "service_account", "project_id": "p"}), "lacks private_key, client_email, token_uri"),
        ],
    )
    def test_refuses_a_file_that_is_no_key(self, text: str, said: str, tmp_path: Path, clock: Clock) -> None:
        path = tmp_path / "key.json"
        path.write_text(text)

        with pytest.raises(Misconfigured, match=said):
            FcmSender(FcmSettings(credentials=path), clock)

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"project_id": 7}, "lacks project_id"),
            ({"private_key": " ", "client_email": None}, "lacks private_key, client_email"),
            ({"token_uri": "oauth2.googleapis.com/token"}, "token_uri in .* is not an address"),
        ],
    )
    def test_refuses_a_key_with_something_else_in_its_fields(
        self, changed: dict[str, object], said: str, settings: FcmSettings, clock: Clock
    ) -> None:
        key = json.loads(settings.credentials.read_text())
        settings.credentials.write_text(json.dumps({**key, **changed}))

        with pytest.raises(Misconfigured, match=f"{said}.*; download a key under Project settings"):
            FcmSender(settings, clock)

    def test_refuses_a_folder_and_a_file_that_is_no_text(self, tmp_path: Path, clock: Clock) -> None:
        (tmp_path / "key.json").write_bytes(b"\xff\xfe{}")

        with pytest.raises(Misconfigured, match="cannot read"):
            FcmSender(FcmSettings(credentials=tmp_path), clock)
        with pytest.raises(Misconfigured, match="is not JSON"):
            FcmSender(FcmSettings(credentials=tmp_path / "key.json"), clock)

    def test_refuses_a_key_that_cannot_be_read_without_repeating_it(
        self, settings: FcmSettings, tmp_path: Path, clock: Clock
    ) -> None:
        key = json.loads(settings.credentials.read_text())
        path = tmp_path / "broken.json"
        path.write_text(json.dumps({**key, "private_key": key["private_key"][:100] + "-secret-rest"}))

        with pytest.raises(Misconfigured, match="private_key cannot be read") as caught:
            FcmSender(FcmSettings(credentials=path), clock)

        assert "secret-rest" not in str(caught.value)

    def test_refuses_a_file_that_is_not_there(self, tmp_path: Path, clock: Clock) -> None:
        with pytest.raises(Misconfigured, match="cannot read"):
            FcmSender(FcmSettings(credentials=tmp_path / "none.json"), clock)

    def test_names_every_wrong_setting_at_once(self, tmp_path: Path, clock: Clock) -> None:
        wrong = FcmSettings(credentials=tmp_path / "none.json", base_url="fcm", connections=0, timeout_s=0)

        with pytest.raises(Misconfigured) as caught:
            FcmSender(wrong, clock)

        assert [problem.partition(":")[0] for problem in caught.value.problems] == [
            "base_url",
            "connections",
            "timeout",
        ]

    def test_refuses_an_sdk_that_is_built_differently(self) -> None:
        assert "install firebase-admin" in strangeness(object())[0]

    def test_of_two_senders_gives_each_its_own_app(
        self, sender: FcmSender, settings: FcmSettings, clock: Clock, patience: Deadline
    ) -> None:
        second = FcmSender(settings, clock)
        second.close()

        assert isinstance(outcome_of(sender, patience), Accepted)


class TestTheEnd:
    def test_leaves_no_app_and_no_thread(self, settings: FcmSettings, clock: Clock, patience: Deadline) -> None:
        apps, threads = dict(firebase_admin._apps), set(threading.enumerate())
        sender = FcmSender(settings, clock)
        outcome_of(sender, patience)

        sender.close()

        assert firebase_admin._apps == apps
        left = [thread.name for thread in threading.enumerate() if thread not in threads]
        assert not [name for name in left if "_serve" not in name], "but for those of the server"

    def test_may_come_within_an_event_loop(self, settings: FcmSettings, clock: Clock) -> None:
        sender = FcmSender(settings, clock)

        async def shut_down() -> None:
            sender.close()

        asyncio.run(shut_down())

        with pytest.raises(ValueError, match="not"):
            firebase_admin.get_app(sender._connection.app.name)
