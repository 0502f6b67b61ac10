"""What a message says, and what each channel can carry."""

import json
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from attrs import evolve, field, frozen

from domain.channel import Channel
from domain.errors import FieldError
from domain.media_type import MediaType
from domain.sms_segments import sms_size

SUBJECT_MAX = 998  # RFC 5322 2.1.1: the longest line
BODY_MAX_BYTES = 1_000_000
ATTACHMENTS_MAX = 20
ATTACHMENTS_MAX_BYTES = 10_000_000  # many servers refuse mails over 25 MB, and base64 takes a third more
FILE_NAME_MAX_BYTES = 200
SMS_SEGMENTS_MAX = 10
SMS_CHARACTERS_MAX = 1600  # Twilio refuses more (error 21617)
PUSH_MAX_BYTES = 4096  # FCM and RFC 8030: keys and values of one message
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_NUL = "\x00"
_FILE_NAME = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff/\\\"]+\Z")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


_NO_DATA: Mapping[str, str] = MappingProxyType({})


class Markup(StrEnum):
    """Whether a text is sent as it stands, or is a template to be filled in for each recipient."""

    LITERAL = "literal"
    JINJA = "jinja"


@frozen(kw_only=True)
class Attachment:
    """A file that goes with an email; ``media_type`` is one that :class:`domain.media_type.MediaType` takes."""

    filename: str
    media_type: str
    data: bytes = field(repr=False)


@frozen
class AttachedFile:
    """An attachment as it is shown, without what is in it; ``size`` is in bytes."""

    filename: str
    media_type: str
    size: int


@frozen(kw_only=True)
class Content:
    """What is said: plain ``body``, ``html`` beside or instead of it (email), ``data`` for an app (push).

    ``attachments`` go with an email as they are, whatever the markup of the texts.
    """

    subject: str | None = None
    body: str | None = None
    html: str | None = None
    data: Mapping[str, str] = field(default=_NO_DATA, hash=False)
    markup: Markup = Markup.LITERAL
    attachments: tuple[Attachment, ...] = ()

    @property
    def texts(self) -> "Content":
        """Return this content without its attachments."""
        return evolve(self, attachments=()) if self.attachments else self

    @property
    def attached(self) -> tuple[AttachedFile, ...]:
        """Return the attachments as they are shown."""
        return tuple(AttachedFile(one.filename, one.media_type, len(one.data)) for one in self.attachments)


NO_CONTENT = Content()
"""Says nothing: what a request has that leaves it to a template."""


@frozen(kw_only=True)
class Carrier:
    """What one channel can carry."""

    has_subject: bool
    needs_subject: bool
    has_html: bool
    has_data: bool
    bytes_max: int
    has_attachments: bool = False


CARRIERS: Mapping[Channel, Carrier] = MappingProxyType(
    {
        Channel.EMAIL: Carrier(
            has_subject=True,
            needs_subject=True,
            has_html=True,
            has_data=False,
            bytes_max=BODY_MAX_BYTES,
            has_attachments=True,
        ),
        Channel.SMS: Carrier(has_subject=False, needs_subject=False, has_html=False, has_data=False, bytes_max=6400),
        Channel.PUSH: Carrier(
            has_subject=True, needs_subject=False, has_html=False, has_data=True, bytes_max=PUSH_MAX_BYTES
        ),
        Channel.WEB_PUSH: Carrier(
            has_subject=True, needs_subject=False, has_html=False, has_data=True, bytes_max=PUSH_MAX_BYTES
        ),
        Channel.IN_APP: Carrier(
            has_subject=True, needs_subject=False, has_html=False, has_data=True, bytes_max=BODY_MAX_BYTES
        ),
    }
)
"""The limits of each channel."""


def fitted(content: Content, channel: Channel) -> Content:
    """Return *content* without what *channel* cannot carry: one campaign may go out over several channels."""
    carrier = CARRIERS[channel]
    is_carried = (
        (carrier.has_subject or content.subject is None)
        and (carrier.has_html or content.html is None)
        and (carrier.has_data or not content.data)
        and (carrier.has_attachments or not content.attachments)
    )
    if is_carried:
        return content  # most are
    return evolve(
        content,
        subject=content.subject if carrier.has_subject else None,
        html=content.html if carrier.has_html else None,
        data=content.data if carrier.has_data else _NO_DATA,
        attachments=content.attachments if carrier.has_attachments else (),
    )


def problems(content: Content, channel: Channel) -> Iterator[FieldError]:
    """Yield everything that keeps *content* from being sent over *channel*, field by field.

    A template is checked for what is certain before it is filled in; what was filled in is checked as literal text.
    """
    carrier = CARRIERS[channel]
    yield from _misfits(content, channel, carrier)
    yield from _subject_problems(content, channel, carrier)
    yield from _attachment_problems(content.attachments)
    if not (content.body or content.html or (content.data and carrier.has_data)):
        fields = "body or html" if carrier.has_html else "body or data" if carrier.has_data else "body"
        yield FieldError("body", f"there is nothing to send; give {fields}")
    not_text = list(_text_problems(content))
    yield from not_text
    if not not_text:
        yield from _size_problems(content, channel, carrier)


