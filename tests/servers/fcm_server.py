"""A server on the loopback that speaks as FCM's HTTP v1 API does, and as Google's token endpoint."""

import base64
import functools
import itertools
import json
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from entrypoints.testing.sender_contract import Behaviour
from tests.servers.http_loopback import LoopbackServer, Reply, Request, Trouble, json_reply

PROJECT = "demo-project"
ACCOUNT = f"tocsin@{PROJECT}.iam.gserviceaccount.com"
AUDIENCE = "https://oauth2.googleapis.com/token"  # what google-auth names whatever the token_uri
SEND_PATH = f"/v1/projects/{PROJECT}/messages:send"
_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_QUOTA_FAILURE = "type.googleapis.com/google.rpc.QuotaFailure"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


def error_reply(
    status: int,
    google_status: str,
    message: str,
    code: str | None = None,
    fields: Sequence[str] = (),
    quota: str | None = None,
    **headers: str,
) -> Reply:
    """Return an error in Google's model.

    *code* stands in an FcmError, *fields* in the violations of a BadRequest, *quota* in that of a QuotaFailure.
    """
    details: list[dict[str, Any]] = []
    if code is not None:
        details.append({"@type": _FCM_ERROR, "errorCode": code})
    if quota is not None:
        details.append({"@type": _QUOTA_FAILURE, "violations": [{"subject": "", "description": quota}]})
    if fields:
        violations = [{"field": field, "description": message} for field in fields]
        details.append({"@type": _BAD_REQUEST, "fieldViolations": violations})
    error = {"code": status, "message": message, "status": google_status, "details": details}
    return json_reply(status, {"error": error}, **headers)


ANSWERS: Mapping[Behaviour, Reply | Trouble] = MappingProxyType(
    {
        Behaviour.HANGS: Trouble.HANG,
        Behaviour.RESETS_AFTER_READING: Trouble.RESET,
        Behaviour.ANSWERS_GARBAGE: Trouble.NOT_HTTP,
        Behaviour.REJECTS: error_reply(
            400, "INVALID_ARGUMENT", "Invalid value", "INVALID_ARGUMENT", ["message.android.ttl"]
        ),
        Behaviour.FAILS: error_reply(500, "INTERNAL", "Internal error encountered.", "INTERNAL"),
        Behaviour.THROTTLES: error_reply(
            429, "RESOURCE_EXHAUSTED", "Quota exceeded", "QUOTA_EXCEEDED", Retry_After="2"
        ),
    }
)


@functools.cache
def private_key() -> rsa.RSAPrivateKey:
    """Return the key of the service account, made once a run."""
    return rsa.generate_private_key(65537, 2048)


class FcmServer:
    """Takes messages of one project. ``token_answer`` stands in for the token endpoint's answer where it is given."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.token_answer: Reply | Trouble | None = None
        self._lock = Lock()
        self._always: Reply | Trouble | None = None
        self._for: dict[str, Reply | Trouble] = {}
        self._accepted: list[str] = []
        self._tokens: set[str] = set()
        self._numbers = itertools.count(1)
        self._http = LoopbackServer(self._answer, tls)

    @property
    def url(self) -> str:
        return self._http.url

    @property
    def requests(self) -> list[Request]:
        return self._http.requests

    @property
    def messages(self) -> list[Request]:
        """The requests to send a message; those that only have one validated are not among them."""
        return [one for one in self._http.requests if _is_message(one) and not one.json.get("validate_only")]

    @property
    def token_requests(self) -> list[Request]:
        return [request for request in self._http.requests if request.path == "/token"]

    def write_credentials(self, folder: Path) -> Path:
        """Write the key of the service account, whose token endpoint is this server, and return the file."""
        pem = private_key().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        key = {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "key-1",
            "private_key": pem.decode(),
            "client_email": ACCOUNT,
            "client_id": "1",
            "token_uri": f"{self.url}/token",
        }
        path = folder / "service-account.json"
        path.write_text(json.dumps(key), encoding="utf-8")
        return path

    def always(self, answer: Reply | Trouble | None) -> None:
        """Answer every message like this; None works again."""
        self._always = answer

    def reply_to(self, target: str, answer: Reply | Trouble) -> None:
        """Answer messages to the token or installation id *target* like this."""
        self._for[target] = answer

    def revoke_tokens(self) -> None:
        """Accept none of the access tokens given out so far."""
        with self._lock:
            self._tokens.clear()

    def behave(self, behaviour: Behaviour) -> None:
        self._always = ANSWERS.get(behaviour)
        self._http.reset_at_once = behaviour is Behaviour.RESETS_BEFORE_READING
        if behaviour is Behaviour.REFUSES_CONNECTIONS:
            self._http.refuse()
        else:
            self._http.listen()
        self._http.disconnect()

    def refuse(self, address: str) -> None:
        said = f"Requested entity {address} was not found."
        self.reply_to(address, error_reply(404, "NOT_FOUND", said, "UNREGISTERED"))

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
        if request.path == "/token":
            return self.token_answer or self._grant(request)
        if self._always is not None:
            return self._always
        with self._lock:
            known = request.headers.get("authorization", "").removeprefix("Bearer ") in self._tokens
        if not known:
            return error_reply(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        if request.path != SEND_PATH:
            return error_reply(404, "NOT_FOUND", "Requested entity was not found.")
        return self._send(request.json)

    def _send(self, body: Mapping[str, Any]) -> Reply | Trouble:
        message = body["message"]
        target = message.get("token") or message.get("fid") or message["topic"]
        if target in self._for:
            return self._for[target]
        if body.get("validate_only"):
            return json_reply(200, {"name": f"projects/{PROJECT}/messages/fake_message_id"})
        with self._lock:
            self._accepted.append(target)
        return json_reply(200, {"name": f"projects/{PROJECT}/messages/0:{next(self._numbers)}%31bd1c96"})

    def _grant(self, request: Request) -> Reply:
        """Give an access token for a grant that the account signed for this endpoint (RFC 7523)."""
        head, claims, signature = request.form["assertion"].split(".")
        try:
            signed = f"{head}.{claims}".encode()
            private_key().public_key().verify(_bytes(signature), signed, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return json_reply(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
        told = json.loads(_bytes(claims))
        if told["iss"] != ACCOUNT or told["aud"] != AUDIENCE:
            return json_reply(400, {"error": "invalid_grant", "error_description": "Invalid grant: account not found"})
        token = f"access-token-{next(self._numbers)}"
        with self._lock:
            self._tokens.add(token)
        return json_reply(200, {"access_token": token, "expires_in": 3600, "token_type": "Bearer"})


def _is_message(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith("/messages:send")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
