"""A seal shows that a text was given out here, for this purpose, and nothing else."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.sealing import SEAL_MIN, is_sealed, seal

lengths = st.integers(SEAL_MIN, 64)


@given(st.text(), st.text(), st.text(), lengths)
def test_what_was_sealed_is_recognised(secret: str, purpose: str, text: str, length: int) -> None:
    given_out = seal(secret, purpose, text, length=length)

    assert len(given_out) == length
    assert is_sealed(secret, purpose, text, given_out)


def test_it_is_the_keyed_hash_of_purpose_and_text() -> None:
    assert seal("key", "bounce", "42.3.store") == hmac.new(b"key", b"bounce\x0042.3.store", "sha256").hexdigest()[:32]


@pytest.mark.parametrize(
    ("secret", "purpose", "text"),
    [("other", "bounce", "42"), ("secret", "unsubscribe", "42"), ("secret", "bounce", "43"), ("secret", "bounce", "")],
)
def test_another_secret_purpose_or_text_has_another_seal(secret: str, purpose: str, text: str) -> None:
    assert not is_sealed(secret, purpose, text, seal("secret", "bounce", "42"))


@given(st.integers(0, 31), st.sampled_from("0123456789abcdef"))
def test_one_wrong_digit_breaks_it(place: int, digit: str) -> None:
    right = seal("secret", "bounce", "42")
    tried = right[:place] + digit + right[place + 1 :]

    assert is_sealed("secret", "bounce", "42", tried) is (tried == right)


@pytest.mark.parametrize("length", [0, 1, SEAL_MIN - 1])
def test_too_few_digits_are_refused_even_if_they_are_right(length: int) -> None:
    assert not is_sealed("secret", "bounce", "42", seal("secret", "bounce", "42", length=length))


@pytest.mark.parametrize("given_out", ["", "é" * 32, "\ud800" * 32, "g" * 32, "0" * 65, "0" * 10_000])
def test_whatever_is_given_instead_is_refused_without_harm(given_out: str) -> None:
    assert not is_sealed("secret", "bounce", "42", given_out)
