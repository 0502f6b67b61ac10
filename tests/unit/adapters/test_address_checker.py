"""Which addresses are taken, in which form, and what is said of the others."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.address_checker import StandardAddressChecker, _standard_email
from application.ports.address_checker import AddressChecker
from domain.address import is_email, is_phone

CHECKER: AddressChecker = StandardAddressChecker()


class TestAnEmailAddress:
    @pytest.mark.parametrize(
        ("text", "stored"),
        [
            ("ada@example.com", "ada@example.com"),
            ("Ada.Lovelace+news@EXAMPLE.Com", "Ada.Lovelace+news@example.com"),
            ("o'hara/x=1@example.com", "o'hara/x=1@example.com"),
            ("ada@mail.test", "ada@mail.test"),
            ("ada@example.test", "ada@example.test"),
            ("ada@mail.localhost", "ada@mail.localhost"),
            ("ada@printer.local", "ada@printer.local"),
            ("ada@example.org", "ada@example.org"),
            ("ada@shop.example", "ada@shop.example"),
            ("ada@münchen.DE", "ada@xn--mnchen-3ya.de"),
            ("ada@MÜNCHEN.de", "ada@xn--mnchen-3ya.de"),
            ("ada@xn--mnchen-3ya.de", "ada@xn--mnchen-3ya.de"),
            ("PostMaster@example.com", "postmaster@example.com"),  # RFC 2142: without regard to case
            ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
        ],
    )
    def test_is_stored_with_its_domain_in_lower_case_ascii(self, text: str, stored: str) -> None:
        assert CHECKER.email(text) == stored
        assert is_email(stored)
        assert CHECKER.email(stored) == stored

    @pytest.mark.parametrize(
        "text",
        [
            *("", "@", "ada", "ada@", "@example.com", "ada@localhost", "ada@example", "ada@@example.com"),
            *("ada@x.invalid", "ada@x.onion", "ada@x.arpa"),
            *("ada lovelace@example.com", " ada@example.com", "ada@example.com ", "ada@example.com\n"),
            *("ada@example.com\r\nBcc: all@example.com", "ada\r@example.com", "ada\x00@example.com"),
            *("ada@example.com,bob@example.com", "ada@example.com;bob@example.com", "Ada <ada@example.com>"),
            *("<ada@example.com>", '"ada"@example.com', '"a b"@example.com', '"ab"cd@x.com', "ada@[127.0.0.1]"),
            *(".ada@example.com", "a..b@example.com", "ada.@example.com", "ada@-example.com", "ada@exa_mple.com"),
            *("ada@ab--cd.com", "ada@xn--zz.de", "ada@☃.com", "ada@ex\u200bample.com", "ada\uff20example.com"),
            *("jörg@example.com", "\ud800@example.com", "ada@\udfff.com"),
            "a" * 65 + "@example.com",
            "ada@" + "b" * 64 + ".com",
            "ada@" + "b." * 126 + "com",
            "ada@" + "\u0660" * 240,
            "a" * 1_000_000,
        ],
    )
    def test_that_is_none_is_refused_without_repeating_it(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"^is not an email address") as raised:
            CHECKER.email(text)
        for piece in ("ada", "lovelace", "bob", "bcc", "cd", "zz", "☃", "\u0660"):
            if piece in text.lower():
                assert piece not in str(raised.value).lower().split()
        assert text not in str(raised.value) or len(text) < 2

    @given(st.text(st.characters() | st.sampled_from("@.aA-_+ \r\n"), max_size=40) | st.emails())
    def test_that_is_taken_is_safe_to_hand_on(self, text: str) -> None:
        try:
            stored = CHECKER.email(text)
        except ValueError:
            return
        assert is_email(stored)
        assert stored.isascii()

    @given(st.emails() | st.from_regex(r"[a-z0-9.+_-]{1,8}@[a-zA-Z0-9.-]{1,12}", fullmatch=True))
    def test_is_taken_or_not_as_the_standard_library_for_it_says(self, text: str) -> None:
        def verdict(check: object) -> str | None:
            try:
                return str(check(text))  # type: ignore[operator]  # both are functions of a text
            except ValueError:
                return None

        assert verdict(CHECKER.email) == verdict(_standard_email)


class TestAPhoneNumber:
    @pytest.mark.parametrize(
        ("text", "stored"),
        [
            ("+14155550100", "+14155550100"),
            ("+1 (415) 555-0100", "+14155550100"),
            ("+1.415.555.0100", "+14155550100"),
            ("+49 (0) 151 23456789", "+4915123456789"),
            ("+39 06 1234 5678", "+390612345678"),  # an Italian zero belongs to the number
            ("+447700900000", "+447700900000"),  # kept free for films and tests
            ("+15005550006", "+15005550006"),  # a provider's magic number
        ],
    )
    def test_is_stored_as_e164(self, text: str, stored: str) -> None:
        assert CHECKER.phone(text) == stored
        assert is_phone(stored)
        assert CHECKER.phone(stored) == stored

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("", "must start with +"),
            ("14155550100", "must start with +"),
            ("0014155550100", "must start with +"),
            ("tel:+14155550100", "must start with +"),
            (" +14155550100", "must start with +"),
            ("\uff0b14155550100", "must start with +"),
            ("+1 415 555 0100 ext. 5", "has an extension"),
            ("+14155550100x5", "has an extension"),
            ("+14155550100;ext=5", "has an extension"),
            ("+1415FLOWERS", "more than + and digits"),
            ("+14155550100\n", "more than + and digits"),
            ("+14155550100\r\nBcc: x", "more than + and digits"),
            ("+14155550100,+14155550101", "more than + and digits"),
            ("+141555501\u0660\u0660", "more than + and digits"),
            ("++14155550100", "more than + and digits"),
            ("+", "more than + and digits"),
            ("+1" + " " * 60 + "4155550100", "more than + and digits"),
            ("+12", "digits are missing"),
            ("+999123456789", "no country has this code"),
            ("+1415555010", "too short"),
            ("+5550100", "too short"),
            ("+141555501000", "too long"),
        ],
    )
    def test_that_is_none_is_refused_without_repeating_it(self, text: str, why: str) -> None:
        with pytest.raises(ValueError, match="is not a phone number") as raised:
            CHECKER.phone(text)
        assert why in str(raised.value)
        assert len(text) < 3 or text not in str(raised.value).replace("+14155550100", "")

    @given(st.text(st.characters() | st.sampled_from("+0123456789 ()-x"), max_size=20).map(lambda text: f"+{text}"))
    def test_that_is_taken_is_safe_to_hand_on(self, text: str) -> None:
        try:
            stored = CHECKER.phone(text)
        except ValueError:
            return
        assert is_phone(stored)


def test_its_libraries_are_loaded_only_when_they_are_needed() -> None:
    code = (
        "import sys; import adapters.address_checker as checker; checker.StandardAddressChecker();"
        "assert not {'email_validator', 'phonenumbers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": "src"})
