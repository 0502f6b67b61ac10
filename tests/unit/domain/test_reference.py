"""What travels with a message finds its way home, and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.reference import Reference

store_ids = st.text("ABCabc019_-", min_size=1, max_size=64)


@given(st.integers(1, 10**18 - 1), st.integers(1, 10**9 - 1), store_ids)
def test_a_reference_is_what_its_text_spells(notification_id: int, fence: int, store_id: str) -> None:
    reference = Reference(notification_id, fence, store_id)

    assert Reference.parse(str(reference)) == reference


def test_it_is_written_with_points() -> None:
    assert str(Reference(42, 3, "store-1")) == "42.3.store-1"


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "42",
        "42.3",
        "42.3.",
        "0.3.store-1",
        "42.0.store-1",
        "042.3.store-1",
        "-42.3.store-1",
        "42.3.store-1 ",
        "42.3.store-1\n",
        " 42.3.store-1",
        "42.3.store.1",
        "42.3.störe",
        "٤٢.3.store-1",
        "42.3." + "s" * 65,
        "1" * 19 + ".3.store-1",
        "42." + "1" * 10 + ".store-1",
    ],
)
def test_any_other_text_is_no_reference(text: str | None) -> None:
    assert Reference.parse(text) is None


@given(st.text())
def test_whatever_is_written_there_does_no_harm(text: str) -> None:
    found = Reference.parse(text)

    assert found is None or str(found) == text
