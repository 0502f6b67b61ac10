import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.gateways.reason import MASK, REASON_MAX, redact


class TestRedact:
    def test_what_is_named_is_masked_without_regard_to_case(self) -> None:
        assert redact("no TOKEN-1 and no token-1", "Token-1") == f"no {MASK} and no {MASK}"

    @pytest.mark.parametrize(
        "address", ["jane@example.com", "jane+tag@mail.example.co.uk", "用户@例子.中国", "jane%40example.com"]
    )
    def test_whatever_looks_like_a_mailbox_is_masked(self, address: str) -> None:
        assert redact(f"<{address}>: unknown; see {address}.") in (
            f"<{MASK}>: unknown; see {MASK}",
            f"<{MASK}>: unknown; see {MASK}.",
        )

    @pytest.mark.parametrize("phone", ["+14155550100", "+1 415 555 0100", "+49-30-1234567", "%2B14155550100"])
    def test_whatever_looks_like_a_phone_number_is_masked(self, phone: str) -> None:
        assert redact(f"The number {phone} is not valid") == f"The number {MASK} is not valid"

    def test_a_number_that_is_named_is_masked_without_its_plus_too(self) -> None:
        assert redact("to 14155550100 failed", "+14155550100") == f"to {MASK} failed"

    def test_the_codes_of_the_provider_stay(self) -> None:
        assert redact("550 5.1.1 code 21211", "", "+") == "550 5.1.1 code 21211"

    def test_a_longer_secret_is_masked_before_a_shorter_one_within_it(self) -> None:
        assert redact("hunter2000", "hunter2", "hunter2000") == MASK

    @pytest.mark.parametrize(
        "private", ["Your code:\n123456", "two  spaces", "tab\tin it", "soft\u00adhyphen", " ends "]
    )
    def test_what_is_named_is_masked_however_its_spaces_are_written(self, private: str) -> None:
        assert redact(f"refused: {private}!", private).replace(" ", "") == f"refused:{MASK}!"

    def test_a_short_text_is_masked_where_it_is_a_word_of_its_own(self) -> None:
        assert redact("user u: Connection refused by u", "u") == f"user {MASK}: Connection refused by {MASK}"
        assert redact("refused", "use", "fused") == f"re{MASK}"

    @given(st.text())
    def test_what_comes_out_is_one_short_line_of_text(self, text: str) -> None:
        reason = redact(text)

        assert len(reason) <= REASON_MAX
        assert all(unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in reason)
        assert reason == " ".join(reason.split())

    @given(st.text(max_size=200), st.emails())
    def test_an_address_never_comes_out(self, text: str, address: str) -> None:
        assert address not in redact(f"{text} {address} {text}", address)

    def test_a_very_long_text_is_cut(self) -> None:
        assert redact("x" * 10_000) == "x" * (REASON_MAX - 1) + "…"
