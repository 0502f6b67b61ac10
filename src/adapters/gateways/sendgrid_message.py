"""Messages as SendGrid's Mail Send takes them: what several have in common once, and a personalization for each.

Source: the schema of ``POST /v3/mail/send``, https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send.
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from email.header import Header
from typing import Any

from adapters.gateways.mime import Mailbox, with_ascii_domain
from adapters.gateways.mime_headers import one_line
from application.ports.sender import OutboundMessage
from domain.address import is_email
from domain.content import Attachment, Content
from domain.media_type import MediaType

PERSONALIZATIONS_MAX = 1000
REQUEST_MAX_BYTES = 30_000_000
ECHO = "tocsin"
"""The custom argument under which SendGrid gives our reference back with each event."""

_RESERVED = frozenset(
    {
        *("x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding"),
        *("to", "from", "subject", "reply-to", "cc", "bcc"),
    }
)
"""The headers that SendGrid does not let anybody override."""

_OURS = "Auto-Submitted"
_HEADER_NAME = re.compile(r"[!-9;-~]{1,76}\Z")
_LISTED = re.compile(r"[,;]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")


def frame(content: Content, sender: Mailbox) -> bytes:
    """Return what the messages with *content* have in common: a JSON object without its personalizations.

    :raises ValueError: SendGrid would not take it; the message says why.
    """
    if not (content.subject or "").strip():
        raise ValueError("subject: is empty, and SendGrid needs one")
    texts = (("text/plain", content.body), ("text/html", content.html))  # the plain one has to come first
    parts = [{"type": media_type, "value": text} for media_type, text in texts if text]
    if not parts:
        raise ValueError("body: is empty, and SendGrid needs a text")
    common: dict[str, Any] = {"from": _mailbox(sender), "subject": content.subject, "content": parts}
    if content.attachments:
        common["attachments"] = [_attachment(number, one) for number, one in enumerate(content.attachments)]
    return _json(common)


def personalization(message: OutboundMessage) -> bytes:
    """Return what *message* has for itself, as a JSON object.

    :raises ValueError: SendGrid would not take it; the message says why.
    """
    local_part = message.address.rpartition("@")[0]
    if not is_email(message.address):
        raise ValueError("address: is not one mail address")
    if not local_part.isascii():
        raise ValueError("address: has letters before the @ that are not ASCII, and SendGrid carries no such address")
    name = one_line(message.recipient_name or "") or None
    return _json(
        {
            "to": [_mailbox(Mailbox(message.address, name))],
            "headers": {_OURS: "auto-generated", **_further(message.headers)},  # RFC 3834
            "custom_args": {ECHO: message.echo},
        }
    )


def request(common: bytes, personalizations: Sequence[bytes]) -> bytes:
    """Return the body of one request: *common* of :func:`frame`, with some of :func:`personalization`."""
    return common.removesuffix(b"}") + b',"personalizations":[' + b",".join(personalizations) + b"]}"


def is_too_large(common: bytes, personalizations: Sequence[bytes]) -> bool:
    """Say whether these are more than SendGrid takes in one request."""
    size = len(common) + sum(len(one) + 1 for one in personalizations) + 32
    return len(personalizations) > PERSONALIZATIONS_MAX or size > REQUEST_MAX_BYTES


def _mailbox(mailbox: Mailbox) -> dict[str, str]:
    address = {"email": with_ascii_domain(mailbox.address)}
    if mailbox.name is None:
        return address
    # SendGrid takes a bare comma or semicolon for the end of an address.
    plain = mailbox.name.replace('"', "'") if _LISTED.search(mailbox.name) else None
    return {**address, "name": mailbox.name if plain is None else f'"{plain}"'}


def _attachment(number: int, attachment: Attachment) -> dict[str, str]:
    if not attachment.data:
        raise ValueError(f"attachments[{number}]: is empty, and SendGrid takes no empty file")
    return {
        "content": base64.b64encode(attachment.data).decode(),
        "type": _type(attachment.media_type),
        "filename": attachment.filename,
        "disposition": "attachment",
    }


def _type(media_type: str) -> str:
    """Return a type as SendGrid takes it: of the parameters only the method of an invitation.

    Any other it refuses for its semicolon, and sets the charset itself
    (https://github.com/anymail/django-anymail/issues/150).
    """
    parsed = MediaType.parse(media_type)
    method = parsed.parameters.get("method")
    return parsed.essence if method is None else f"{parsed.essence}; method={method}"


def _further(headers: Mapping[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER_NAME.match(name) or name.lower() in _RESERVED or name.lower() == _OURS.lower():
            raise ValueError(f"headers: {name!r} is not a header that SendGrid lets anybody add")
        if _CONTROL.search(value):
            raise ValueError(f"headers: {name!r} contains a line break or control character")
    # What is not ASCII has to come encoded (RFC 2047).
    return {
        name: value if value.isascii() else Header(value, "utf-8").encode(linesep="") for name, value in headers.items()
    }


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
