"""A push service on the loopback: it checks who sends, as RFC 8292 says, and keeps what came for its browsers."""

import base64
import itertools
import json
from collections.abc import Mapping, Sequence
from threading import Lock
from types import MappingProxyType
from typing import Any

import http_ece  # type: ignore[import-untyped]  # it has no types
import jwt
from attrs import field, frozen
from cryptography.hazmat.primitives.asymmetric import ec

from domain.recipient import WebPushSubscription
from entrypoints.testing.sender_contract import PUSH_AUTH, PUSH_KEY, Behaviour
from tests.servers.http_loopback import LoopbackServer, Reply, Request, Trouble

PRIVATE_OF_PUSH_KEY = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
"""The private half of the browser's key that every subscription of the tests has (RFC 8291, appendix A)."""

ANSWERS: Mapping[Behaviour, Reply | Trouble] = MappingProxyType(
    {
        Behaviour.HANGS: Trouble.HANG,
        Behaviour.RESETS_AFTER_READING: Trouble.RESET,
        Behaviour.ANSWERS_GARBAGE: Trouble.NOT_HTTP,
        Behaviour.REJECTS: Reply(400, b"bad request"),
        Behaviour.FAILS: Reply(503, b"backend error"),
        Behaviour.THROTTLES: Reply(429, b"too many requests", {"Retry-After": "2"}),
    }
)


def octets(text: str) -> bytes:
    """Return what *text* spells in base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@frozen
class Browser:
    """One browser with a subscription; reads what was encrypted for it."""

    subscription: WebPushSubscription
    private: str = field(default=PRIVATE_OF_PUSH_KEY, repr=False)

    @classmethod
    def at(cls, endpoint: str) -> "Browser":
        return cls(WebPushSubscription(endpoint=endpoint, p256dh=PUSH_KEY, auth=PUSH_AUTH))

    def read(self, body: bytes) -> Any:
        key = ec.derive_private_key(int.from_bytes(octets(self.private), "big"), ec.SECP256R1())
        auth = octets(self.subscription.auth)
        return json.loads(http_ece.decrypt(body, private_key=key, auth_secret=auth, version="aes128gcm"))


def token_of(request: Request) -> tuple[str, str]:
    """Return the token and the public key that a request carries (RFC 8292 3)."""
    scheme, _, rest = request.headers["authorization"].partition(" ")
    assert scheme == "vapid"
    named = dict(part.strip().split("=", 1) for part in rest.split(","))
    return named["t"], named["k"]


def claims_of(request: Request) -> dict[str, Any]:
    """Return what a token claims, checked with the key that came with it, for the host that was asked for."""
    token, public = token_of(request)
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), octets(public))
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=["ES256"],
        audience=f"https://{request.headers['host']}",
        options={"require": ["aud", "exp", "sub"]},
    )
    return claims


class WebPushServer:
    """Stands for every push service; which one is meant is the Host of a request."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._always: Reply | Trouble | None = None
        self._for: dict[str, Reply | Trouble] = {}
        self._accepted: list[str] = []
        self._numbers = itertools.count(1)
        self._http = LoopbackServer(self._answer)

    @property
    def url(self) -> str:
        return self._http.url

    @property
    def messages(self) -> list[Request]:
        return [request for request in self._http.requests if request.method == "POST"]

    @property
    def others(self) -> list[Request]:
        """The requests that carried no message."""
        return [request for request in self._http.requests if request.method != "POST"]

    def always(self, answer: Reply | Trouble | None) -> None:
        """Answer every message like this; None works again."""
        self._always = answer

    def reply_to(self, endpoint: str, answer: Reply | Trouble) -> None:
        """Answer messages for *endpoint* like this."""
        self._for[endpoint] = answer

    def behave(self, behaviour: Behaviour) -> None:
        self._always = ANSWERS.get(behaviour)
        self._http.reset_at_once = behaviour is Behaviour.RESETS_BEFORE_READING
        if behaviour is Behaviour.REFUSES_CONNECTIONS:
            self._http.refuse()
        else:
            self._http.listen()
        self._http.disconnect()

    def refuse(self, address: str) -> None:
        self.reply_to(address, Reply(410, f"push subscription {address} has unsubscribed or expired".encode()))

    def accepted(self) -> Sequence[str]:
        with self._lock:
            return list(self._accepted)

    def messages_read(self) -> int:
        return len(self.messages)

    def connections(self) -> int:
        return self._http.connections

    def close(self) -> None:
        self._http.close()

    def _answer(self, request: Request) -> Reply | Trouble:
        if request.method != "POST":
            return Reply(404, b"not found")
        if self._always is not None:
            return self._always
        endpoint = f"https://{request.headers['host']}{request.target}"
        if endpoint in self._for:
            return self._for[endpoint]
        try:
            claims_of(request)
        except (jwt.InvalidTokenError, KeyError):
            return Reply(403, b"invalid JWT provided")
        if "ttl" not in request.headers:
            return Reply(400, b"a TTL is required")
        with self._lock:
            self._accepted.append(endpoint)
        return Reply(201, b"", {"Location": f"https://{request.headers['host']}/m/{next(self._numbers)}"})
