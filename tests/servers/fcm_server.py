"""A server on the loopback that speaks as FCM's HTTP v1 API does, and as Google's token endpoint."""

import base64
import functools
import itertools
import json
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event
from types import MappingProxyType
from typing import Any, ClassVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from entrypoints.testing.sender_contract import Behaviour
from tests.servers.http_loopback import Reply, Request, Trouble, json_reply
from tests.servers.scripted_provider import OneByOneProvider

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


SAYS: Mapping[Behaviour, Reply] = MappingProxyType(
    {
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


class FcmServer(OneByOneProvider):
    """Takes messages of one project.

    ``token_answer`` stands in for the token endpoint's answer where it is given; ``delay_s`` comes before every answer.
    """

    says: ClassVar[Mapping[Behaviour, Reply]] = SAYS

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.token_answer: Reply | Trouble | None = None
        self.delay_s = 0.0
        self._closing = Event()
        self._tokens: set[str] = set()
        self._numbers = itertools.count(1)
        super().__init__(tls)

    @property
    def token_requests(self) -> list[Request]:
        return [request for request in self.requests if request.path == "/token"]

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

    def revoke_tokens(self) -> None:
        """Accept none of the access tokens given out so far."""
        with self._lock:
            self._tokens.clear()

    def close(self) -> None:
        self._closing.set()
        super().close()

    def _is_message(self, request: Request) -> bool:
        """Say whether *request* is one to send a message, and not only to have it validated."""
        sends = request.method == "POST" and request.path.endswith("/messages:send")
        return sends and not request.json.get("validate_only")

    def _refusal(self, address: str) -> Reply:
        return error_reply(404, "NOT_FOUND", f"Requested entity {address} was not found.", "UNREGISTERED")

    def _answer(self, request: Request) -> Reply | Trouble:
        """Return what is told for every message; the token endpoint answers for itself."""
        self._closing.wait(self.delay_s)
        if request.path == "/token":
            return self.token_answer or self._grant(request)
        return super()._answer(request)

    def _judge(self, request: Request) -> Reply | Trouble:
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
        if body.get("validate_only"):
            return self._for.get(target, json_reply(200, {"name": f"projects/{PROJECT}/messages/fake_message_id"}))
        name = f"projects/{PROJECT}/messages/0:{next(self._numbers)}%31bd1c96"
        return self._take(target, json_reply(200, {"name": name}))

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


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
