"""What a provider said, made fit to be kept and shown: no address, no secret, one short line."""

import re
import unicodedata

REASON_MAX = 500
"""The most characters of a provider's text that are kept."""

SHORT_MAX = 3
"""Up to so many characters are a word like any other, and masked only where they stand alone."""

MASK = "***"
_READ_MAX = 4 * REASON_MAX
_MAILBOX = re.compile(r"[^\s<>\"'(),;:=@]{1,64}(?:@|%40)[^\s<>\"'(),;:=@]+", re.IGNORECASE)
_PHONE = re.compile(r"(?:\+|%2B)[0-9](?:[ .-]?[0-9]){6,14}", re.IGNORECASE)
_NOT_TEXT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def redact(text: str, *secrets_and_addresses: str) -> str:
    """Return *text* as it may go into a reason.

    What is named in *secrets_and_addresses* is masked wherever it stands, without regard to case; so is whatever looks
    like a mailbox or an international phone number. Control and formatting characters become spaces, and the whole is
    one line of at most :data:`REASON_MAX` characters.
    """
    line = _one_line(text)[:_READ_MAX]
    for private in sorted(_spellings(secrets_and_addresses), key=len, reverse=True):
        line = re.sub(_pattern(private), MASK, line, flags=re.IGNORECASE)
    line = _PHONE.sub(MASK, _MAILBOX.sub(MASK, line))
    return shorten(line)


def shorten(text: str) -> str:
    """Return *text* cut to :data:`REASON_MAX` characters."""
    return text if len(text) <= REASON_MAX else text[: REASON_MAX - 1] + "…"


def _one_line(text: str) -> str:
    line = "".join(" " if unicodedata.category(character) in _NOT_TEXT else character for character in text)
    return " ".join(line.split())


def _pattern(private: str) -> str:
    """Return where *private* stands: a short text only as a word, or other words would lose their letters."""
    escaped = re.escape(private)
    return escaped if len(private) > SHORT_MAX else rf"(?<!\w){escaped}(?!\w)"


def _spellings(secrets_and_addresses: tuple[str, ...]) -> set[str]:
    """Return the texts to mask, as one line spells them; a phone number is masked without its plus sign as well."""
    given = {_one_line(text) for text in secrets_and_addresses if text.strip()}
    return given | {text.removeprefix("+") for text in given if len(text) > 1}
