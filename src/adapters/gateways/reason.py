"""What a provider said, made fit to be kept and shown: no address, no secret, one short line."""

import re
import unicodedata
from collections.abc import Iterable

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
    one line of at most :data:`REASON_MAX` characters. Where texts that are named overlap, all that they cover is
    masked once.
    """
    line = _one_line(text)[:_READ_MAX]
    if not line:
        return ""  # most answers say nothing, and those named may be thousands
    named = [text for text in _spellings(secrets_and_addresses) if len(text) <= len(line)]
    line = _masked(line, "{}", (text for text in named if len(text) > SHORT_MAX))
    # A short text is looked for only as a word, or other words would lose their letters.
    line = _masked(line, r"(?<!\w){}(?!\w)", (text for text in named if len(text) <= SHORT_MAX))
    line = _PHONE.sub(MASK, _MAILBOX.sub(MASK, line))
    return shorten(line)


def shorten(text: str) -> str:
    """Return *text* cut to :data:`REASON_MAX` characters."""
    return text if len(text) <= REASON_MAX else text[: REASON_MAX - 1] + "…"


def _one_line(text: str) -> str:
    if not text.isprintable():  # or else there is nothing of the kind
        text = "".join(" " if unicodedata.category(character) in _NOT_TEXT else character for character in text)
    return " ".join(text.split())


def _masked(line: str, form: str, named: Iterable[str]) -> str:
    """Return *line* with a mask for each stretch that the texts *named* cover, wherever they stand in *form*."""
    alternatives = "|".join(re.escape(text) for text in sorted(named, key=len, reverse=True))
    if not alternatives:
        return line
    found = form.format(f"(?:{alternatives})")
    kept, end = [], 0
    for match in re.finditer(f"(?=({found}))", line, re.IGNORECASE):  # ahead, so that one may begin within another
        if match.start(1) >= end:
            kept += [line[end : match.start(1)], MASK]
        end = max(end, match.end(1))
    return "".join([*kept, line[end:]])


def _spellings(secrets_and_addresses: tuple[str, ...]) -> set[str]:
    """Return the texts to mask, as one line spells them; a phone number is masked without its plus sign as well."""
    given = {line for text in secrets_and_addresses if (line := _one_line(text))}
    return given | {text.removeprefix("+") for text in given if len(text) > 1}
