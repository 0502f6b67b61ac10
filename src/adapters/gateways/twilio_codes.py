"""Twilio's error codes in an answer to a request, each with Twilio's own meaning and what it means for us.

Source: the list of codes at https://www.twilio.com/docs/api/errors. Twilio asks not to rely on the list being complete,
so what is not in it is judged by its HTTP status, and never blames the address.
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from adapters.gateways.verdict import Row, Verdict
from domain.outcome import Outcome

_CREDENTIALS = "check account_sid and auth_token (or api_key and api_secret) in the Twilio Console"
_ACCOUNT = "look at the account's state in the Twilio Console"
_SENDER = "check from or messaging_service_sid"
_BASE_URL = "check base_url"
_TOO_MANY = 429
"""Not processed (page of error 20429), whatever code comes with it."""

_FULL_QUEUE = timedelta(minutes=1)
"""A queue has room again as its sender works it off; Twilio names no time."""

CODES: Mapping[int, Row] = MappingProxyType(
    {
        # The number.
        14101: Row(Verdict.UNREACHABLE, "the 'To' attribute is invalid"),
        21211: Row(Verdict.UNREACHABLE, "invalid 'To' phone number"),
        21217: Row(Verdict.UNREACHABLE, "the phone number does not appear to be valid"),
        21265: Row(Verdict.UNREACHABLE, "the 'To' number is a short code"),
        21401: Row(Verdict.UNREACHABLE, "invalid phone number"),
        21604: Row(Verdict.UNREACHABLE, "a 'To' phone number is required"),
        21610: Row(Verdict.OPTED_OUT, "the recipient has unsubscribed by replying STOP"),
        21614: Row(Verdict.UNREACHABLE, "the 'To' number is not a valid mobile number"),
        21635: Row(Verdict.UNREACHABLE, "the 'To' number is a landline"),
        # The message, or this message to this number.
        21408: Row(Verdict.REJECTED, "sending to this region is not enabled", "enable it in the geo permissions"),
        21602: Row(Verdict.REJECTED, "a message body is required"),
        21605: Row(Verdict.REJECTED, "the body is too long"),
        21606: Row(Verdict.REJECTED, "the 'From' number cannot send to this destination", _SENDER),
        21608: Row(Verdict.REJECTED, "a trial account sends to verified numbers only", "upgrade the account"),
        21612: Row(Verdict.REJECTED, "the 'To' number is not reachable from this 'From'"),
        21617: Row(Verdict.REJECTED, "the body exceeds the limit of 1600 characters"),
        21618: Row(Verdict.REJECTED, "the body cannot be sent"),
        21619: Row(Verdict.REJECTED, "a text, media or content is required"),
        21654: Row(Verdict.REJECTED, "a ContentSid is required"),
        21655: Row(Verdict.REJECTED, "the ContentSid is invalid"),
        21656: Row(Verdict.REJECTED, "the ContentVariables are invalid"),
        21658: Row(Verdict.REJECTED, "a parameter exceeds its limit of characters"),
        # A sender that other destinations may well take: the countries and the carriers differ in what they ask for.
        21703: Row(Verdict.REJECTED, "the messaging service has no number for this message", _SENDER),
        21715: Row(Verdict.REJECTED, "the sender lacks the capability for this message", _SENDER),
        21720: Row(Verdict.REJECTED, "the A2P use case is invalid"),
        30018: Row(Verdict.REJECTED, "the carrier requires sender id pre-registration"),
        30019: Row(Verdict.REJECTED, "the content exceeds the carrier's limit"),
        30024: Row(Verdict.REJECTED, "the numeric sender id is not provisioned on the carrier"),
        30032: Row(Verdict.REJECTED, "the toll-free number has not been verified"),
        30033: Row(Verdict.REJECTED, "the US A2P 10DLC campaign is suspended"),
        30034: Row(Verdict.REJECTED, "the number is not registered for US A2P 10DLC"),
        30035: Row(Verdict.REJECTED, "the US A2P 10DLC number is still being configured"),
        30038: Row(Verdict.REJECTED, "the body of a one-time password was filtered"),
        # The account and the sender: no message would go, so none is spent on it.
        10001: Row(Verdict.MISCONFIGURED, "the account is not active", _ACCOUNT),
        20003: Row(Verdict.MISCONFIGURED, "permission denied", _CREDENTIALS),
        20005: Row(Verdict.MISCONFIGURED, "the account is not active", _ACCOUNT),
        20006: Row(Verdict.MISCONFIGURED, "access denied", _CREDENTIALS),
        20008: Row(Verdict.MISCONFIGURED, "these are test credentials", _CREDENTIALS),
        20403: Row(Verdict.MISCONFIGURED, "forbidden", _CREDENTIALS),
        20404: Row(Verdict.MISCONFIGURED, "the account was not found", _CREDENTIALS),
        20011: Row(Verdict.MISCONFIGURED, "Twilio no longer takes this version of TLS", _BASE_URL),
        21212: Row(Verdict.MISCONFIGURED, "invalid 'From' number", _SENDER),
        21601: Row(Verdict.MISCONFIGURED, "the 'From' number is not capable of SMS", _SENDER),
        21603: Row(Verdict.MISCONFIGURED, "a 'From' or a messaging service is required", _SENDER),
        21607: Row(Verdict.MISCONFIGURED, "a trial account sends from its sandbox number only", _SENDER),
        21609: Row(Verdict.MISCONFIGURED, "the address for status callbacks is invalid", "check public_url"),
        21616: Row(Verdict.MISCONFIGURED, "the 'From' number matches several numbers of the account", _SENDER),
        21657: Row(Verdict.MISCONFIGURED, "the sender id is invalid", _SENDER),
        21701: Row(Verdict.MISCONFIGURED, "the messaging service does not exist", _SENDER),
        21702: Row(Verdict.MISCONFIGURED, "the messaging service is not available", _SENDER),
        21704: Row(Verdict.MISCONFIGURED, "the messaging service contains no numbers", _SENDER),
        21705: Row(Verdict.MISCONFIGURED, "the messaging service is invalid", _SENDER),
        21708: Row(Verdict.MISCONFIGURED, "the alphanumeric sender id is missing", _SENDER),
        21709: Row(Verdict.MISCONFIGURED, "the alphanumeric sender id is not authorized", _SENDER),
        21711: Row(Verdict.MISCONFIGURED, "the sender is not in the messaging service", _SENDER),
        30002: Row(Verdict.MISCONFIGURED, "the account is suspended", _ACCOUNT),
        # The moment. Twilio does not process what it answers with 429.
        14107: Row(Verdict.THROTTLED, "the rate limit for messages is exceeded"),
        20429: Row(Verdict.THROTTLED, "too many requests"),
        21611: Row(Verdict.THROTTLED, "the queue of this 'From' number is full", pause=_FULL_QUEUE),
        30001: Row(Verdict.THROTTLED, "the queue overflowed", pause=_FULL_QUEUE),
    }
)

STATUSES: Mapping[int, Row] = MappingProxyType(
    {
        401: Row(Verdict.MISCONFIGURED, "not authenticated", _CREDENTIALS),
        403: Row(Verdict.MISCONFIGURED, "forbidden", _CREDENTIALS),
        404: Row(Verdict.MISCONFIGURED, "not found", f"{_BASE_URL} and account_sid"),
        405: Row(Verdict.MISCONFIGURED, "not Twilio's API", _BASE_URL),
        407: Row(Verdict.MISCONFIGURED, "the proxy wants authentication", "check HTTP_PROXY and HTTPS_PROXY"),
        _TOO_MANY: Row(Verdict.THROTTLED, "too many requests"),
    }
)
"""By HTTP status, for a code that is not listed."""

_REDIRECT = Row(Verdict.MISCONFIGURED, "redirected", _BASE_URL)
_REFUSED = Row(Verdict.REJECTED, "refused")
_UNAVAILABLE = Row(Verdict.DEFERRED, "the service is unavailable")
# "Sending an SMS is not idempotent": a message may have gone out although the answer is 500 (page of error 20500).
_SERVER_ERROR = Row(Verdict.UNKNOWN, "server error, the message may have gone out")


def refusal(status: int, code: int | None, said: str, retry_after: timedelta | None) -> Outcome:
    """Return what an answer other than 2xx means.

    *said* are Twilio's words, already redacted. Only a 503 that names a time for the next try is certain not to have
    sent anything.
    """
    label = f"Twilio {code}" if code is not None and code != status else f"Twilio HTTP {status}"
    return _row(status, code, retry_after).outcome(label, said, retry_after)


def _row(status: int, code: int | None, retry_after: timedelta | None) -> Row:
    if status >= 500:  # noqa: PLR2004  (server errors, RFC 9110 15.6)
        return _UNAVAILABLE if status == 503 and retry_after else _SERVER_ERROR  # noqa: PLR2004  (likewise)
    row = CODES.get(code) if code is not None else None
    if row is not None and (status != _TOO_MANY or row.verdict is Verdict.THROTTLED):
        return row
    if status < 400:  # noqa: PLR2004  (redirects, RFC 9110 15.4)
        return _REDIRECT
    return STATUSES.get(status, _REFUSED)
