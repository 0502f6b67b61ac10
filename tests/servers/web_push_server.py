"""A push service on the loopback: it checks who sends, as RFC 8292 says, and keeps what came for its browsers."""

import base64
import itertools
import json
import ssl
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import http_ece  # type: ignore[import-untyped]  # it has no types
import jwt
from attrs import field, frozen
from cryptography.hazmat.primitives.asymmetric import ec

from domain.recipient import WebPushSubscription
from entrypoints.testing.sender_contract import PUSH_AUTH, PUSH_KEY, Behaviour
from tests.servers.http_loopback import Reply, Request, Trouble
from tests.servers.scripted_provider import OneByOneProvider

PRIVATE_OF_PUSH_KEY = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
"""The private half of the browser's key that every subscription of the tests has (RFC 8291, appendix A)."""

SAYS: Mapping[Behaviour, Reply] = MappingProxyType(
    {
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


class WebPushServer(OneByOneProvider):
    """Stands for every push service; which one is meant is the Host of a request."""

    says: ClassVar[Mapping[Behaviour, Reply]] = SAYS

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._numbers = itertools.count(1)
        super().__init__(tls)

    @property
    def others(self) -> list[Request]:
        """The requests that carried no message."""
        return [request for request in self.requests if not self._is_message(request)]

    def _is_message(self, request: Request) -> bool:
        return request.method == "POST"

    def _refusal(self, address: str) -> Reply:
        return Reply(410, f"push subscription {address} has unsubscribed or expired".encode())

    def _answer(self, request: Request) -> Reply | Trouble:
        """Return what is told for every message; whatever else is asked for is not there."""
        return super()._answer(request) if self._is_message(request) else Reply(404, b"not found")

    def _judge(self, request: Request) -> Reply | Trouble:
        try:
            claims_of(request)
        except (jwt.InvalidTokenError, KeyError):
            return Reply(403, b"invalid JWT provided")
        if "ttl" not in request.headers:
            return Reply(400, b"a TTL is required")
        origin = f"https://{request.headers['host']}"
        taken = Reply(201, b"", {"Location": f"{origin}/m/{next(self._numbers)}"})
        return self._take(f"{origin}{request.target}", taken)
