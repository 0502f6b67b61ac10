import re
import time
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

    def test_secrets_that_overlap_leave_nothing_of_either(self) -> None:
        assert redact("is Jan Anna Smith here", "Jan Anna", "Anna Smith") == f"is {MASK} here"
        assert redact("is Jan Anna Smith here", "Anna Smith", "Jan Anna") == f"is {MASK} here"

    def test_a_text_of_which_nothing_can_be_seen_masks_nothing(self) -> None:
        assert redact("The address -- is wrong.", "\u200b", "\x00") == "The address -- is wrong."

    @given(
        st.text("ab+ .-Kk\u017f\u212a", max_size=40),
        st.lists(st.text("ab+ .-Ks", min_size=5, max_size=8).filter(lambda named: " ".join(named.split()) == named)),
    )
    def test_nothing_that_one_look_after_the_other_would_mask_comes_out(self, text: str, named: list[str]) -> None:
        one_by_one = " ".join(text.split())
        for private in sorted({*named, *(one.removeprefix("+") for one in named)}, key=len, reverse=True):
            one_by_one = re.sub(re.escape(private), MASK, one_by_one, flags=re.IGNORECASE)

        assert len(redact(text, *named).replace(MASK, "")) <= len(one_by_one.replace(MASK, ""))

    def test_a_great_many_names_cost_nothing_where_nothing_was_said(self) -> None:
        named = [f"person{number}@example.com and {'x' * 200}" for number in range(5_000)]
        begun = time.process_time()
        assert redact("", *named) == ""
        assert redact(" \n", *named) == ""
        assert time.process_time() - begun < 0.05

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
