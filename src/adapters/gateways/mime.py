"""A message as it travels by mail: RFC 5322 headers, RFC 2045 bodies, CRLF, 7-bit.

Written out directly and not through ``email.message``: that one rewrites text that looks encoded, folds one-click
unsubscribe links apart, and takes a millisecond a message. What leaves here is read back by it unchanged.
"""

import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime

from attrs import evolve, frozen

from application.ports.sender import OutboundMessage
from domain.address import is_email
from domain.content import Content

LINE_MAX = 998  # RFC 5322 2.1.1, without CRLF
_FOLD_AT = 78  # RFC 5322 2.1.1: lines should be no longer
_ENCODED_WORD_BYTES = 42  # 56 base64 characters and "=?utf-8?b??=" stay under the 75 of RFC 2047 2
_QUOTED_PRINTABLE_UP_TO = 6  # with more than one byte in six outside ASCII, base64 is shorter and no less readable

_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~-"
_DOT_ATOM = re.compile(rf"[{_ATEXT}]+(?:\.[{_ATEXT}]+)*\Z")
_PHRASE = re.compile(rf"[{_ATEXT}]+(?: [{_ATEXT}]+)*\Z")
_HEADER_NAME = re.compile(r"[!-9;-~]{1,76}\Z")
_MAILBOX = re.compile(r"(?:(?P<name>[^<>]*)<(?P<within>[^<>]+)>|(?P<bare>[^<>\s]+))\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_OURS = frozenset(
    {
        *("from", "sender", "to", "cc", "bcc", "subject", "date", "message-id", "auto-submitted", "mime-version"),
        *("content-type", "content-transfer-encoding", "return-path", "received"),
    }
)


@frozen
class Mailbox:
    """A mail address and the name shown beside it."""

    address: str
    name: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Mailbox":
        """Return the mailbox that *text* names: ``news@example.com`` or ``Example <news@example.com>``.

        :raises ValueError: it names none, or several; the message says what is expected.
        """
        match = _MAILBOX.match(text.strip())
        if match is None or not is_email(address := match["within"] or match["bare"]):
            raise ValueError("expected one mail address, such as: Example <news@example.com>")
        name = (match["name"] or "").strip()
        if len(name) > 1 and name[0] == name[-1] == '"':
            name = re.sub(r"\\(.)", r"\1", name[1:-1])
        return cls(address, _one_line(name) or None)

    @property
    def domain(self) -> str:
        """The part after the at sign."""
        return self.address.rpartition("@")[2]


@frozen
class Mail:
    """A message in its envelope. The domains of both addresses are ASCII."""

    sender: str
    recipient: str
    octets: bytes

    @property
    def needs_smtputf8(self) -> bool:
        """Say whether only a server with the extension of RFC 6531 can carry it."""
        return not (self.sender.isascii() and self.recipient.isascii())


def build(message: OutboundMessage, sender: Mailbox, at: datetime) -> Mail:
    """Return *message* as mail from *sender*, dated *at*: text, html, or both as alternatives.

    The Message-ID is made of the message's reference alone, so it is the same on every attempt. Only an address whose
    local part is not ASCII puts other than ASCII into a header (RFC 6532).

    :raises ValueError: an address, the reference or a header cannot stand in a mail; the message names which.
    """
    if not is_email(message.address):
        raise ValueError("address: is not one mail address")
    sender = evolve(sender, address=_with_ascii_domain(sender.address))
    recipient = Mailbox(_with_ascii_domain(message.address), _one_line(message.recipient_name or "") or None)
    if not _DOT_ATOM.match(message.reference):
        raise ValueError("reference: has characters that a Message-ID cannot have")
    lines = [
        *_header("From", _mailbox(sender)),
        *_header("To", _mailbox(recipient)),
        *([] if message.content.subject is None else _header("Subject", _free_text(message.content.subject))),
        *_header("Date", [format_datetime(at)]),
        *_header("Message-ID", [f"<{message.reference}@{sender.domain}>"]),
        *_header("Auto-Submitted", ["auto-generated"]),  # RFC 3834: nobody's out-of-office answers this
    ]
    for name, value in message.headers.items():
        if not _HEADER_NAME.match(name) or name.lower() in _OURS:
            raise ValueError(f"headers: {name!r} is not a header that can be added")
        lines += _header(name, _as_given(value))
    lines += _header("MIME-Version", ["1.0"])
    head = "".join(f"{line}\r\n" for line in lines).encode()
    return Mail(sender.address, recipient.address, head + _body(message.content))


