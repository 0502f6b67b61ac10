"""What each channel can carry, and what is refused with a field and a reason."""

import json
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.channel import Channel
from domain.content import (
    ATTACHMENTS_MAX,
    ATTACHMENTS_MAX_BYTES,
    BODY_MAX_BYTES,
    CARRIERS,
    Attachment,
    Content,
    Markup,
    fitted,
    payload_bytes,
    problems,
)

PUSHES = [Channel.PUSH, Channel.WEB_PUSH]


def wrong_fields(content: Content, channel: Channel) -> list[str]:
    return [problem.field for problem in problems(content, channel)]


def test_every_channel_has_its_limits() -> None:
    assert set(CARRIERS) == set(Channel)


@pytest.mark.parametrize(
    ("channel", "content"),
    [
        (Channel.EMAIL, Content(subject="Hello", body="text")),
        (Channel.EMAIL, Content(subject="Hello", html="<p>text</p>")),
        (Channel.SMS, Content(body="text")),
        (Channel.PUSH, Content(subject="Title", body="text", data={"a": "b"})),
        (Channel.PUSH, Content(data={"a": "b"})),
        (Channel.WEB_PUSH, Content(body="text")),
        (Channel.IN_APP, Content(subject="Title", body="text", data={"a": "b"})),
    ],
)
def test_a_channel_takes_what_it_carries(channel: Channel, content: Content) -> None:
    assert wrong_fields(content, channel) == []


@pytest.mark.parametrize(
    ("channel", "content", "fields"),
    [
        (Channel.EMAIL, Content(body="text"), ["subject"]),
        (Channel.EMAIL, Content(subject="  ", body="text"), ["subject"]),
        (Channel.EMAIL, Content(subject="Hello"), ["body"]),
        (Channel.EMAIL, Content(subject="Hello", body="text", data={"a": "b"}), ["data"]),
        (Channel.EMAIL, Content(subject="Hello", data={"a": "b"}), ["data", "body"]),
        (Channel.SMS, Content(subject="Hello", body="text"), ["subject"]),
        (Channel.SMS, Content(body="text", html="<p>"), ["html"]),
        (Channel.SMS, Content(body=""), ["body"]),
        (Channel.PUSH, Content(body="text", html="<p>"), ["html"]),
        (Channel.IN_APP, Content(html="<p>"), ["html"]),
        (Channel.PUSH, Content(), ["body"]),
    ],
)
def test_what_a_channel_does_not_carry_is_named(channel: Channel, content: Content, fields: list[str]) -> None:
    assert wrong_fields(content, channel) == fields


class TestASubject:
    @pytest.mark.parametrize(
        "sign", ["\r", "\n", "\r\n", "\x00", "\x0b", "\x0c", "\x1f", "\x7f", "\x85", "\u2028", "\u2029"]
    )
    def test_is_one_line_without_control_characters(self, sign: str) -> None:
        content = Content(subject=f"Hello{sign}Bcc: all@example.com", body="text")
        assert wrong_fields(content, Channel.EMAIL) == ["subject"]

    def test_has_at_most_998_bytes(self) -> None:
        assert wrong_fields(Content(subject="a" * 998, body="text"), Channel.EMAIL) == []
        assert wrong_fields(Content(subject="a" * 999, body="text"), Channel.EMAIL) == ["subject"]
        assert wrong_fields(Content(subject="é" * 500, body="text"), Channel.EMAIL) == ["subject"]


class TestText:
    @pytest.mark.parametrize("channel", Channel)
    @pytest.mark.parametrize("field", ["subject", "body", "html", "data"])
    def test_with_half_of_a_surrogate_pair_is_refused_by_its_field(self, channel: Channel, field: str) -> None:
        assert field in wrong_fields(broken(field, "a\ud83d"), channel)

    @pytest.mark.parametrize("channel", Channel)
    @pytest.mark.parametrize("field", ["subject", "body", "html", "data"])
    def test_with_a_nul_is_refused_by_its_field(self, channel: Channel, field: str) -> None:
        assert field in wrong_fields(broken(field, "a\x00"), channel)


def broken(field: str, text: str) -> Content:
    fine: dict[str, object] = {"subject": "Hello", "body": "text"}
    return Content(**{**fine, field: {"key": text} if field == "data" else text})  # type: ignore[arg-type]  # by name