def _misfits(content: Content, channel: Channel, carrier: Carrier) -> Iterator[FieldError]:
    if content.subject is not None and not carrier.has_subject:
        yield FieldError("subject", f"{channel} has no subject; leave it out")
    if content.html is not None and not carrier.has_html:
        yield FieldError("html", f"{channel} carries plain text only; leave html out")
    if content.data and not carrier.has_data:
        yield FieldError("data", f"{channel} carries no data; only push, web_push and in_app do")
    if content.attachments and not carrier.has_attachments:
        yield FieldError("attachments", f"{channel} carries no files; only email does")


def _subject_problems(content: Content, channel: Channel, carrier: Carrier) -> Iterator[FieldError]:
    subject = content.subject
    if carrier.needs_subject and not (subject and subject.strip()):
        yield FieldError("subject", f"{channel} needs a subject")
    elif subject is not None:
        if _CONTROL.search(subject):
            yield FieldError("subject", "contains a line break or control character; a subject is one line of text")
        if content.markup is Markup.LITERAL and len(subject.encode(errors="replace")) > SUBJECT_MAX:
            yield FieldError("subject", f"is longer than {SUBJECT_MAX} bytes; shorten it")


def _attachment_problems(attachments: tuple[Attachment, ...]) -> Iterator[FieldError]:
    if len(attachments) > ATTACHMENTS_MAX:
        yield FieldError(
            "attachments", f"there are {len(attachments)} files; at most {ATTACHMENTS_MAX} can go with one message"
        )
    size = sum(len(one.data) for one in attachments)
    if size > ATTACHMENTS_MAX_BYTES:
        yield FieldError(
            "attachments", f"the files have {size} bytes together; at most {ATTACHMENTS_MAX_BYTES} can be sent"
        )
    for number, one in enumerate(attachments):
        yield from file_problems(number, one.filename, one.media_type)


def file_problems(number: int, filename: str | None, media_type: str | None) -> Iterator[FieldError]:
    """Yield what is wrong with the name and the media type of the file at place *number*; None could not be read."""
    if filename is not None and (
        not _FILE_NAME.match(filename) or len(filename.encode(errors="replace")) > FILE_NAME_MAX_BYTES
    ):
        yield FieldError(
            f"attachments[{number}].filename",
            f"must be a plain file name of at most {FILE_NAME_MAX_BYTES} bytes, without slashes, backslashes, "
            "double quotes and control characters",
        )
    if media_type is not None:
        try:
            MediaType.parse(media_type)
        except ValueError as error:
            yield FieldError(f"attachments[{number}].media_type", str(error))


def _text_problems(content: Content) -> Iterator[FieldError]:
    data = "".join(f"{key}{value}" for key, value in content.data.items()) if content.data else None
    for name, text in (("subject", content.subject), ("body", content.body), ("html", content.html), ("data", data)):
        if text and _SURROGATE.search(text):
            yield FieldError(name, "contains half of a surrogate pair, which is not text; remove it")
        if text and _NUL in text and name != "subject":  # in a subject it is one of the control characters
            yield FieldError(name, "contains a NUL character; remove it")


def _size_problems(content: Content, channel: Channel, carrier: Carrier) -> Iterator[FieldError]:
    size = payload_bytes(content)
    if content.markup is Markup.JINJA:
        # How long it will be shows only when it is filled in.
        if size > BODY_MAX_BYTES:
            yield FieldError("body", f"is a template of {size} bytes; at most {BODY_MAX_BYTES} are kept")
    elif size > carrier.bytes_max:
        yield FieldError("body", f"is {size} bytes long; {channel} carries at most {carrier.bytes_max}")
    elif channel is Channel.SMS and content.body:
        segments = sms_size(content.body).segments
        if segments > SMS_SEGMENTS_MAX or len(content.body) > SMS_CHARACTERS_MAX:
            yield FieldError(
                "body",
                f"takes {segments} SMS segments and {len(content.body)} characters; "
                f"at most {SMS_SEGMENTS_MAX} segments and {SMS_CHARACTERS_MAX} characters can be sent",
            )


def payload_bytes(content: Content) -> int:
    """Return how many bytes of UTF-8 the texts and the data of *content* take together."""
    texts = (content.subject, content.body, content.html)
    size = sum(len(text.encode()) for text in texts if text)
    return size + (len(_compact(content.data).encode()) if content.data else 0)


def _compact(data: Mapping[str, Any]) -> str:
    return json.dumps(dict(data), ensure_ascii=False, separators=(",", ":"))
