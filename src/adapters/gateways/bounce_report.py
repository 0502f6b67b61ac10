"""Finding one's way in a mail that may be a report (RFC 6522): its parts, its fields, and nothing it could break."""

from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from domain.errors import Unreadable

SIZE_MAX = 10_000_000
"""The most bytes of a mail that are looked at."""

_READ_MAX_BYTES = 512 * 1024  # a report comes before the mail that it returns
_LINES_MAX = 20_000
_PARTS_MAX = 40
_BLOCKS_MAX = 50
_DELIVERY = ("message/delivery-status", "message/global-delivery-status")  # RFC 3464, RFC 6533
_FEEDBACK = ("message/feedback-report",)  # RFC 5965

Fields = Message


def parse(octets: bytes) -> Message:
    """Return what *octets* say, as far as a report can be; what a parser would choke on is refused.

    :raises Unreadable: they are too many, or parts lie in parts without end.
    """
    if len(octets) > SIZE_MAX:
        raise Unreadable(f"the mail has {len(octets)} bytes; at most {SIZE_MAX} are looked at")
    lines = octets[:_READ_MAX_BYTES].split(b"\n", _LINES_MAX)[:_LINES_MAX]
    read = b"\n".join(lines)
    lowered = read.lower()
    if lowered.count(b"multipart/") + lowered.count(b"message/") > _PARTS_MAX:
        raise Unreadable(f"the mail has more than {_PARTS_MAX} parts; no report has")
    try:
        # The old policy: the newer one reads the syntax of headers, and fails in many ways over what is none.
        return message_from_bytes(read, policy=compat32)
    except Exception as error:  # the parser promises nothing about hostile mail
        raise Unreadable("the mail cannot be parsed") from error


def text_of(message: Fields, name: str) -> str:
    """Return the header or field *name* on one line; empty if there is none."""
    return " ".join(" ".join(str(value) for value in message.get_all(name, [])).split())


def delivery_blocks(message: Message) -> list[Fields] | None:
    """Return the fields about each recipient, or None if *message* is no report of deliveries."""
    for part in _parts(message):
        if part.get_content_type() in _DELIVERY:
            blocks = part.get_payload()
            found = [block for block in blocks if isinstance(block, Message)] if isinstance(blocks, list) else []
            return [block for block in found if "Action" in block or "Status" in block][:_BLOCKS_MAX]
    return None


def feedback_fields(message: Message) -> Fields | None:
    """Return the fields of a complaint, or None if *message* is none."""
    for part in _parts(message):
        if part.get_content_type() in _FEEDBACK:
            inner = part.get_payload()
            return inner[0] if isinstance(inner, list) and inner and isinstance(inner[0], Message) else None
    return None


def returned_headers(message: Message) -> Iterator[Fields]:
    """Yield everything beside the outermost headers that may say how the mail was sent: fields, and its own headers."""
    for part in _parts(message):
        content = part.get_payload()
        if isinstance(content, list):
            yield from (inner for inner in content[:_BLOCKS_MAX] if isinstance(inner, Message))
        elif part.get_content_type() in ("text/rfc822-headers", "message/global-headers") and isinstance(content, str):
            yield message_from_bytes(content.encode("utf-8", errors="replace"), policy=compat32)


def _parts(message: Message) -> Iterator[Message]:
    """Yield the parts of *message* itself, not those of a mail within it."""
    waiting = [message]
    while waiting:
        part = waiting.pop(0)
        content = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(content, list):
            waiting += [inner for inner in content if isinstance(inner, Message)]
        else:
            yield part
