import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.address import is_email
from domain.return_path import LOCAL_PART_ROOM, ReturnPath, hand_overs_in

SECRET = "the store's own"


class TestReturnPath:
    @given(st.integers(1, 10**18 - 1), st.integers(1, 10**9 - 1), st.integers(1, LOCAL_PART_ROOM))
    def test_every_hand_over_has_a_valid_address_of_its_own_that_is_found_again(
        self, notification_id: int, fence: int, named: int
    ) -> None:
        address = ReturnPath("b" * named + "@example.com", SECRET).of(notification_id, fence)

        assert is_email(address)
        assert list(hand_overs_in(f"for <{address}>; now", SECRET)) == [(notification_id, fence)]
        assert list(hand_overs_in(address, "another secret")) == [None]

    def test_the_seal_is_of_both_numbers(self) -> None:
        address = ReturnPath("bounces@example.com", SECRET).of(12, 3)

        assert list(hand_overs_in(address.replace("+12.3.", "+1.23."), SECRET)) == [None]

    @pytest.mark.parametrize(
        ("address", "named"),
        [
            ("b" * (LOCAL_PART_ROOM + 1) + "@example.com", f"room for {LOCAL_PART_ROOM}"),
            ("b@" + "a.example" * 30 + ".com", "ASCII|characters"),
            ("b@" + ".".join(["a" * 60] * 3) + ".exampleexampleexampleexample.com", "room for"),
            ("Bounces <bounces@example.com>", "bare mail address"),
            ("bounces", "bare mail address"),
            ("prallt-ü@example.com", "ASCII"),
            ("a@example.com\r\nX: y", "bare mail address"),
        ],
    )
    def test_what_cannot_be_one_is_named(self, address: str, named: str) -> None:
        with pytest.raises(ValueError, match=named):
            ReturnPath(address, SECRET)

    def test_the_secret_is_never_shown(self) -> None:
        assert SECRET not in repr(ReturnPath("bounces@example.com", SECRET))
