"""Addresses as text that is safe to hand on: one address, no control characters, within the RFC's lengths."""

import re
from enum import StrEnum

from attrs import frozen

EMAIL_MAX = 254  # RFC 5321 4.5.3.1.3: a path of 256 octets with its brackets
LOCAL_PART_MAX = 64  # RFC 5321 4.5.3.1.1
PUSH_TOKEN_MAX = 4096
RECIPIENT_ID_MAX = 255

_ATOM = r"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff\"(),:;<>@\[\]\\.]+"
# Letters, digits and inner hyphens (RFC 1035 2.3.1), and whatever is not ASCII (RFC 5890).
_LABEL = r"(?!-)[^\s\x00-\x2c./:-@\[-`{-\x9f\ud800-\udfff]{1,63}(?<!-)"
_EMAIL = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@{_LABEL}(?:\.{_LABEL})+\Z")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}\Z")  # E.164: at most 15 digits
_TOKEN = re.compile(r"[\x21-\x7e]+\Z")
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+\Z")


def is_email(text: str) -> bool:
    """Say whether *text* is one bare mailbox (RFC 5321, dot-atom form) with a dotted domain."""
    match = _EMAIL.match(text)
    return match is not None and len(match[1].encode()) <= LOCAL_PART_MAX and len(text.encode()) <= EMAIL_MAX


def is_phone(text: str) -> bool:
    """Say whether *text* is an E.164 number with its plus sign."""
    return _PHONE.match(text) is not None


def is_recipient_id(text: str) -> bool:
    """Say whether *text* can name a recipient: 1 to 255 printable characters, no space at either end."""
    return len(text) <= RECIPIENT_ID_MAX and _PRINTABLE.match(text) is not None and text == text.strip()


class PushKind(StrEnum):
    """What an FCM address is: a registration token, or a Firebase installation id."""

    TOKEN = "token"
    INSTALLATION = "fid"


@frozen
class PushAddress:
    """Where a push goes: a kind and a value. As text, an installation id carries the prefix ``fid:``."""

    kind: PushKind
    value: str

    @classmethod
    def parse(cls, text: str) -> "PushAddress":
        """Return the address that *text* names.

        :raises ValueError: it is empty, too long, or has characters that no token has.
        """
        kind, value = PushKind.TOKEN, text
        if text.startswith("fid:"):
            kind, value = PushKind.INSTALLATION, text.removeprefix("fid:")
        if not _TOKEN.match(value) or len(value) > PUSH_TOKEN_MAX:
            raise ValueError(f"a push address has 1 to {PUSH_TOKEN_MAX} visible ASCII characters and no spaces")
        return cls(kind, value)

    def __str__(self) -> str:
        return self.value if self.kind is PushKind.TOKEN else f"fid:{self.value}"
