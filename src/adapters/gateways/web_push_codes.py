"""What push services answer, each status with the meaning that RFC 8030 and the services give it.

Sources: RFC 8030 5, RFC 8292 4.2, https://autopush.readthedocs.io (Mozilla), and the words that FCM and Apple answer.
"""

from collections.abc import Mapping
from types import MappingProxyType

from adapters.gateways.verdict import Row, Verdict

TAKEN = frozenset({200, 201, 202})
"""RFC 8030 says 201; the others have been seen where the message was taken as well."""

_KEY = "check private_key and contact, and the clock of this machine"
_SUBSCRIBE_AGAIN = "it works again when the browser subscribes with the public key of this gateway"

OTHER_KEY = Row(Verdict.UNREACHABLE, "the subscription was made with another VAPID key", _SUBSCRIBE_AGAIN)
"""Where this host took messages with our key, so that the subscription is at fault."""

PERHAPS_OTHER_KEY = Row(
    Verdict.MISCONFIGURED, "the subscription was made with another VAPID key", "check that private_key is the right one"
)
"""Where this host took none yet: with a wrong key every subscription would look like this, and all would be lost."""

OTHER_KEY_WORDS = (
    "do not correspond to the credentials used to create the subscription",  # FCM, 403
    "mismatchsenderid",  # FCM, 403
    "vapid public key mismatch",  # Mozilla, 401
    "vapidpkhashmismatch",  # Apple, 400
)
"""How a service says that a subscription belongs to another key, in lower case."""

KEY_WORDS = ("unauthorizedregistration", "badjwttoken", "badauthorizationheader", "expiredjwttoken")
"""How a service says with a 400 that the token is wrong, in lower case: FCM, then Apple."""

WRONG_KEY = Row(Verdict.MISCONFIGURED, "the VAPID token was refused", _KEY)

STATUSES: Mapping[int, Row] = MappingProxyType(
    {
        400: Row(Verdict.REJECTED, "the request was invalid"),
        401: WRONG_KEY,
        403: WRONG_KEY,
        404: Row(Verdict.UNREACHABLE, "the subscription does not exist"),
        410: Row(Verdict.UNREACHABLE, "the subscription is gone"),
        413: Row(Verdict.REJECTED, "the payload is too large", "shorten it"),
        429: Row(Verdict.THROTTLED, "too many requests"),
    }
)

WINDOWS = "notify.windows.com"
_REDIRECT = Row(Verdict.MISCONFIGURED, "redirected, which is never followed", "see what stands between here and there")
_REFUSED = Row(Verdict.REJECTED, "refused")
# Sent again it takes the place of the first, by its topic while it waits and by its tag on the device.
_UNAVAILABLE = Row(Verdict.DEFERRED, "the push service failed")


def row_of(status: int, said: str, service: str, *, key_works: bool) -> Row:
    """Return the row for an answer of *service* other than one that took the message.

    *key_works* says whether the host that answers took a message with our key before.
    """
    words = said.lower()
    if status in (400, 401, 403):
        if any(one in words for one in OTHER_KEY_WORDS):
            return OTHER_KEY if key_works else PERHAPS_OTHER_KEY
        if any(one in words for one in KEY_WORDS):
            return WRONG_KEY
    if status == 406 and service == WINDOWS:  # noqa: PLR2004  (how Windows has said "too many requests")
        return STATUSES[429]
    if status >= 500:  # noqa: PLR2004  (server errors, RFC 9110 15.6)
        return _UNAVAILABLE
    if status < 400:  # noqa: PLR2004  (redirects, RFC 9110 15.4; and what is no answer to a message)
        return _REDIRECT
    return STATUSES.get(status, _REFUSED)
