"""Return paths of one hand-over each (VERP): a bounce comes back to an address that says which mail it was."""

import re
from collections.abc import Iterator

from attrs import Attribute, field, frozen

from domain.address import EMAIL_MAX, LOCAL_PART_MAX, is_email
from domain.sealing import SEAL_MIN, is_sealed, seal

_PURPOSE = "return-path"
_ADDED_MAX = len("+") + 18 + len(".") + 9 + len(".") + SEAL_MIN  # digits as in domain.reference
LOCAL_PART_ROOM = LOCAL_PART_MAX - _ADDED_MAX
"""What is left of the 64 octets before the ``@`` (RFC 5321 4.5.3.1.1) for a name of one's own."""

_FOUND = re.compile(rf"\+([1-9][0-9]{{0,17}})\.([1-9][0-9]{{0,8}})\.([0-9a-f]{{{SEAL_MIN}}})@", re.IGNORECASE)
"""In either case: some servers lower or raise it."""


def problem_with(address: str) -> str | None:
    """Return what keeps *address* from being a return path, for the person who configured it, or None."""
    if not is_email(address) or not address.isascii():
        return "must be one bare mail address of ASCII characters, such as bounces@example.com"
    named = len(address.rpartition("@")[0])
    if named > LOCAL_PART_ROOM:
        return f"has {named} characters before the @; what each message adds leaves room for {LOCAL_PART_ROOM}"
    if len(address) + _ADDED_MAX > EMAIL_MAX:
        return f"has {len(address)} characters; what each message adds leaves room for {EMAIL_MAX - _ADDED_MAX}"
    return None


def _usable(_: "ReturnPath", __: "Attribute[str]", value: str) -> None:
    if (problem := problem_with(value)) is not None:
        raise ValueError(f"return_path {problem}")


@frozen
class ReturnPath:
    """``bounces@example.com`` as it is configured; each hand-over gets ``bounces+ID.FENCE.SEAL@example.com`` of it.

    Whoever takes mail for that domain delivers what comes for all of these to one place, as with
    ``recipient_delimiter = +`` in Postfix.

    :raises ValueError: see :func:`problem_with`.
    """

    address: str = field(validator=_usable)
    secret: str = field(repr=False)

    def of(self, notification_id: int, fence: int) -> str:
        """Return the envelope sender of one hand-over."""
        named, _, domain = self.address.rpartition("@")
        number = f"{notification_id}.{fence}"
        return f"{named}+{number}.{seal(self.secret, _PURPOSE, number, length=SEAL_MIN)}@{domain}"


def hand_overs_in(text: str, secret: str) -> Iterator[tuple[int, int] | None]:
    """Yield the notification and fence of each return path within *text*; None for one whose seal is wrong."""
    for match in _FOUND.finditer(text):
        is_ours = is_sealed(secret, _PURPOSE, f"{match[1]}.{match[2]}", match[3].lower())
        yield (int(match[1]), int(match[2])) if is_ours else None
