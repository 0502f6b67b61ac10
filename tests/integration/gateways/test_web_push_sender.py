"""The web-push gateway against a push service on the loopback that checks who sends."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import ClassVar

import jwt
import pytest
from attrs import evolve

from adapters.gateways.web_push_message import PAYLOAD_MAX_BYTES
from adapters.gateways.web_push_sender import UNLISTED, WebPushSender, WebPushSettings
from adapters.gateways.web_push_vapid import VapidKey
from adapters.system_clock import SystemClock
from application.ports.clock import Clock, Deadline
from application.ports.sender import OutboundMessage
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
    Unreachable,
    reason_of,
)
from domain.recipient import WebPushSubscription
from entrypoints.testing.sender_contract import Behaviour, outbound
from tests.contracts.http_sender import HTTP_TROUBLES, HttpSenderContract
from tests.servers.http_loopback import Reply
from tests.servers.web_push_server import Browser, WebPushServer, claims_of, token_of

TIMEOUT_S = 1.0
CONTACT = "mailto:ops@example.com"
KEY = VapidKey.generate()
MESSAGE = outbound(Channel.WEB_PUSH, 1)
MOZILLA = "push.services.mozilla.com"


@pytest.fixture
def clock() -> Clock:
    return SystemClock()


@pytest.fixture
def patience(clock: Clock) -> Deadline:
    return Deadline.after(30, clock)


@pytest.fixture
def provider() -> Iterator[WebPushServer]:
    server = WebPushServer()
    yield server
    server.close()


@pytest.fixture
def settings(provider: WebPushServer) -> WebPushSettings:
    return WebPushSettings(
        private_key=KEY.pem, contact=CONTACT, base_url=provider.url, connections=4, timeout_s=TIMEOUT_S
    )


@pytest.fixture
def sender(settings: WebPushSettings, clock: Clock) -> Iterator[WebPushSender]:
    sender = WebPushSender(settings, clock)
    yield sender
    sender.close()


def at(endpoint: str, message: OutboundMessage = MESSAGE) -> OutboundMessage:
    assert message.subscription is not None
    return evolve(message, address=endpoint, subscription=evolve(message.subscription, endpoint=endpoint))


def outcome_of(sender: WebPushSender, patience: Deadline, message: OutboundMessage = MESSAGE) -> Outcome:
    (outcome,) = sender.send([message], patience)
    return outcome


class TestWebPushSender(HttpSenderContract):
    channel = Channel.WEB_PUSH
    timeout_s = TIMEOUT_S
    server = WebPushServer
    made = WebPushSender
    broken_off = Accepted  # the status says it all
    troubles: ClassVar[Mapping[Behaviour, tuple[type[Outcome], ...]]] = {
        **HTTP_TROUBLES,
        Behaviour.FAILS: (Deferred,),
    }


class TestARequest:
    def test_carries_what_only_the_browser_can_read(
        self, sender: WebPushSender, provider: WebPushServer, patience: Deadline
    ) -> None:
        content = Content(subject="Your parcel", body="It is on its way. 📦", data={"parcel": "7"})

        outcome = outcome_of(sender, patience, evolve(MESSAGE, content=content))

        (request,) = provider.messages
        assert outcome == Accepted("https://updates.push.services.mozilla.com/m/1")
        assert b"parcel" not in request.body
        assert Browser.at(MESSAGE.address).read(request.body) == {
            "title": "Your parcel",
            "body": "It is on its way. 📦",
            "data": {"parcel": "7"},
            "tag": MESSAGE.reference,
            "id": MESSAGE.reference,
        }

    def test_leaves_out_what_was_not_given(
        self, sender: WebPushSender, provider: WebPushServer, patience: Deadline
    ) -> None:
        outcome_of(sender, patience, evolve(MESSAGE, content=Content(body="Hello")))

        shown = Browser.at(MESSAGE.address).read(provider.messages[0].body)
        assert shown.keys() == {"body", "tag", "id"}

    def test_is_encrypted_with_another_key_each_time(
        self, sender: WebPushSender, provider: WebPushServer, patience: Deadline
    ) -> None:
        sender.send([MESSAGE, MESSAGE], patience)

        first, second = (request.body for request in provider.messages)
        assert first[:16] != second[:16]  # the salt
        assert first[21:86] != second[21:86]  # the sender's key

    def test_says_who_sends_for_whom_and_for_how_long(
        self, sender: WebPushSender, provider: WebPushServer, clock: Clock, patience: Deadline
    ) -> None:
        outcome_of(sender, patience)

        (request,) = provider.messages
        claims = claims_of(request)
        assert (claims["aud"], claims["sub"]) == ("https://updates.push.services.mozilla.com", CONTACT)
        assert timedelta(hours=1) < timedelta(seconds=claims["exp"] - clock.now().timestamp()) <= timedelta(hours=24)
        assert token_of(request)[1] == KEY.public == sender.public_key

    def test_has_a_token_of_its_own_for_each_origin(
        self, sender: WebPushSender, provider: WebPushServer, patience: Deadline
    ) -> None:
        hosts = ["fcm.googleapis.com", "web.push.apple.com", "wns2-par02p.notify.windows.com"]
        messages = [at(f"https://{host}/{number}") for number in range(2) for host in hosts]

        assert [type(one) for one in sender.send(messages, patience)] == [Accepted] * 6

        tokens = {request.headers["host"]: token_of(request)[0] for request in provider.messages}
        audiences = [jwt.decode(tokens[host], options={"verify_signature": False})["aud"] for host in hosts]
        assert audiences == [f"https://{host}" for host in hosts]
        assert len({token_of(request)[0] for request in provider.messages}) == 3, "each is used again"

    @pytest.mark.parametrize(
        ("type_", "urgency"),
        [
            (NotificationType.TRANSACTIONAL, "high"),
            (NotificationType.INFORMATIONAL, "normal"),
            (NotificationType.PROMOTIONAL, "low"),
        ],
    )
    def test_is_as_urgent_as_its_type(
        self, type_: NotificationType, urgency: str, sender: WebPushSender, provider: WebPushServer, patience: Deadline
    ) -> None:
        outcome_of(sender, patience, evolve(MESSAGE, type=type_))
        assert provider.messages[0].headers["urgency"] == urgency

    @pytest.mark.parametrize(
        ("left", "least", "most"),
        [
            (timedelta(hours=1), 3590, 3600),
            (timedelta(seconds=-5), 0, 0),
            (timedelta(days=400), 4 * 7 * 86_400, 4 * 7 * 86_400),
        ],
    )
    def test_is_kept_until_it_expires_but_no_longer_than_four_weeks(
        self,
        left: timedelta,
        least: int,
        most: int,
        sender: WebPushSender,
        provider: WebPushServer,
        clock: Clock,
        patience: Deadline,
    ) -> None:
        outcome_of(sender, patience, evolve(MESSAGE, expires_at=clock.now() + left))
        assert least <= int(provider.messages[0].headers["ttl"]) <= most

    def test_sent_again_takes_the_place_of_the_first(
        self, sender: WebPushSender, provider: WebPushServer, patience: Deadline
    ) -> None:
        other = outbound(Channel.WEB_PUSH, 2)
        sender.send([MESSAGE, evolve(MESSAGE, fence=2), other], patience)

        topics = [request.headers["topic"] for request in provider.messages]
        assert topics[0] == topics[1] != topics[2]
        assert all(len(topic) <= 32 and set(topic) <= _BASE64URL for topic in topics)


_BASE64URL = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


class TestTheSize:
    def fitting(self, octets: int) -> OutboundMessage:
        bare = len('{"body":"","tag":"","id":""}') + 2 * len(MESSAGE.reference)
        return evolve(MESSAGE, content=Content(body="x" * (octets - bare)))

    def test_of_the_largest_message_fills_what_push_services_take(
        self, sender: WebPushSender, provider: WebPushServer, patience: Deadline
    ) -> None:
        assert isinstance(outcome_of(sender, patience, self.fitting(PAYLOAD_MAX_BYTES)), Accepted)
        assert len(provider.messages[0].body) == 4096

    def test_of_a_larger_one_is_refused_before_it_is_sent(
        self, sender: WebPushSender, provider: WebPushServer, patience: Deadline
    ) -> None:
        outcome = outcome_of(sender, patience, self.fitting(PAYLOAD_MAX_BYTES + 1))
        assert outcome == Rejected("the message takes 3994 bytes and a web push at most 3993; shorten it")
        assert provider.connections() == 0


class TestAnAnswer:
    @pytest.mark.parametrize("status", [200, 201, 202])
    def test_that_it_was_taken(
        self, status: int, sender: WebPushSender, provider: WebPushServer, patience: Deadline
    ) -> None:
        provider.always(Reply(status, b"", {"Location": "/m/7"}))
        assert outcome_of(sender, patience) == Accepted("/m/7")

    def test_that_it_was_taken_without_a_name(
        self, sender: WebPushSender, provider: WebPushServer, patience: Deadline
    ) -> None:
        provider.always(Reply(201))
        assert outcome_of(sender, patience) == Accepted(None)

    @pytest.mark.parametrize(
        ("answer", "expected"),
        [
            (Reply(400, b"bad"), Rejected(f"the request was invalid ({MOZILLA} HTTP 400: bad)")),
            (
                Reply(404),
                Unreachable(f"the subscription does not exist ({MOZILLA} HTTP 404)"),
            ),
            (Reply(410), Unreachable(f"the subscription is gone ({MOZILLA} HTTP 410)")),
            (Reply(413), Rejected(f"the payload is too large; shorten it ({MOZILLA} HTTP 413)")),
            (Reply(418), Rejected(f"refused ({MOZILLA} HTTP 418)")),
            (Reply(406), Rejected(f"refused ({MOZILLA} HTTP 406)")),
            (Reply(429), Throttled(f"too many requests ({MOZILLA} HTTP 429)")),
            (
                Reply(429, b"", {"Retry-After": "30"}),
                Throttled(f"too many requests ({MOZILLA} HTTP 429)", timedelta(seconds=30)),
            ),
            (
                Reply(500, b"", {"Retry-After": "30"}),
                Deferred(f"the push service failed ({MOZILLA} HTTP 500)", timedelta(seconds=30)),
            ),
            (Reply(503), Deferred(f"the push service failed ({MOZILLA} HTTP 503)")),
            (Reply(599), Deferred(f"the push service failed ({MOZILLA} HTTP 599)")),
        ],
    )
    def test_is_the_outcome_that_the_table_says(
        self, answer: Reply, expected: Outcome, sender: WebPushSender, provider: WebPushServer, patience: Deadline
    ) -> None:
        provider.always(answer)
        assert outcome_of(sender, patience) == expected

    @pytest.mark.parametrize(
        "answer",
        [
            Reply(401, b'{"errno": 109, "message": "Request did not validate Invalid Authorization Header"}'),
            Reply(403, b"invalid JWT provided"),
            Reply(400, b"<HTML><TITLE>UnauthorizedRegistration</TITLE>"),
            Reply(400, b'{"reason":"BadJwtToken"}'),
        ],
    )
    def test_that_the_key_is_wrong_stops_this_service_alone(
        self, answer: Reply, sender: WebPushSender, provider: WebPushServer, patience: Deadline
    ) -> None:
        provider.reply_to(MESSAGE.address, answer)

        down, rest = sender.send([MESSAGE, outbound(Channel.WEB_PUSH, 2)], patience)

        assert isinstance(down, GatewayDown)
        assert down.cause is Cause.CONFIGURATION
        assert down.reason.startswith("the VAPID token was refused; check private_key and contact")
        assert isinstance(rest, NotStarted)
        assert isinstance(outcome_of(sender, patience, at("https://fcm.googleapis.com/fcm/send/1")), Accepted)

    @pytest.mark.parametrize(
        "answer",
        [
            Reply(401, b'{"code":401,"errno":109,"message":"VAPID public key mismatch"}'),
            Reply(403, b"credentials do not correspond to the credentials used to create the subscriptions."),
            Reply(403, b"MismatchSenderId"),
            Reply(400, b'{"reason":"VapidPkHashMismatch"}'),
        ],
    )
    def test_that_a_subscription_has_another_key_blames_it_only_where_ours_is_known_to_work(
        self, answer: Reply, sender: WebPushSender, provider: WebPushServer, patience: Deadline
    ) -> None:
        provider.reply_to(MESSAGE.address, answer)

        perhaps_ours = outcome_of(sender, patience)
        assert isinstance(perhaps_ours, GatewayDown)
        assert perhaps_ours.cause is Cause.CONFIGURATION
        assert isinstance(outcome_of(sender, patience, outbound(Channel.WEB_PUSH, 2)), Accepted)

        assert isinstance(outcome_of(sender, patience), Unreachable)

    def test_406_of_windows_means_too_fast(
        self, sender: WebPushSender, provider: WebPushServer, patience: Deadline
    ) -> None:
        provider.always(Reply(406, b"", {"Retry-After": "5"}))
        outcome = outcome_of(sender, patience, at("https://wns2-par02p.notify.windows.com/w/?token=abc"))
        assert isinstance(outcome, Throttled)
        assert outcome.retry_after == timedelta(seconds=5)

    def test_repeats_no_endpoint(self, sender: WebPushSender, provider: WebPushServer, patience: Deadline) -> None:
        provider.always(Reply(400, f"no such thing: {MESSAGE.address}, that is /wpush/v2/person-1".encode()))

        reason = reason_of(outcome_of(sender, patience))

        assert reason is not None
        assert "person-1" not in reason

    def test_that_is_no_text_is_no_trouble(
        self, sender: WebPushSender, provider: WebPushServer, patience: Deadline
    ) -> None:
        provider.always(Reply(400, b"\xff\xfe\x00" * 100_000))
        assert isinstance(outcome_of(sender, patience), Rejected)


NO_PUSH_SERVICE = (
    "http://fcm.googleapis.com/fcm/send/1",
    "https://push.example.com/1",
    "https://fcm.googleapis.com.evil.example/1",
    "https://evilfcm.googleapis.com/1",
    "https://push.apple.com/1",
    "https://user@fcm.googleapis.com/1",
    "https://user:secret@fcm.googleapis.com/1",
    "https://@fcm.googleapis.com/1",
    "https://evil.example@fcm.googleapis.com/1",
    "https://fcm.googleapis.com@evil.example/1",
    "https://fcm.googleapis.com:8443/1",
    "https://fcm.googleapis.com:0/1",
    "https://fcm.googleapis.com:port/1",
    "https://127.0.0.1/1",
    "https://2130706433/1",
    "https://0x7f.1/1",
    "https://[::1]/1",
    "https://[::1",
    "https://169.254.169.254/latest/meta-data",
    "https://localhost/1",
    "https://fcm.googleapis.com./1",
    "https://a..push.apple.com/1",
    "https://.push.apple.com/1",
    "https://fcm.googleapis.com\\@evil.example/1",
    "https://evil.example\\.push.apple.com/1",
    "https://evil.example/.push.apple.com",
    "https://evil.example?.push.apple.com",
    "https://evil.example#.push.apple.com",
    "https://fcm.googleapis.com/1#part",
    "https://fcm.googleapis.com/1\r\nHost: evil.example",
    "https://fcm.googleapis.com/a b",
    "https:fcm.googleapis.com/1",
    "//fcm.googleapis.com/1",
    "ftp://fcm.googleapis.com/1",
    "file:///etc/passwd",
    "https://fcm.googleapis.com/" + "x" * 2048,
    "https://\uff46cm.googleapis.com/1",
    "",
)


class TestAnEndpointThatIsNoPushService:
    @pytest.mark.parametrize("endpoint", NO_PUSH_SERVICE)
    def test_is_never_spoken_to(
        self, endpoint: str, sender: WebPushSender, provider: WebPushServer, patience: Deadline
    ) -> None:
        outcome = outcome_of(sender, patience, at(endpoint))

        assert isinstance(outcome, Rejected)
        assert "nothing was sent" in outcome.reason
        assert provider.connections() == 0
        assert sender.scope_of(endpoint) == UNLISTED

    def test_does_not_stop_the_others(self, sender: WebPushSender, patience: Deadline) -> None:
        outcomes = sender.send([at("https://127.0.0.1/1"), MESSAGE], patience)
        assert [type(one) for one in outcomes] == [Rejected, Accepted]


class TestTheAllowList:
    @pytest.mark.parametrize(
        ("endpoint", "scope"),
        [
            ("https://fcm.googleapis.com/fcm/send/1", "fcm.googleapis.com"),
            ("https://fcm.googleapis.com:443/wp/1", "fcm.googleapis.com"),
            ("https://FCM.GoogleAPIs.com/wp/1", "fcm.googleapis.com"),
            ("https://updates.push.services.mozilla.com/wpush/v2/1", MOZILLA),
            ("https://web.push.apple.com/Q1", "push.apple.com"),
            ("https://api.web.push.apple.com/Q1", "push.apple.com"),
            ("https://wns2-par02p.notify.windows.com/w/?token=a%2fb", "notify.windows.com"),
        ],
    )
    def test_names_the_service_of_an_endpoint(
        self, endpoint: str, scope: str, sender: WebPushSender, provider: WebPushServer, patience: Deadline
    ) -> None:
        assert sender.scope_of(endpoint) == scope
        assert isinstance(outcome_of(sender, patience, at(endpoint)), Accepted)
        assert provider.messages[0].target in endpoint

    def test_grows_by_what_is_configured(
        self, settings: WebPushSettings, clock: Clock, provider: WebPushServer, patience: Deadline
    ) -> None:
        sender = WebPushSender(evolve(settings, hosts=("push.example.com", "*.example.net")), clock)

        assert isinstance(outcome_of(sender, patience, at("https://push.example.com/1")), Accepted)
        assert isinstance(outcome_of(sender, patience, at("https://a.example.net/1")), Accepted)
        assert isinstance(outcome_of(sender, patience, at("https://example.net/1")), Rejected)
        sender.close()


def test_keys_that_are_none_make_an_address_unreachable(sender: WebPushSender, patience: Deadline) -> None:
    broken = WebPushSubscription(endpoint=MESSAGE.address, p256dh="BAAA", auth="BTBZMqHH6r4Tts7J_aSIgg")
    assert isinstance(outcome_of(sender, patience, evolve(MESSAGE, subscription=broken)), Unreachable)


def test_no_proxy_of_the_environment_is_used(
    settings: WebPushSettings, clock: Clock, patience: Deadline, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    sender = WebPushSender(settings, clock)
    assert isinstance(outcome_of(sender, patience), Accepted)
    sender.close()


class TestTheCheck:
    def test_posts_nothing(self, sender: WebPushSender, provider: WebPushServer, patience: Deadline) -> None:
        assert sender.check(patience) == Accepted()
        (request,) = provider.others
        assert (request.method, request.headers["host"]) == ("GET", "fcm.googleapis.com")
        assert provider.messages == []


class TestSettings:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"private_key": "secret-nonsense"}, "private_key: is no VAPID key in PEM; make one with: tocsin gateways"),
            ({"private_key": ""}, "private_key: is no VAPID key in PEM"),
            ({"private_key": KEY.pem[:80]}, "private_key: is no VAPID key in PEM"),
            ({"private_key": KEY.pem.replace("PRIVATE", "PUBLIC")}, "private_key: is no VAPID key in PEM"),
            ({"contact": "ops@example.com"}, "contact: is not what push services take"),
            ({"hosts": ("127.0.0.1",)}, "hosts: '127.0.0.1' is not the name of a host"),
            ({"hosts": ("*",)}, "hosts: '*' is not the name of a host"),
            ({"hosts": ("https://x.example",)}, "hosts: 'https://x.example' is not the name of a host"),
            ({"base_url": "ftp://x"}, "base_url: is not an address"),
            ({"connections": 0}, "connections: must be 1 or more"),
            ({"timeout_s": 0}, "timeout: must be longer than zero"),
        ],
    )
    def test_that_cannot_work_are_said_without_the_key(
        self, changes: dict[str, object], said: str, settings: WebPushSettings, clock: Clock
    ) -> None:
        with pytest.raises(Misconfigured) as caught:
            WebPushSender(evolve(settings, **changes), clock)  # type: ignore[arg-type]  # each of its own type
        (problem,) = caught.value.problems
        assert problem.startswith(said)
        assert "secret-nonsense" not in problem

    def test_show_no_key(self, settings: WebPushSettings) -> None:
        assert "PRIVATE" not in repr(settings)
        assert "private" not in repr(KEY)
