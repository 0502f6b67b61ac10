"""A server on the loopback that speaks as SendGrid's API does (Mail Send and the scopes of a key, v3)."""

import itertools
import ssl
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from entrypoints.testing.sender_contract import Behaviour
from tests.servers.http_loopback import Reply, Request, json_reply
from tests.servers.scripted_provider import ScriptedProvider

API_KEY = "SG.a-made-up-key.with-two-dots"
SEND = "/v3/mail/send"
_RESERVED = {"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding"}
_RESERVED |= {"to", "from", "subject", "reply-to", "cc", "bcc"}


def error_reply(status: int, message: str, field: str | None = None, **headers: str) -> Reply:
    """Return an error in the shape that SendGrid documents."""
    return json_reply(status, {"errors": [{"message": message, "field": field, "help": None}]}, **headers)


SAYS: Mapping[Behaviour, Reply] = MappingProxyType(
    {
        Behaviour.REJECTS: error_reply(400, "Does not contain a valid address.", "personalizations.0.to.0.email"),
        Behaviour.FAILS: error_reply(500, "internal server error"),
        Behaviour.THROTTLES: error_reply(429, "too many requests", X_RateLimit_Reset="0"),
    }
)


class SendGridServer(ScriptedProvider):
    """Takes mail of one account, checked as its schema has it; ``scopes`` are those of the key.

    ``personalizations_max`` may be lowered: more in one request are too large (413).
    """

    says: ClassVar[Mapping[Behaviour, Reply]] = SAYS

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.scopes = ["mail.send", "user.profile.read"]
        self.personalizations_max = 1000
        self._refused: set[str] = set()
        self._names = itertools.count(1)
        super().__init__(tls)

    @property
    def sends(self) -> list[Any]:
        """The bodies of the requests to send."""
        return [request.json for request in self.messages]

    def refuse(self, address: str) -> None:
        self._refused.add(address)

    def forget(self) -> None:
        """Be as new, but for the requests that came."""
        with self._lock:
            self._refused.clear()
            self._accepted.clear()

    def messages_read(self) -> int:
        return sum(len(body["personalizations"]) for body in self.sends)

    def _is_message(self, request: Request) -> bool:
        return request.path == SEND

    def _judge(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {API_KEY}":
            return error_reply(401, "The provided authorization grant is invalid, expired, or revoked")
        match request.method, request.path:
            case "POST", "/v3/mail/send":
                return self._send(request.json)
            case "GET", "/v3/scopes":
                return json_reply(200, {"scopes": self.scopes})
            case _, "/v3/mail/send":
                return error_reply(405, "method not allowed")
            case _:
                return error_reply(404, "not found")

    def _send(self, body: Any) -> Reply:
        wrong = _wrong(body)
        if wrong is not None:
            return error_reply(400, "Bad Request", wrong)
        people = body["personalizations"]
        if len(people) > self.personalizations_max:
            return error_reply(413, "content too large")
        addresses = [one["to"][0]["email"] for one in people]
        for number, address in enumerate(addresses):
            if address in self._refused:
                said = f"The address {address} is not valid."
                return error_reply(400, said, f"personalizations.{number}.to.0.email")
        self._accept(addresses)
        return Reply(202, b"", {"X-Message-Id": f"m{next(self._names):021x}"})


def _wrong(body: Any) -> str | None:
    """Return the field that is not as the schema of the request has it, or None if all are."""
    people = body.get("personalizations")
    if not isinstance(people, list) or not 1 <= len(people) <= 1000:
        return "personalizations"
    for number, one in enumerate(people):
        if not one.get("to") or not all(to.get("email") for to in one["to"]):
            return f"personalizations.{number}.to"
        if _RESERVED & {name.lower() for name in one.get("headers", {})}:
            return f"personalizations.{number}.headers"
        if not all(isinstance(value, str) for value in one.get("custom_args", {}).values()):
            return f"personalizations.{number}.custom_args"
    if not body.get("from", {}).get("email"):
        return "from.email"
    if not body.get("subject"):
        return "subject"
    if not body.get("content") or not all(part.get("type") and part.get("value") for part in body["content"]):
        return "content"
    if not all(one.get("content") and one.get("filename") for one in body.get("attachments", [])):
        return "attachments"
    return None
