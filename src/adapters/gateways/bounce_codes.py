"""What the fields of delivery reports mean: one table for actions, one for status codes.

Sources: RFC 3464 2.3.3 (actions), RFC 3463 and the IANA registry of enhanced status codes, RFC 7505 4.2 (null MX).
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from attrs import frozen

from domain.receipt import HARD, SOFT, ReceiptKind

ACTIONS: Mapping[str, ReceiptKind] = MappingProxyType(
    {
        "failed": ReceiptKind.BOUNCED,
        "delayed": ReceiptKind.DEFERRED,
        "delivered": ReceiptKind.DELIVERED,
        "relayed": ReceiptKind.ACCEPTED,  # to where no reports come from
        "expanded": ReceiptKind.ACCEPTED,  # to the members of a list, and each may still fail: not an end
    }
)


@frozen
class StatusRule:
    """One row: the strikes of a bounce whose status code matches ``codes``, a regular expression."""

    codes: str
    strikes: int | None
    meaning: str


STATUS_RULES: tuple[StatusRule, ...] = (
    StatusRule(r"[45]\.7\.\d+", None, "a policy forbids it, of us or of the message"),
    StatusRule(r"5\.(3\.4|2\.3)", None, "the message is too large"),
    StatusRule(r"[45]\.6\.\d+", None, "what the message contains cannot be delivered"),
    StatusRule(r"[45]\.1\.[78]", None, "the sender's address is refused"),
    StatusRule(r"5\.1\.(0|1|2|3|6|10)", HARD, "there is no such mailbox"),
    StatusRule(r"5\.2\.1", HARD, "the mailbox is closed"),
    StatusRule(r"[45]\.2\.2", SOFT, "the mailbox is full"),
    StatusRule(r"4\..*", SOFT, "it could not be delivered in all the time there was"),
    StatusRule(r".*", SOFT, "it could not be delivered"),
)
"""The first row that applies counts. Where the address is not to blame there are no strikes."""

_STATUS = re.compile(r"\s*([245]\.[0-9]{1,3}\.[0-9]{1,3})(?![.0-9])")
_IN_DIAGNOSTIC = re.compile(r"(?:^|[\s;#(-])([245]\.[0-9]{1,3}\.[0-9]{1,3})(?![.0-9])")
_VAGUE = re.compile(r"[245]\.0\.0\Z")
_REPLY = re.compile(r"(?:^|[\s;])([245])[0-9]{2}(?![.0-9])")


def status_code(status: str, diagnostic: str) -> str:
    """Return the code that says most: that of the field Status, else of Diagnostic-Code, else of its SMTP reply.

    Empty if there is none. A Status such as 5.0.0, as Exim gives always, says less than an enhanced code beside it.
    """
    said = _STATUS.match(status)
    beside = _IN_DIAGNOSTIC.search(diagnostic)
    if said and not (beside and _VAGUE.match(said[1]) and beside[1][0] == said[1][0]):
        return said[1]
    if beside:
        return beside[1]
    reply = _REPLY.search(diagnostic)
    return f"{reply[1]}.0.0" if reply else ""


def rule_of(code: str) -> StatusRule:
    """Return the row of a status code."""
    return next(rule for rule in STATUS_RULES if re.fullmatch(rule.codes, code))
