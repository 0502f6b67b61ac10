"""What SendGrid's answers mean: a row a status, and what its errors point at.

Source: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send, its responses and its page of errors.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import httpx2
from attrs import frozen

from adapters.gateways.reason import redact
from adapters.gateways.retry_after import LONGEST, SHORTEST, retry_after
from adapters.gateways.verdict import Row, Verdict
from domain.outcome import Accepted, Outcome

ACCEPTED = 202

_KEY = "check api_key, its permissions and the account at SendGrid"
_BASE_URL = "check base_url"
_DIGITS_MAX = 12

STATUSES: Mapping[int, Row] = MappingProxyType(
    {
        400: Row(Verdict.REJECTED, "refused"),
        401: Row(Verdict.MISCONFIGURED, "not authorized, or out of credits", _KEY),
        403: Row(Verdict.MISCONFIGURED, "forbidden: from is no verified sender, or the key may not send", _KEY),
        404: Row(Verdict.MISCONFIGURED, "not found", _BASE_URL),
        405: Row(Verdict.MISCONFIGURED, "not SendGrid's API", _BASE_URL),
        407: Row(Verdict.MISCONFIGURED, "a proxy wants authentication", _BASE_URL),
        413: Row(Verdict.REJECTED, "too large"),
        429: Row(Verdict.THROTTLED, "too many requests"),
    }
)
_REDIRECT = Row(Verdict.MISCONFIGURED, "redirected", _BASE_URL)
_SENDER = Row(Verdict.MISCONFIGURED, "the sender was refused", "check from")
# There is no key of idempotency, so what a failing server did with a request is not known.
_SERVER_ERROR = Row(Verdict.UNKNOWN, "server error, the message may have gone out")
_UNDOCUMENTED = Row(Verdict.UNKNOWN, "not an answer of SendGrid's API, the message may have gone out", _BASE_URL)

_SHARED = ("subject", "content", "attachments")
"""The fields that all messages of a request have in common; an error of one of them holds for each."""


@frozen
class Said:
    """What an answer says: its words as they may be kept, and the fields that its errors name (None: none named)."""

    words: str
    fields: Sequence[str | None]

    @property
    def is_of_the_sender(self) -> bool:
        """Say whether it is about ``from`` alone: no message would go."""
        return self._are_all(("from",))

    @property
    def is_shared(self) -> bool:
        """Say whether it is only about what all messages of the request have in common."""
        return self._are_all(_SHARED)

    def _are_all(self, names: Sequence[str]) -> bool:
        return bool(self.fields) and all((field or "").partition(".")[0] in names for field in self.fields)


def said_by(answer: httpx2.Response, private: Sequence[str]) -> Said:
    """Return what *answer* says; the texts in *private* stay out of it."""
    errors = _errors(answer.content)
    words = "; ".join(
        f"{error['message']} ({error['field']})" if _field(error) else error["message"] for error in errors
    )
    return Said(redact(words, *private), [_field(error) for error in errors])


def outcome_of(answer: httpx2.Response, said: Said, now: datetime) -> Outcome:
    """Return what *answer* to a request to send means for each message of it.

    :param said: what :func:`said_by` found in it.
    """
    status = answer.status_code
    if status == ACCEPTED:
        # The status is the answer; the body that should follow is empty, so it does not matter how it ended. Receipts
        # find their message by its echo, so the name is not needed.
        return Accepted(answer.headers.get("X-Message-Id", "").strip() or None)
    return _row(status, said).outcome(f"SendGrid HTTP {status}", said.words, _wait(answer, now))


def scopes(content: bytes) -> frozenset[str] | None:
    """Return what an API key may do, as ``GET /v3/scopes`` answers; None if *content* is no such answer."""
    found = _parsed(content)
    names = found.get("scopes") if isinstance(found, dict) else None
    return frozenset(name for name in names if isinstance(name, str)) if isinstance(names, list) else None


def _row(status: int, said: Said) -> Row:
    if status >= 500:  # noqa: PLR2004  (server errors, RFC 9110 15.6)
        return _SERVER_ERROR
    if status < 300:  # noqa: PLR2004  (successes, RFC 9110 15.3)
        return _UNDOCUMENTED
    if status < 400:  # noqa: PLR2004  (redirects, RFC 9110 15.4)
        return _REDIRECT
    if status == 400 and said.is_of_the_sender:  # noqa: PLR2004  (the documented refusal)
        return _SENDER
    return STATUSES.get(status, STATUSES[400])


def _wait(answer: httpx2.Response, now: datetime) -> timedelta | None:
    """Return how long to wait: until X-RateLimit-Reset, which is in seconds of Unix time, or as Retry-After says."""
    reset = answer.headers.get("X-RateLimit-Reset", "").strip()
    if reset.isascii() and reset.isdigit() and len(reset) <= _DIGITS_MAX:
        return min(max(timedelta(seconds=int(reset) - int(now.timestamp())), SHORTEST), LONGEST)
    return retry_after(answer.headers.get("Retry-After"), now)


def _errors(content: bytes) -> list[dict[str, Any]]:
    found = _parsed(content)
    errors = found.get("errors") if isinstance(found, dict) else None
    given = errors if isinstance(errors, list) else []
    return [error for error in given if isinstance(error, dict) and isinstance(error.get("message"), str)]


def _field(error: Mapping[str, Any]) -> str | None:
    """Return the field that *error* names; SendGrid also writes the word null for none."""
    field = error.get("field")
    return field if isinstance(field, str) and field not in ("", "null") else None


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