def _with_ascii_domain(address: str) -> str:
    """Return *address* with its domain as the DNS knows it (RFC 5891); the local part stays as it is."""
    local_part, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    from email_validator import validate_email

    found = validate_email(f"x@{domain}", check_deliverability=False, globally_deliverable=False)
    return f"{local_part}@{found.ascii_domain}"


def _header(name: str, words: list[str]) -> Iterator[str]:
    """Yield the lines of one header, folded only between *words*."""
    line = f"{name}:"
    for word in words:
        if word and len(line) + 1 + len(word) > _FOLD_AT and line != f"{name}:":
            yield line
            line = ""
        line = f"{line} {word}"
        if len(line.encode()) > LINE_MAX:
            raise ValueError(f"headers: {name!r} has a word that is longer than a line of mail can be")
    yield line


def _as_given(value: str) -> list[str]:
    """Return the words of a header that may have a syntax of its own: nothing is changed that need not be."""
    _refuse_control_characters(value)
    return value.strip().split(" ") if value.isascii() else _encoded(value)


def _free_text(text: str) -> list[str]:
    """Return the words of free text: as they are if they read back the same, else encoded (RFC 2047)."""
    _refuse_control_characters(text)
    words = text.split(" ")
    if text.isascii() and "=?" not in text and all(words) and all(len(word) < LINE_MAX - _FOLD_AT for word in words):
        return words
    return _encoded(text)


def _refuse_control_characters(text: str) -> None:
    if _CONTROL.search(text):
        raise ValueError("headers: a subject or header contains a line break or control character")


def _mailbox(mailbox: Mailbox) -> list[str]:
    address = f"<{mailbox.address}>"
    name = mailbox.name
    if name is None:
        return [mailbox.address]
    if not name.isascii() or "=?" in name or len(name) > _FOLD_AT - 10:
        return [*_encoded(name), address]
    if _PHRASE.match(name):
        return [*name.split(" "), address]
    return ['"' + re.sub(r'(["\\])', r"\\\1", name) + '"', address]


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


def _one_line(name: str) -> str:
    """Return *name* without control characters and with single spaces: it comes from outside, and is only shown."""
    return " ".join("".join(" " if unicodedata.category(char) in ("Cc", "Cs") else char for char in name).split())


def _body(content: Content) -> bytes:
    parts = [
        _part(subtype, text) for subtype, text in (("plain", content.body), ("html", content.html)) if text is not None
    ]
    if not parts:
        parts = [_part("plain", "")]
    if len(parts) == 1:
        return parts[0]
    # Made of the parts themselves, so that no part can contain it.
    boundary = b"=_" + hashlib.sha256(b"\0".join(parts)).hexdigest()[:32].encode()
    head = b'Content-Type: multipart/alternative; boundary="%b"\r\n\r\n' % boundary
    # The line break before a boundary belongs to the boundary (RFC 2046 5.1.1).
    return head + b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts) + b"--%b--\r\n" % boundary


def _part(subtype: str, text: str) -> bytes:
    """Return one text with its headers, its lines ended by CRLF and the last one too."""
    octets = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    if not octets.endswith(b"\n"):
        octets += b"\n"
    encoding, encoded = _transfer_encoded(octets)
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    return head.encode() + encoded.replace(b"\n", b"\r\n")


def _transfer_encoded(octets: bytes) -> tuple[str, bytes]:
    """Return the cheapest encoding that every server carries, and *octets* in it; lines end in LF."""
    if octets.isascii() and max(map(len, octets.split(b"\n"))) <= LINE_MAX and b"\0" not in octets:
        return "7bit", octets
    foreign = sum(octet > 0x7E for octet in octets)  # noqa: PLR2004  (the last printable ASCII character)
    if foreign * _QUOTED_PRINTABLE_UP_TO <= len(octets):
        return "quoted-printable", binascii.b2a_qp(octets, istext=True)
    return "base64", base64.encodebytes(octets.replace(b"\n", b"\r\n"))
