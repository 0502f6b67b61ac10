"""The headers of a mail: folded between words (RFC 5322), encoded where a text is not plain ASCII (RFC 2047)."""

import base64
import re
import unicodedata
from collections.abc import Iterator

LINE_MAX = 998  # RFC 5322 2.1.1, without CRLF
_FOLD_AT = 78  # RFC 5322 2.1.1: lines should be no longer
_ENCODED_WORD_BYTES = 42  # 56 base64 characters and "=?utf-8?b??=" stay under the 75 of RFC 2047 2

_UNBROKEN = frozenset({"list-unsubscribe"})
"""Headers of links. Whatever folds one breaks it, so such a word may make a line longer than RFC 5322 allows.

Servers take that, or fold it themselves where they pass it on (Postfix after 998 octets); space within the brackets of
RFC 2369 is ignored. To refuse the whole message would be worse. Only links of over 970 octets are concerned.
"""

_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~-"
_DOT_ATOM = re.compile(rf"[{_ATEXT}]+(?:\.[{_ATEXT}]+)*\Z")
_PHRASE = re.compile(rf"[{_ATEXT}]+(?: [{_ATEXT}]+)*\Z")
_HEADER_NAME = re.compile(r"[!-9;-~]{1,76}\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_OURS = frozenset(
    {
        *("from", "sender", "to", "cc", "bcc", "subject", "date", "message-id", "auto-submitted", "mime-version"),
        *("content-type", "content-transfer-encoding", "return-path", "received"),
    }
)


def mailbox_header(name: str, address: str, shown: str | None) -> str:
    """Return the header *name* with one mailbox: *address*, and the name *shown* beside it; ends with CRLF."""
    return _header(name, [address] if shown is None else [*_phrase(shown), f"<{address}>"])


def text_header(name: str, text: str) -> str:
    """Return a header of free text: as it is if that reads back the same, else encoded (RFC 2047).

    :raises ValueError: it contains a line break or control character.
    """
    _refuse_control_characters(text)
    words = text.split(" ")
    if text.isascii() and "=?" not in text and all(words) and all(len(word) < LINE_MAX - _FOLD_AT for word in words):
        return _header(name, words)
    return _header(name, _encoded(text))


def further_header(name: str, value: str) -> str:
    """Return a header that may have a syntax of its own: nothing of it is changed that need not be.

    :raises ValueError: *name* is one of ours or none at all, or *value* cannot stand in a mail.
    """
    if not _HEADER_NAME.match(name) or name.lower() in _OURS:
        raise ValueError(f"headers: {name!r} is not a header that can be added")
    _refuse_control_characters(value)
    return _header(name, value.strip().split(" ") if value.isascii() else _encoded(value))


def message_id_header(reference: str, domain: str) -> str:
    """Return the Message-ID that is made of *reference* alone.

    :raises ValueError: *reference* has other characters than it may.
    """
    if not _DOT_ATOM.match(reference):
        raise ValueError("reference: has characters that a Message-ID cannot have")
    return _header("Message-ID", [f"<{reference}@{domain}>"])


def one_line(name: str) -> str:
    """Return *name* without control characters and with single spaces: it comes from outside, and is only shown."""
    if not name.isprintable():
        name = "".join(" " if unicodedata.category(char) in ("Cc", "Cs") else char for char in name)
    return " ".join(name.split())


def _header(name: str, words: list[str]) -> str:
    """Return one header, folded only between *words*."""
    line = " ".join((f"{name}:", *words))
    return f"{line}\r\n" if len(line) <= _FOLD_AT else "".join(f"{line}\r\n" for line in _folded(name, words))


def _folded(name: str, words: list[str]) -> Iterator[str]:
    line = f"{name}:"
    for word in words:
        if word and len(line) + 1 + len(word) > _FOLD_AT and line != f"{name}:":
            yield line
            line = ""
        line = f"{line} {word}"
        if len(line.encode()) > LINE_MAX and name.lower() not in _UNBROKEN:
            raise ValueError(f"headers: {name!r} has a word that is longer than a line of mail can be")
    yield line


def _refuse_control_characters(text: str) -> None:
    if _CONTROL.search(text):
        raise ValueError("headers: a subject or header contains a line break or control character")


def _phrase(name: str) -> list[str]:
    if not name.isascii() or "=?" in name or len(name) > _FOLD_AT - 10:
        return _encoded(name)
    if _PHRASE.match(name):
        return name.split(" ")
    return ['"' + re.sub(r'(["\\])', r"\\\1", name) + '"']


def _encoded(text: str) -> list[str]:
    """Return *text* as encoded words; a character is never cut in two (RFC 2047 5)."""
    words, chunk = [], b""
    for character in text:
        octets = character.encode()
        if len(chunk) + len(octets) > _ENCODED_WORD_BYTES:
            words.append(chunk)
            chunk = b""
        chunk += octets
    return [f"=?utf-8?b?{base64.b64encode(word).decode()}?=" for word in (*words, chunk) if word]
