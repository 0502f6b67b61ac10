import re
import string
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.headerregistry import Address, AddressHeader
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import pytest
from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.gateways.mime import KEPT_MAX, Frame, Mail, Mailbox, build
from adapters.gateways.mime_attachments import Attached
from adapters.gateways.mime_headers import LINE_MAX
from domain.channel import Channel
from domain.content import Attachment, Content
from domain.return_path import ReturnPath
from entrypoints.testing.sender_contract import outbound

AT = datetime(2026, 11, 22, 10, 14, 0, tzinfo=UTC)
SENDER = Mailbox("news@example.com", "Example")

LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\x85"))
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
TRICKY = st.text(st.sampled_from(' =?"\\.,;:<>()@[]\tüß用🎉aZ-_\n\r'))


def mail(content: Content, sender: Mailbox = SENDER, **changes: Any) -> Mail:
    return build(evolve(outbound(Channel.EMAIL, 7), content=content, **changes), sender, AT)


def parsed(mail: Mail) -> EmailMessage:
    message = message_from_bytes(mail.octets + mail.attached, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(part: Any) -> str:
    return str(part.get_content()).replace("\r\n", "\n")


def normal(text: str) -> str:
    """Return *text* as every mail has it: its lines ended by a line feed, the last one too."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return lines if lines.endswith("\n") else lines + "\n"


def quoted(value: str) -> str:
    """Return *value* as a quoted string, if it needs that (RFC 2045 5.1)."""
    if value and all(one.isalnum() or one in "-." for one in value):
        return value
    return '"' + value.replace("\\", r"\\").replace('"', r"\"") + '"'


def addresses(header: Any) -> tuple[Address, ...]:
    assert isinstance(header, AddressHeader)
    return tuple(header.addresses)


def assert_well_formed(mail: Mail) -> None:
    octets = mail.octets + mail.attached
    lines = octets.split(b"\r\n")
    assert lines[-1] == b""
    assert not any(b"\r" in line or b"\n" in line for line in lines), "a line break that is not CRLF"
    assert max(map(len, lines)) <= LINE_MAX
    assert octets.isascii()
    assert mail.size == len(octets)
    assert parsed(mail).defects == []


class TestWhatGoesInComesOut:
    @given(LINE | TRICKY.map(lambda text: text.translate({10: " ", 13: " ", 9: " "})))
    @example("=?utf-8?q?looks_encoded?=")
    @example(" leading and trailing ")
    @example("two  spaces")
    @example("a" * 998)
    @example("word " * 199)
    @example("🎉" * 249)
    def test_the_subject(self, subject: str) -> None:
        built = mail(Content(subject=subject, body="x"))

        assert_well_formed(built)
        assert parsed(built)["Subject"] == subject

    @given(LINE | TRICKY)
    @example('"')
    @example("\\")
    @example("Doe, Jane (Sales) <jane@example.net>")
    @example("=?utf-8?q?looks_encoded?=")
    @example("用户" * 40)
    @example("a" * 300)
    def test_the_recipients_name(self, name: str) -> None:
        built = mail(Content(subject="s", body="x"), recipient_name=name)

        assert_well_formed(built)
        # The modern parser leaves a space between encoded words (RFC 2047 6.2 says to drop it); the old one does not.
        shown, address = parseaddr(message_from_bytes(built.octets)["To"])
        assert str(make_header(decode_header(shown))) == " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", name).split())
        assert address == "person7@example.com"

    @given(TEXT | TRICKY)
    @example("a" * 3000)
    @example("ü" * 3000)
    @example("trailing space \n\ttab\t\nFrom here\n.\n..\n")
    @example("\x0b\x0c\x1c\x85\u2028")
    def test_the_text(self, body: str) -> None:
        built = mail(Content(subject="s", body=body))

        assert_well_formed(built)
        assert parsed(built).get_content_type() == "text/plain"
        assert text_of(parsed(built)) == normal(body)

    @given(TEXT | TRICKY, TEXT | TRICKY)
    @example("--=_", "\n--=_\n--")
    def test_text_and_html_together(self, body: str, html: str) -> None:
        built = mail(Content(subject="s", body=body, html=html))

        assert_well_formed(built)
        message = parsed(built)
        assert message.get_content_type() == "multipart/alternative"
        plain, rich = message.iter_parts()
        assert (plain.get_content_type(), text_of(plain)) == ("text/plain", normal(body))
        assert (rich.get_content_type(), text_of(rich)) == ("text/html", normal(html))

    def test_html_alone_gets_no_text_beside_it(self) -> None:
        message = parsed(mail(Content(subject="s", html="<p>Grüße</p>")))

        assert message.get_content_type() == "text/html"
        assert text_of(message) == "<p>Grüße</p>\n"

    def test_a_subject_alone_is_a_mail_too(self) -> None:
        message = parsed(mail(Content(subject="Only this")))

        assert (message["Subject"], text_of(message).strip()) == ("Only this", "")

    def test_the_senders_name(self) -> None:
        message = parsed(mail(Content(subject="s", body="x"), Mailbox("news@example.com", 'Müller & "Söhne"')))

        assert addresses(message["From"]) == (Address('Müller & "Söhne"', "news", "example.com"),)


FILE_NAME = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters='/\\"'), min_size=1, max_size=40
)
FILE = st.builds(Attachment, filename=FILE_NAME, media_type=st.just("application/pdf"), data=st.binary(max_size=300))
PARAMETER_NAME = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=10).filter(
    lambda name: name not in ("name", "boundary")
)
PARAMETER_VALUE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=40).filter(
    lambda value: value == value.strip() and "  " not in value and "=?" not in value
)  # the standard library drops spaces
PDF = Attachment(filename="invoice.pdf", media_type="application/pdf", data=b"%PDF-1.7\n.\n..\n")


def files_of(message: EmailMessage) -> list[tuple[str | None, str, object]]:
    return [
        (part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
        for part in message.iter_attachments()
    ]


class TestAttachments:
    @given(st.lists(FILE, min_size=1, max_size=4).map(tuple), TEXT)
    @example((Attachment(filename="Rechnung für Änderung.pdf", media_type="application/pdf", data=b""),), "x")
    @example((Attachment(filename="请求书 " * 20, media_type="application/pdf", data=b"\0" * 100),), "x")
    @example((Attachment(filename="=?utf-8?q?a?= 'b' %41; c=d ", media_type="application/pdf", data=b"x"),), "x")
    def test_a_file_comes_out_as_it_went_in(self, files: tuple[Attachment, ...], body: str) -> None:
        built = mail(Content(subject="s", body=body, attachments=files))

        assert_well_formed(built)
        message = parsed(built)
        assert message.get_content_type() == "multipart/mixed"
        # The standard library drops spaces at the ends of a file's name.
        assert files_of(message) == [(one.filename.strip(), one.media_type, one.data) for one in files]
        assert text_of(message.get_body()) == normal(body)
        assert b"\r\n." not in built.attached

    def test_the_texts_stay_alternatives(self) -> None:
        message = parsed(mail(Content(subject="s", body="plain", html="<p>rich</p>", attachments=(PDF,))))

        texts, file = message.iter_parts()
        assert texts.get_content_type() == "multipart/alternative"
        assert [part.get_content_type() for part in texts.iter_parts()] == ["text/plain", "text/html"]
        assert file.get_content_disposition() == "attachment"

    @pytest.mark.parametrize("media_type", ["message/rfc822", "Multipart/Mixed"])
    def test_a_type_that_must_not_be_encoded_is_refused(self, media_type: str) -> None:
        inner = Attachment(filename="mail.eml", media_type=media_type, data=b"Subject: x\n\ny")

        with pytest.raises(ValueError, match="for parts of a mail and not for files"):
            mail(Content(subject="s", body="x", attachments=(inner,)))

    @given(st.dictionaries(PARAMETER_NAME, PARAMETER_VALUE, max_size=5))
    @example({"method": "REQUEST", "charset": "utf-8"})
    @example({"a": 'x; name="evil.exe"', "b": "\\", "d": "1;2"})
    @example({"p" * 60: "v" * 128, "q" * 60: "w" * 128})
    def test_the_parameters_of_a_type_come_out_as_they_went_in(self, parameters: dict[str, str]) -> None:
        written = "".join(f"; {name}={quoted(value)}" for name, value in parameters.items())
        file = evolve(PDF, media_type=f"text/calendar{written}")

        built = mail(Content(subject="s", body="x", attachments=(file,)))

        assert_well_formed(built)
        (part,) = parsed(built).iter_attachments()
        header = part["Content-Type"]
        assert not header.defects
        assert (header.content_type, dict(header.params)) == ("text/calendar", parameters)
        assert part.get_filename() == "invoice.pdf"
        assert part.get_payload(decode=True) == PDF.data

    def test_files_are_made_once_a_frame(self) -> None:
        frame = Frame(SENDER)
        files = (PDF,)
        first, second = (
            frame.fill(
                evolve(outbound(Channel.EMAIL, n), content=Content(subject="s", body=f"{n}", attachments=files)), AT
            )
            for n in (1, 2)
        )

        assert first.attached is second.attached
        other = evolve(outbound(Channel.EMAIL, 3), content=Content(subject="s", body="3", attachments=(PDF, PDF)))
        assert len(files_of(parsed(frame.fill(other, AT)))) == 2
        assert frame.fill(outbound(Channel.EMAIL, 4), AT).attached == b""

    def test_a_text_cannot_end_its_part(self) -> None:
        boundary = Attached.of((PDF,)).boundary.decode()
        body = f"before\n--{boundary}--\nafter\n"

        message = parsed(mail(Content(subject="s", body=body, attachments=(PDF,))))

        assert text_of(message.get_body()) == body
        assert files_of(message) == [("invoice.pdf", "application/pdf", PDF.data)]


class TestTheEnvelope:
    def test_comes_from_the_address_that_is_shown(self) -> None:
        built = mail(Content(subject="s", body="x"))

        assert (built.sender, built.recipient) == ("news@example.com", "person7@example.com")

    def test_has_a_return_path_for_each_hand_over_where_there_is_one(self) -> None:
        path = ReturnPath("bounces@example.com", "secret")
        frame = Frame(SENDER, path)
        message = outbound(Channel.EMAIL, 1)

        first, again = frame.fill(message, AT), frame.fill(evolve(message, fence=2), AT)

        assert first.sender == path.of(message.notification_id, 1)
        assert again.sender == path.of(message.notification_id, 2)
        assert first.octets == again.octets == build(message, SENDER, AT).octets


class TestFrames:
    """What is kept from one message to the next changes no octet of any."""

    @given(
        st.lists(
            st.tuples(
                st.sampled_from([None, "News", "Grüße", "=?x?="]) | LINE,
                st.sampled_from([None, "", "Hello\n", "Grüße\r\n", "a" * 2000]) | TEXT,
                st.sampled_from([None, "<p>Hello</p>", "<p>ü</p>" * 200]) | TRICKY,
                st.sampled_from([None, "Jane", "Jürgen"]) | TRICKY,
                st.integers(0, 2),
            ),
            max_size=2 * KEPT_MAX,
        )
    )
    def test_one_that_is_warm_builds_what_a_cold_one_builds(
        self, mails: list[tuple[str | None, str | None, str | None, str | None, int]]
    ) -> None:
        frame = Frame(SENDER)
        for number, (subject, body, html, name, hours) in enumerate(mails):
            message = evolve(
                outbound(Channel.EMAIL, number),
                content=Content(subject=subject, body=body, html=html),
                recipient_name=name,
                headers={"X-Number": str(number)},
            )
            # The same moment, on the clocks of several zones, and now and then another one.
            at = (AT + timedelta(seconds=number // 5)).astimezone(timezone(timedelta(hours=hours)))

            assert frame.fill(message, at) == build(message, SENDER, at)

    def test_a_message_that_is_refused_leaves_no_trace(self) -> None:
        frame = Frame(SENDER)
        fine = outbound(Channel.EMAIL, 7)
        with pytest.raises(ValueError, match="line break"):
            frame.fill(evolve(fine, content=Content(subject="a\nb", body="x")), AT)

        assert frame.fill(fine, AT) == build(fine, SENDER, AT)

    def test_more_texts_than_are_kept_are_built_as_well(self) -> None:
        frame = Frame(SENDER)
        messages = [
            evolve(outbound(Channel.EMAIL, 7), content=Content(subject=f"{n}", body=f"{n}", html=f"<p>{n}</p>"))
            for n in range(3 * KEPT_MAX)
        ]

        for message in (*messages, *reversed(messages)):
            assert frame.fill(message, AT) == build(message, SENDER, AT)
            for recent in (frame._header, frame._part, frame._both):
                assert len(recent._made) <= KEPT_MAX


PLAIN_LINE = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"], exclude_characters="=\x85"),
    min_size=1,
    max_size=30,
)


class TestTheStandardLibrarysOwn:
    """Its parser reads in ours what it reads in a mail that it built itself, where it builds what it was told."""

    @given(
        subject=PLAIN_LINE,
        name=st.from_regex(r"[A-Za-z]{1,12}( [A-Za-z.,()']{1,12})?", fullmatch=True),
        body=TEXT.filter(lambda text: text.splitlines() == text.split("\n")[: len(text.splitlines())]),
        html=st.none() | st.sampled_from(["<p>Hello</p>", "<p>Grüße</p>\n", "<p>" + "x" * 1200 + "</p>"]),
    )
    def test_is_read_alike(self, subject: str, name: str, body: str, html: str | None) -> None:
        theirs = EmailMessage(policy=policy.SMTP)
        theirs["From"] = Address("Example", addr_spec="news@example.com")
        theirs["To"] = Address(name, addr_spec="person7@example.com")
        theirs["Subject"] = subject
        theirs["Date"] = AT
        theirs["Message-ID"] = "<1007.email.0f1e2d3c4b5a@example.com>"
        theirs.set_content(body)
        if html is not None:
            theirs.add_alternative(html, subtype="html")

        ours = parsed(mail(Content(subject=subject, body=body, html=html), recipient_name=name))

        read = message_from_bytes(theirs.as_bytes(), policy=policy.default)
        for header in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version"):
            assert ours[header] == read[header]
        assert ours.get_content_type() == read.get_content_type()
        assert texts_of(ours) == texts_of(read)


def texts_of(message: EmailMessage) -> list[tuple[str, str]]:
    parts = list(message.iter_parts()) if message.is_multipart() else [message]
    return [(part.get_content_type(), normal(text_of(part))) for part in parts]


class TestHeaders:
    def test_every_mail_has_what_the_standards_want(self) -> None:
        message = parsed(mail(Content(subject="Your parcel", body="x")))

        assert message["From"] == "Example <news@example.com>"
        assert message["To"] == "Person 7 <person7@example.com>"
        assert message["Date"] == "Sun, 22 Nov 2026 10:14:00 +0000"
        assert message["Message-ID"] == "<1007.email.0f1e2d3c4b5a@example.com>"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["MIME-Version"] == "1.0"
        assert message.get_content_charset() == "utf-8"

    def test_the_message_id_is_the_same_on_every_attempt(self) -> None:
        message = outbound(Channel.EMAIL, 1)
        later = evolve(message, fence=2)

        ids = {
            message_from_bytes(build(one, SENDER, at).octets)["Message-ID"]
            for one, at in ((message, AT), (later, AT + timedelta(hours=1)))
        }

        assert len(ids) == 1

    def test_a_date_keeps_its_zone(self) -> None:
        zone = timezone(timedelta(hours=2))

        built = build(outbound(Channel.EMAIL, 1), SENDER, AT.astimezone(zone))

        assert parsed(built)["Date"].datetime == AT

    def test_a_long_unsubscribe_link_stays_in_one_piece(self) -> None:
        link = "<https://notify.example.com/unsubscribe/" + "t0ken" * 60 + ">"
        headers = {
            "List-Unsubscribe": f"{link}, <mailto:unsubscribe@example.com>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }

        built = mail(Content(subject="s", body="x"), headers=headers)

        assert_well_formed(built)
        assert link.encode() in built.octets
        assert parsed(built)["List-Unsubscribe"] == headers["List-Unsubscribe"]
        assert parsed(built)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    @pytest.mark.parametrize("length", [40, 70, 200, 900, 980, 2000, 10_000])
    def test_an_unsubscribe_link_is_in_one_piece_at_any_length(self, length: int) -> None:
        link = "<https://notify.example.com/u/" + "t" * length + ">"
        mailto = "<mailto:unsubscribe@example.com?subject=" + "s" * length + ">"
        headers = {
            "List-Unsubscribe": f"{link}, {mailto}",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }

        octets = mail(Content(subject="s", body="x"), headers=headers).octets

        assert link.encode() in octets
        assert mailto.encode() in octets
        assert b"\r\nList-Unsubscribe: <https" in octets  # on the line of its name, for readers that do not unfold
        assert octets.index(b"List-Unsubscribe:") < octets.index(
            b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        )
        read = message_from_bytes(octets)
        assert read["List-Unsubscribe"].replace("\r\n", "") == headers["List-Unsubscribe"]

    def test_no_other_header_has_a_line_that_is_too_long(self) -> None:
        with pytest.raises(ValueError, match="longer than a line"):
            mail(Content(subject="s", body="x"), headers={"X-Link": "x" * 1000})

    @given(LINE | TRICKY.map(lambda text: text.translate({10: " ", 13: " ", 9: " "})))
    def test_a_header_of_ones_own_comes_out_as_it_went_in(self, value: str) -> None:
        built = mail(Content(subject="s", body="x"), headers={"X-Note": value})

        assert_well_formed(built)
        raw = message_from_bytes(built.octets)["X-Note"].replace("\r\n", "")
        if value.isascii():
            assert raw == value.strip()
        else:
            assert str(make_header(decode_header(raw))) == value

    @pytest.mark.parametrize(
        "breach", ["\r\nBcc: evil@example.com", "\nBcc: evil@example.com", "\rx", "\x00", "\u2028"]
    )
    def test_a_line_break_never_makes_a_header(self, breach: str) -> None:
        with pytest.raises(ValueError, match="line break"):
            mail(Content(subject="s", body="x"), headers={"X-Note": f"x{breach}"})
        with pytest.raises(ValueError, match="line break"):
            mail(Content(subject=f"s{breach}", body="x"))
        with pytest.raises(ValueError, match="address"):
            mail(Content(subject="s", body="x"), address=f"a@example.com{breach}")
        with pytest.raises(ValueError, match="reference"):
            mail(Content(subject="s", body="x"), reference=f"1{breach}")
        named = parsed(mail(Content(subject="s", body="x"), recipient_name=f"Jane{breach}"))
        assert named["Bcc"] is None
        assert len(addresses(named["To"])) == 1

    @pytest.mark.parametrize("name", ["Bcc", "to", "Content-Type", "Subject", "a b", "a:", "", "ü"])
    def test_a_header_that_is_ours_or_none_is_refused(self, name: str) -> None:
        with pytest.raises(ValueError, match="headers"):
            mail(Content(subject="s", body="x"), headers={name: "x"})

    def test_a_word_longer_than_a_line_is_refused(self) -> None:
        with pytest.raises(ValueError, match="longer than a line"):
            mail(Content(subject="s", body="x"), headers={"References": "<" + "a" * 1000 + ">", "X": "y"})


class TestAddresses:
    def test_only_a_local_part_beyond_ascii_needs_the_extension(self) -> None:
        content = Content(subject="s", body="x")

        assert not mail(content, address="post@bücher.example").needs_smtputf8
        assert mail(content, address="post@bücher.example").recipient == "post@xn--bcher-kva.example"
        assert mail(content, address="büro@example.com").needs_smtputf8

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("news@example.com", Mailbox("news@example.com")),
            (" <news@example.com> ", Mailbox("news@example.com")),
            ("Example <news@example.com>", Mailbox("news@example.com", "Example")),
            ('"Example, \\"Inc.\\"" <news@example.com>', Mailbox("news@example.com", 'Example, "Inc."')),
            ("Größe & Co <news@example.com>", Mailbox("news@example.com", "Größe & Co")),
        ],
    )
    def test_a_mailbox_is_read_as_people_write_it(self, text: str, expected: Mailbox) -> None:
        assert Mailbox.parse(text) == expected

    @pytest.mark.parametrize(
        "text", ["", "Example", "a@b", "a@example.com, b@example.com", "<a@example.com> x", "x <a@example.com\n>"]
    )
    def test_what_is_not_one_mailbox_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="expected one mail address"):
            Mailbox.parse(text)
