"""Twilio's error codes in a status callback: why a message that it took did not arrive, and whom to blame.

Source: the list of codes at https://www.twilio.com/docs/api/errors. Twilio splits codes now and then and asks not to
rely on the list, so what is not in it never blames the address.
"""

from collections.abc import Mapping
from types import MappingProxyType

from attrs import frozen

from adapters.gateways.twilio_codes import CODES
from adapters.gateways.verdict import Verdict
from domain.receipt import HARD, SOFT

_SUSPECT = 2
"""The strikes of a code that mostly means a dead number, and now and then a phone abroad or a carrier's mistake."""


@frozen
class Failure:
    """One row: Twilio's own meaning, and the strikes against the address, None where it is not to blame.

    ``opted_out`` where the owner of the number told Twilio so.
    """

    meaning: str
    strikes: int | None = None
    opted_out: bool = False


_DELIVERY_CODES: Mapping[int, Failure] = MappingProxyType(
    {
        # The number.
        30003: Failure("unreachable destination handset", SOFT),
        30005: Failure("unknown destination handset", _SUSPECT),
        30006: Failure("landline or unreachable carrier", HARD),
        # The way there. With 30410 the carrier did not say what became of it.
        30017: Failure("carrier network congestion", SOFT),
        30410: Failure("provider timeout", SOFT),
        # The message, the sender, the account: another message to this number may well arrive.
        30001: Failure("queue overflow"),
        30002: Failure("account suspended"),
        30004: Failure("message blocked"),
        30007: Failure("message filtered"),
        30008: Failure("unknown error"),
        30010: Failure("message price exceeds the maximum price"),
        30022: Failure("US A2P 10DLC: rate limits exceeded"),
        30023: Failure("US A2P 10DLC: daily message cap reached"),
        30027: Failure("US A2P 10DLC: T-Mobile daily message limit reached"),
        30036: Failure("validity period expired"),
        30450: Failure("message delivery blocked"),
    }
)


def _late(code: int) -> Failure:
    row = CODES[code]
    strikes = HARD if row.verdict is Verdict.UNREACHABLE else None
    return Failure(row.meaning, strikes, opted_out=row.verdict is Verdict.OPTED_OUT)


FAILURES: Mapping[int, Failure] = MappingProxyType({**{code: _late(code) for code in CODES}, **_DELIVERY_CODES})
"""By code. A messaging service picks the sender after it took the message, so what refuses a request comes here too."""

_UNKNOWN = Failure("a code that is not known here")
_NO_CODE = Failure("no reason was given")


def failure_of(code: int | None) -> Failure:
    """Return the row of *code*; one that is not listed, or none, leaves the address alone."""
    return _NO_CODE if code is None else FAILURES.get(code, _UNKNOWN)
