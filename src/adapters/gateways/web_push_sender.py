"""Web push to the browsers' push services (RFC 8030), without any service between."""

from collections.abc import Sequence
from urllib.parse import urlsplit

import httpx2
from attrs import field, frozen

from adapters.gateways.bounded_transport import AnswerLost, BoundedTransport, NotSent, failure
from adapters.gateways.in_turn import in_turn
from adapters.gateways.reason import redact
from adapters.gateways.retry_after import retry_after
from adapters.gateways.verdict import as_check
from adapters.gateways.web_push_codes import TAKEN, row_of
from adapters.gateways.web_push_message import encrypted, headers_of, payload_of, problem_of
from adapters.gateways.web_push_vapid import VapidKey, VapidTokens
from application.ports.clock import Clock, Deadline
from application.ports.sender import OutboundMessage
from domain.errors import Misconfigured
from domain.outcome import Accepted, GatewayDown, Outcome, Rejected, Unreachable
from domain.web_push import PUSH_HOSTS, is_host_pattern, origin_of, push_service

BATCH_SIZE = 20
"""A push service takes one message a request; a call of this size is over well within a lease."""

UNLISTED = "unlisted"
"""The scope of endpoints that belong to no push service; nothing is ever sent there."""

_FAILED = 500
_SAID_MAX = 2000  # characters of an answer that are looked at
_NOT_LISTED = (
    "the endpoint is not an https URL at a push service; "
    "name its host under hosts of the gateway if it is one, and nothing was sent"
)


@frozen(kw_only=True)
class WebPushSettings:
    """What the gateway needs to know.

    ``private_key`` is the VAPID key, PEM or base64url; ``contact`` where push services find who sends, ``mailto:`` or
    ``https:``. ``hosts`` are push services beside :data:`domain.web_push.PUSH_HOSTS`. To ``base_url``, where it is
    given, everything goes instead, under the path and with the Host of its endpoint. ``connections`` are those to one
    service; ``timeout_s`` bounds one request as a whole.
    """

    private_key: str = field(repr=False)
    contact: str
    hosts: Sequence[str] = ()
    base_url: str | None = None
    connections: int = 8
    timeout_s: float = 10.0

    @property
    def all_hosts(self) -> tuple[str, ...]:
        """The allow-list."""
        return (*PUSH_HOSTS, *self.hosts)

    def problems(self) -> list[str]:
        """Return what keeps these settings from working, each with its remedy; the key is looked at later."""
        found = [
            f"hosts: {host[:60]!r} is not the name of a host such as push.example.com or *.push.example.com"
            for host in self.hosts
            if not is_host_pattern(host)
        ]
        if self.base_url is not None and urlsplit(self.base_url).scheme not in ("http", "https"):
            found.append("base_url: is not an address such as http://127.0.0.1:9000")
        if self.connections < 1:
            found.append("connections: must be 1 or more")
        if self.timeout_s <= 0:
            found.append("timeout: must be longer than zero")
        return found


class WebPushSender:
    """Hands web pushes to the push service of each subscription; fulfils :class:`application.ports.sender.Sender`.

    A push service keeps one message of a topic, and a browser shows one notification of a tag, so a message that is
    sent twice shows once. No endpoint is spoken to but those of the allow-list, over https and its usual port. Which
    address such a name has is what the DNS of this machine says; it is not looked into.

    :raises Misconfigured: the settings cannot work.
    """

    def __init__(self, settings: WebPushSettings, clock: Clock) -> None:
        if problems := settings.problems():
            raise Misconfigured(problems)
        key = VapidKey.parse(settings.private_key)
        self.public_key = key.public
        self._hosts = settings.all_hosts
        self._base_url = settings.base_url.rstrip("/") if settings.base_url else None
        self._clock = clock
        self._tokens = VapidTokens.of(key, settings.contact, clock.now())
        self._has_taken: set[str] = set()  # the services that took a message with our key
        self._http = httpx2.Client(
            headers={"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "tocsin"},
            transport=BoundedTransport(settings.connections * len(self._hosts), settings.timeout_s, clock),
            follow_redirects=False,
            trust_env=False,
        )

    @property
    def batch_size(self) -> int:
        """The most messages that one call takes."""
        return BATCH_SIZE

    def scope_of(self, address: str) -> str:
        """Return the push service of an endpoint, by its entry of the allow-list: each is up or down by itself."""
        return push_service(address, self._hosts) or UNLISTED

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
        """Return one outcome a message, in the order given."""
        return in_turn(messages, deadline, self._hand_over)

    def check(self, deadline: Deadline) -> Outcome:
        """Sign a token, and see that the first push service of the list answers.

        No push service has a login: whether it takes the key shows with the first message.
        """
        if deadline.has_passed:
            return GatewayDown("there was no time left to ask a push service")
        origin = f"https://{self._hosts[0]}"
        self._tokens.header(origin, self._clock.now())
        try:
            answer = self._http.get(self._place(f"{origin}/"), headers={"Host": self._hosts[0]})
        except (NotSent, AnswerLost) as error:
            return as_check(failure(error))
        if answer.status_code >= _FAILED:
            return GatewayDown(f"{self._hosts[0]} answers HTTP {answer.status_code}")
        return Accepted()

    def close(self) -> None:
        """Close the connections; nothing may be sent afterwards."""
        self._http.close()

    def _hand_over(self, message: OutboundMessage) -> Outcome:
        subscription = message.subscription
        assert subscription is not None, "a web push has the keys of its browser"
        service = push_service(message.address, self._hosts)
        if service is None:
            return Rejected(_NOT_LISTED)  # and not Unreachable: the list may be what is wrong
        payload = payload_of(message)
        if problem := problem_of(payload):
            return Rejected(problem)
        try:
            body = encrypted(payload, subscription)
        except ValueError:
            return Unreachable("the subscription's keys are no keys; the browser must subscribe again")
        return self._post(message, service, body)

    def _post(self, message: OutboundMessage, service: str, body: bytes) -> Outcome:
        now = self._clock.now()
        origin = origin_of(message.address)
        headers = {
            **headers_of(message, now),
            "Host": origin.removeprefix("https://"),
            "Authorization": self._tokens.header(origin, now),
        }
        try:
            answer = self._http.post(self._place(message.address), content=body, headers=headers)
        except (NotSent, AnswerLost) as error:
            return failure(error)
        if answer.status_code in TAKEN:
            self._has_taken.add(service)
            return Accepted(answer.headers.get("Location"))
        said = answer.content[:_SAID_MAX].decode("utf-8", "replace")
        row = row_of(answer.status_code, said, service, key_works=service in self._has_taken)
        private = (message.address, urlsplit(message.address).path)
        wait = retry_after(answer.headers.get("Retry-After"), self._clock.now())
        return row.outcome(f"{service} HTTP {answer.status_code}", redact(said, *private), wait)

    def _place(self, endpoint: str) -> str:
        """Return where a request for *endpoint* really goes."""
        if self._base_url is None:
            return endpoint
        return self._base_url + urlsplit(endpoint)._replace(scheme="", netloc="").geturl()
