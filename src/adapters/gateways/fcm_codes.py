"""FCM's error codes, each with Google's own meaning and what it means for us.

Source: https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode. A code stands in the ``FcmError`` among the
details of an answer; Google's general error model has only a status.
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from attrs import frozen

from adapters.gateways.verdict import Row, Verdict

_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
_QUOTA_FAILURE = "type.googleapis.com/google.rpc.QuotaFailure"
_ADDRESS_FIELDS = frozenset({"message.token", "message.fid"})
_ADDRESS_WORDS = ("registration token", "installation id")
_PROJECT = "check project_id and base_url"

PERHAPS_OTHER_PROJECT = Row(
    Verdict.MISCONFIGURED,
    "the token belongs to another sender: the credentials are of another project than the app, or this one token is",
    "check credentials and project_id",
)
"""SENDER_ID_MISMATCH where FCM took no message from us yet: with wrong credentials every device looks like this."""

CODES: Mapping[str, Row] = MappingProxyType(
    {
        "UNREGISTERED": Row(Verdict.UNREACHABLE, "the app instance was unregistered from FCM"),
        "SENDER_ID_MISMATCH": Row(Verdict.UNREACHABLE, "the token belongs to another sender"),
        "QUOTA_EXCEEDED": Row(Verdict.THROTTLED, "the sending limit was exceeded", pause=timedelta(minutes=1)),
        "UNAVAILABLE": Row(Verdict.DEFERRED, "the server is overloaded"),
        "INTERNAL": Row(Verdict.DEFERRED, "an unknown internal error occurred"),
        # Apple, or a browser's push service, refused Google the project's key: no iPhone is reached, but every Android
        # phone is. As a gateway that is down it would open the breaker for all, and nothing here knows the platform
        # of a token. So it is this message that waits, long enough for somebody to mend the key within its attempts.
        "THIRD_PARTY_AUTH_ERROR": Row(
            Verdict.DEFERRED,
            "the APNs key or the web push certificate is invalid or missing",
            "upload it in the Firebase console under Cloud Messaging",
            pause=timedelta(minutes=15),
        ),
    }
)

STATUSES: Mapping[int, Row] = MappingProxyType(
    {
        401: Row(Verdict.MISCONFIGURED, "not authenticated", "check credentials"),
        403: Row(
            Verdict.MISCONFIGURED,
            "permission denied",
            "enable the Firebase Cloud Messaging API in the project and give the service account its role",
        ),
        404: Row(Verdict.MISCONFIGURED, "no such project", _PROJECT),
        405: Row(Verdict.MISCONFIGURED, "not FCM's API", _PROJECT),
        407: Row(Verdict.MISCONFIGURED, "the proxy wants authentication", "check HTTP_PROXY and HTTPS_PROXY"),
        429: CODES["QUOTA_EXCEEDED"],
        500: CODES["INTERNAL"],
        503: CODES["UNAVAILABLE"],
    }
)
"""By HTTP status, for an answer without a code that is listed."""

_DEVICE_QUOTA = Row(Verdict.DEFERRED, "too many messages to this device", pause=timedelta(minutes=1))
_INVALID_ADDRESS = Row(Verdict.UNREACHABLE, "the token is not a valid registration token")
_INVALID_MESSAGE = Row(Verdict.REJECTED, "the request parameters were invalid")
_REDIRECT = Row(Verdict.MISCONFIGURED, "redirected", _PROJECT)
_SERVER_ERROR = Row(Verdict.UNKNOWN, "server error, the message may have gone out")


@frozen
class FcmRefusal:
    """What FCM says when it does not take a message.

    ``violations`` names the fields that it found wrong, ``quotas`` in its words the limits that were exceeded.
    """

    status: int
    code: str | None = None
    said: str = ""
    violations: tuple[str, ...] = ()
    quotas: tuple[str, ...] = ()

    @classmethod
    def parse(cls, status: int, body: Any) -> "FcmRefusal":
        """Return what *body*, the JSON of an answer, says; what has another shape says nothing."""
        error = _mapping(_mapping(body).get("error"))
        details = [_mapping(detail) for detail in _items(error.get("details"))]
        codes = [detail.get("errorCode") for detail in details if detail.get("@type") == _FCM_ERROR]
        violations = [str(one.get("field", "")) for one in _violations(details, _BAD_REQUEST, "fieldViolations")]
        quotas = [
            f"{one.get('subject', '')} {one.get('description', '')}"
            for one in _violations(details, _QUOTA_FAILURE, "violations")
        ]
        code = next((code for code in codes if isinstance(code, str)), None)
        return cls(status, code, str(error.get("message", "")), tuple(violations), tuple(quotas))

    def row(self, *, has_taken: bool) -> Row:
        """Return the row of the table for this answer; *has_taken* says whether FCM took a message from us before."""
        if self.code == "SENDER_ID_MISMATCH" and not has_taken:
            return PERHAPS_OTHER_PROJECT
        if self.code == "INVALID_ARGUMENT":
            return self._invalid_argument()
        if self.code == "QUOTA_EXCEEDED" and self._is_of_the_device:
            return _DEVICE_QUOTA
        if self.code is not None and self.code in CODES:
            return CODES[self.code]
        if self.status in STATUSES:
            return STATUSES[self.status]
        if self.status >= 500:  # noqa: PLR2004  (server errors, RFC 9110 15.6)
            return _SERVER_ERROR
        return _REDIRECT if self.status < 400 else _INVALID_MESSAGE  # noqa: PLR2004  (redirects, RFC 9110 15.4)

    def _invalid_argument(self) -> Row:
        """FCM has one code for a broken token and for a broken message; only the details tell them apart.

        The address is blamed where it is the one field named, or no field is and the words are about it ("The
        registration token is not a valid FCM registration token"). "Request contains an invalid argument." alone may
        be about the message, and a message must not cost everybody their device.
        """
        if self.violations:
            return _INVALID_ADDRESS if _ADDRESS_FIELDS.issuperset(self.violations) else _INVALID_MESSAGE
        is_of_address = any(words in self.said.lower() for words in _ADDRESS_WORDS)
        return _INVALID_ADDRESS if is_of_address else _INVALID_MESSAGE

    @property
    def _is_of_the_device(self) -> bool:
        """Whether one device got too much ("Device message rate exceeded"), and not the project sent too much."""
        return any("device" in words.lower() for words in (self.said, *self.quotas))


def _violations(details: list[Mapping[str, Any]], kind: str, field: str) -> list[Mapping[str, Any]]:
    return [_mapping(one) for detail in details if detail.get("@type") == kind for one in _items(detail.get(field))]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
