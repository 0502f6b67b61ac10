"""What counts as an address: one, whole, and safe to hand on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.address import PUSH_TOKEN_MAX, PushAddress, PushKind, is_email, is_phone, is_recipient_id

FORBIDDEN_IN_MAIL = set('\r\n\x00\t ,;:<>()[]"\\\x85\u2028\u2029\ud800')


class TestAnEmailAddress:
    @pytest.mark.parametrize(
        "text",
        [
            "a@example.com",
            "first.last+tag@mail.example.co.uk",
            "o'hara@example.com",
            "jörg@münchen.example",
            "a@xn--mnchen-3ya.de",
            "अ@उदाहरण.परीक्षा",
            "a" * 64 + "@example.com",
            "a@" + "b" * 63 + ".example",
            "a@1.example",
            "a@mail.localhost",
        ],
    )
    def test_is_one_mailbox(self, text: str) -> None:
        assert is_email(text)

    @pytest.mark.parametrize(
        "text",
        [
            *("", "@", "a", "a@", "@example.com", "a@localhost", "a@@example.com", "a@b@example.com"),
            *("a b@example.com", " a@example.com", "a@example.com ", "a@exam ple.com", "a\t@example.com"),
            *("a@example.com\n", "a@example.com\r\nBcc: b@example.com", "a\r@example.com", "a\x00@example.com"),
            *("a@example.com,b@example.com", "a@example.com;b@example.com", "A <a@example.com>", "<a@example.com>"),
            *(".a@example.com", "a.@example.com", "a..b@example.com", "a@.example.com", "a@example..com"),
            *(
                "a@example.com.",
                "a@-example.com",
                "a@example-.com",
                "a@exa_mple.com",
                "a@exa$mple.com",
                "a@exa!mple.com",
            ),
            *('"a"@example.com', "a@[127.0.0.1]", "a(b)@example.com", "a\\@example.com", "a\u2028@example.com"),
            *("a\x85@example.com", "a\x9f@example.com", "a@ex\u00a0ample.com", "\ud800@example.com", "a@\udfff.com"),
            "a" * 65 + "@example.com",
            "é" * 33 + "@example.com",
            "a@" + "b" * 64 + ".example",
            "a@" + ".".join(["b" * 60] * 5),
        ],
    )
    def test_is_nothing_else(self, text: str) -> None:
        assert not is_email(text)

    def test_has_at_most_254_bytes(self) -> None:
        domain = ".".join(["b" * 60, "c" * 60, "d" * 60, "e" * 20])
        assert is_email("a" * (253 - len(domain)) + "@" + domain)
        assert not is_email("a" * (254 - len(domain)) + "@" + domain)

    @given(st.text(st.characters() | st.sampled_from("@@@...\r\n <>,;"), max_size=80))
    def test_never_has_a_line_break_a_space_or_a_second_address(self, text: str) -> None:
        if is_email(text):
            assert not FORBIDDEN_IN_MAIL & set(text)
            assert text.count("@") == 1
            assert text.isprintable() or not text.isascii()


class TestAPhoneNumber:
    @pytest.mark.parametrize("text", ["+14155550100", "+4915123456789", "+1234567", "+123456789012345"])
    def test_is_e164(self, text: str) -> None:
        assert is_phone(text)

    @pytest.mark.parametrize(
        "text",
        [
            *("", "+", "14155550100", "0014155550100", "+04155550100", "++14155550100", "+123456", "+1234567890123456"),
            *("+1 4155550100", "+1-415-555-0100", "+14155550100\n", "+14155550100 ", " +14155550100", "+14155550100x5"),
            *("+١٤١٥٥٥٥٠١٠٠", "+14155550100,+14155550101", "\uff0b14155550100", "+1415555010\u0660"),
        ],
    )
    def test_is_nothing_else(self, text: str) -> None:
        assert not is_phone(text)

    @given(st.text(st.characters() | st.sampled_from("+0123456789"), max_size=20))
    def test_is_a_plus_and_seven_to_fifteen_digits(self, text: str) -> None:
        if is_phone(text):
            assert text.isascii()
            assert text[0] == "+"
            assert text[1:].isdigit()
            assert 7 <= len(text[1:]) <= 15


class TestARecipientId:
    @pytest.mark.parametrize("text", ["1", "user-42", "Jörg Müller", "a" * 255, "урл/7?x=y", "👩‍👩‍👧"])
    def test_is_what_the_caller_calls_a_person(self, text: str) -> None:
        assert is_recipient_id(text)

    @pytest.mark.parametrize("text", ["", " ", " a", "a ", "a\n", "a\x00b", "a\x9bb", "a\u2028b", "a\ud800", "a" * 256])
    def test_is_printable_and_not_too_long(self, text: str) -> None:
        assert not is_recipient_id(text)

    @given(st.text())
    def test_can_be_stored(self, text: str) -> None:
        if is_recipient_id(text):
            assert text.encode().decode() == text


class TestAPushAddress:
    @pytest.mark.parametrize(
        ("text", "kind", "value"),
        [("abc:DEF-_1", PushKind.TOKEN, "abc:DEF-_1"), ("fid:c0ffee", PushKind.INSTALLATION, "c0ffee")],
    )
    def test_is_a_token_or_an_installation(self, text: str, kind: PushKind, value: str) -> None:
        assert PushAddress.parse(text) == PushAddress(kind, value)

    @pytest.mark.parametrize("text", ["", "fid:", "a b", "a\n", "a\x00", "é", "\ud800", "a" * (PUSH_TOKEN_MAX + 1)])
    def test_has_visible_ascii_only(self, text: str) -> None:
        with pytest.raises(ValueError, match="a push address has"):
            PushAddress.parse(text)

    @given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=5, max_size=50))
    def test_reads_as_it_was_written(self, text: str) -> None:
        assert str(PushAddress.parse(text)) == text