class TestSizes:
    @pytest.mark.parametrize("channel", PUSHES)
    def test_a_push_has_4096_bytes_for_everything_together(self, channel: Channel) -> None:
        data = {"key": "é" * 10}
        spent = len(b"Title" + json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode())
        fits = Content(subject="Title", data=data, body="a" * (4096 - spent))
        over = Content(subject="Title", data=data, body="a" * (4097 - spent))
        assert payload_bytes(fits) == 4096
        assert wrong_fields(fits, channel) == []
        assert wrong_fields(over, channel) == ["body"]

    @pytest.mark.parametrize(
        ("text", "fits"), [("a" * 1530, True), ("a" * 1531, False), ("ж" * 670, True), ("ж" * 671, False)]
    )
    def test_a_text_message_has_ten_segments(self, text: str, fits: bool) -> None:
        assert (wrong_fields(Content(body=text), Channel.SMS) == []) is fits

    def test_an_email_has_a_million_bytes(self) -> None:
        assert wrong_fields(Content(subject="Hello", body="a" * (BODY_MAX_BYTES - 5)), Channel.EMAIL) == []
        assert wrong_fields(Content(subject="Hello", html="a" * BODY_MAX_BYTES), Channel.EMAIL) == ["body"]

    def test_a_template_may_be_longer_than_what_it_becomes(self) -> None:
        template = "{% if recipient.plan == 'pro' %}" + "a" * 7000 + "{% endif %}short"
        for channel in (Channel.SMS, *PUSHES):
            assert wrong_fields(Content(body=template, markup=Markup.JINJA), channel) == []
            assert wrong_fields(Content(body=template), channel) == ["body"]

    def test_a_template_has_a_limit_too(self) -> None:
        template = Content(body="a" * (BODY_MAX_BYTES + 1), markup=Markup.JINJA)
        assert wrong_fields(template, Channel.SMS) == ["body"]


anything = st.none() | st.text(st.characters(), max_size=200)


@given(
    anything, anything, anything, st.dictionaries(st.text(max_size=9), st.text(max_size=9)), st.sampled_from(Channel)
)
def test_what_is_accepted_can_be_written_as_bytes_and_has_one_line_of_subject(
    subject: str | None, body: str | None, html: str | None, data: dict[str, str], channel: Channel
) -> None:
    content = Content(subject=subject, body=body, html=html, data=MappingProxyType(data))
    if not wrong_fields(content, channel):
        assert payload_bytes(content) <= CARRIERS[channel].bytes_max
        assert len((subject or "").splitlines()) <= 1
        assert "\x00" not in "".join(filter(None, (subject, body, html)))


def with_files(*files: Attachment) -> Content:
    return Content(subject="Hello", body="text", attachments=files)


def a_file(filename: str = "invoice.pdf", media_type: str = "application/pdf", size: int = 3) -> Attachment:
    return Attachment(filename=filename, media_type=media_type, data=b"x" * size)


@pytest.mark.parametrize("filename", ["invoice.pdf", "Rechnung März (2).pdf", ".profile", "a b", "请.txt", "x" * 200])
@pytest.mark.parametrize(
    "media_type",
    ["application/pdf", "application/vnd.oasis.opendocument.text", "text/calendar; method=REQUEST;charset=utf-8"],
)
def test_an_email_carries_files(filename: str, media_type: str) -> None:
    assert wrong_fields(with_files(a_file(filename, media_type)), Channel.EMAIL) == []


@pytest.mark.parametrize(
    "filename",
    ["", "../x", "a/b", "a\\b", 'a"b', "a\r\nBcc: eve@example.com", "a\x00b", "x" * 201, "\ud800", "ä" * 101],
)
def test_a_file_name_is_plain(filename: str) -> None:
    assert wrong_fields(with_files(a_file(), a_file(filename)), Channel.EMAIL) == ["attachments[1].filename"]


@pytest.mark.parametrize(
    "media_type",
    [
        *("", "pdf", "a/b\r\nX: y", "/pdf", "text/", "a/b/c", "ä/b", "text/plain;", "text/plain; charset", "a/b;c=d;"),
        *(
            "text/plain; charset=utf-8\r\nBcc: eve@example.com",
            'a/b; c="\r\nX: y"',
            'a/b; c="d',
            "a/b; c=ä",
            "a/b; c=d e",
        ),
        *(
            "a/b; name=x",
            "a/b; boundary=x",
            "a/b; c=d; C=e",
            "a/b; c*=d",
            f"a/b; c={'d' * 129}",
            'a/b; c="=?utf-8?q?d?="',
        ),
        *("message/rfc822", "Multipart/mixed; boundary=x", "a/b" + "".join(f"; p{number}=v" for number in range(6))),
    ],
)
def test_a_media_type_is_one_of_rfc_6838(media_type: str) -> None:
    assert wrong_fields(with_files(a_file(media_type=media_type)), Channel.EMAIL) == ["attachments[0].media_type"]


@pytest.mark.parametrize("channel", [channel for channel in Channel if channel is not Channel.EMAIL])
def test_no_other_channel_carries_files(channel: Channel) -> None:
    content = Content(body="text", attachments=(a_file(),))
    assert wrong_fields(content, channel) == ["attachments"]
    assert fitted(content, channel) == Content(body="text")


def test_files_are_few_and_small_enough() -> None:
    assert wrong_fields(with_files(*[a_file()] * ATTACHMENTS_MAX), Channel.EMAIL) == []
    assert wrong_fields(with_files(*[a_file()] * (ATTACHMENTS_MAX + 1)), Channel.EMAIL) == ["attachments"]
    assert wrong_fields(with_files(a_file(size=ATTACHMENTS_MAX_BYTES)), Channel.EMAIL) == []
    assert wrong_fields(with_files(a_file(size=ATTACHMENTS_MAX_BYTES), a_file(size=1)), Channel.EMAIL) == [
        "attachments"
    ]
