"""A message as it travels by mail: RFC 5322 headers, RFC 2045 bodies, CRLF, 7-bit.

Written out directly and not through ``email.message``: that one rewrites text that looks encoded, folds one-click
unsubscribe links apart, and takes a millisecond a message. What leaves here is read back by it unchanged.
"""

import re
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Generic, TypeVar

from attrs import frozen

from adapters.gateways.mime_attachments import Attached
from adapters.gateways.mime_body import alternatives, part
from adapters.gateways.mime_headers import (
    further_header,
    mailbox_header,
    message_id_header,
    one_line,
    text_header,
)
from application.ports.sender import OutboundMessage
from domain.address import is_email
from domain.content import Attachment, Content
from domain.return_path import ReturnPath

KEPT_MAX = 16
"""How many subjects and texts that were encoded lately a frame keeps."""

Made = TypeVar("Made")
_MAILBOX = re.compile(r"(?:(?P<name>[^<>]*)<(?P<within>[^<>]+)>|(?P<bare>[^<>\s]+))\Z")


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
        return cls(address, one_line(name) or None)


@frozen
class Mail:
    """A message in its envelope. The domains of both addresses are ASCII.

    ``attached`` is what follows ``octets``: whole lines of which none begins with a dot, the same object for all mails
    of a frame that have the same attachments.
    """

    sender: str
    recipient: str
    octets: bytes
    attached: bytes = b""

    @property
    def size(self) -> int:
        """How many octets there are, as SIZE counts them (RFC 1870 5)."""
        return len(self.octets) + len(self.attached)

    @property
    def needs_smtputf8(self) -> bool:
        """Say whether only a server with the extension of RFC 6531 can carry it."""
        return not (self.sender.isascii() and self.recipient.isascii())


class _Recent(Generic[Made]):
    """What *make* made of the last few pairs of texts, so that a text of a whole campaign is worked on once."""

    def __init__(self, make: Callable[[str, str], Made]) -> None:
        self._make = make
        self._made: dict[tuple[str, str], Made] = {}

    def __call__(self, first: str, second: str) -> Made:
        key = (first, second)
        made = self._made.pop(key, None)
        if made is None:
            made = self._make(first, second)
            if len(self._made) == KEPT_MAX:
                del self._made[next(iter(self._made))]
        self._made[key] = made  # last in the order, so the last to go
        return made


class Frame:
    """What the mails of one sender have in common, filled in for one recipient after the other.

    Subjects and texts that were encoded lately are kept, :data:`KEPT_MAX` of each. Used by one thread, for one call:
    nothing of a message outlives that.
    """

    def __init__(self, sender: Mailbox, return_path: ReturnPath | None = None) -> None:
        self._return_path = return_path
        self._attached: tuple[tuple[Attachment, ...], Attached] | None = None
        self._sender = with_ascii_domain(sender.address)
        self._domain = self._sender.rpartition("@")[2]
        self._from = mailbox_header("From", self._sender, sender.name)
        self._header = _Recent(text_header)
        self._part = _Recent(part)
        self._date = (datetime.min, "")  # noqa: DTZ901  (equal to no date that is given)
        self._both = _Recent(lambda body, html: alternatives(self._part("plain", body), self._part("html", html)))

    def fill(self, message: OutboundMessage, at: datetime) -> Mail:
        """Return *message* as mail, dated *at*: text, html, or both as alternatives, and what is attached.

        The envelope's sender is that of the From header, unless there is a return path.

        The Message-ID is made of the message's reference alone, so it is the same on every attempt. Only an address
        whose local part is not ASCII puts other than ASCII into a header (RFC 6532).

        :raises ValueError: an address, the reference or a header cannot stand in a mail; the message names which.
        """
        if not is_email(message.address):
            raise ValueError("address: is not one mail address")
        recipient = with_ascii_domain(message.address)
        content = message.content
        head = (
            self._from,
            mailbox_header("To", recipient, one_line(message.recipient_name or "") or None),
            "" if content.subject is None else self._header("Subject", content.subject),
            self._dated(at),
            message_id_header(message.reference, self._domain),
            "Auto-Submitted: auto-generated\r\n",  # RFC 3834: nobody's out-of-office answers this
            *[further_header(name, value) for name, value in message.headers.items()],
            "MIME-Version: 1.0\r\n",
        )
        sender = self._sender
        if self._return_path is not None:
            sender = self._return_path.of(message.notification_id, message.fence)
        body = self._body(content)
        if not content.attachments:
            return Mail(sender, recipient, "".join(head).encode() + body)
        files = self._files(content.attachments, body)
        return Mail(sender, recipient, "".join(head).encode() + files.opening(body), files.octets)

    def _dated(self, at: datetime) -> str:
        known, header = self._date
        if at != known or at.tzinfo is not known.tzinfo:  # the same moment in another zone is written otherwise
            header = f"Date: {format_datetime(at)}\r\n"
            self._date = (at, header)
        return header

    def _files(self, files: tuple[Attachment, ...], texts: bytes) -> Attached:
        if self._attached is None or self._attached[0] is not files:  # to compare what is in them takes long
            self._attached = (files, Attached.of(files))
        attached = self._attached[1]
        return Attached.of(files, texts) if attached.boundary in texts else attached

    def _body(self, content: Content) -> bytes:
        if content.html is None:
            return self._part("plain", content.body or "")
        if content.body is None:
            return self._part("html", content.html)
        return self._both(content.body, content.html)


def build(message: OutboundMessage, sender: Mailbox, at: datetime) -> Mail:
    """Return one *message* as mail from *sender*, as :meth:`Frame.fill`."""
    return Frame(sender).fill(message, at)


def with_ascii_domain(address: str) -> str:
    """Return *address* with its domain as the DNS knows it (RFC 5891); the local part stays as it is."""
    if address.isascii():
        return address
    local_part, _, domain = address.rpartition("@")
    return f"{local_part}@{_ascii_domain(domain)}"


@lru_cache(maxsize=1024)
def _ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain
    from email_validator import validate_email

    return validate_email(f"x@{domain}", check_deliverability=False, globally_deliverable=False).ascii_domain
