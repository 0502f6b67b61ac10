"""Known sizes of text messages, and the rule that no character straddles two segments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.sms_segments import SmsEncoding, sms_size

GSM, UCS = SmsEncoding.GSM_7, SmsEncoding.UCS_2
GSM_7_CODE_POINTS = (
    *(0x40, 0xA3, 0x24, 0xA5, 0xE8, 0xE9, 0xF9, 0xEC, 0xF2, 0xC7, 0x0A, 0xD8, 0xF8, 0x0D, 0xC5, 0xE5),
    *(0x394, 0x5F, 0x3A6, 0x393, 0x39B, 0x3A9, 0x3A0, 0x3A8, 0x3A3, 0x398, 0x39E, 0xC6, 0xE6, 0xDF, 0xC9),
    *(0x20, 0x21, 0x22, 0x23, 0xA4, *range(0x25, 0x40), 0xA1, *range(0x41, 0x5B), 0xC4, 0xD6, 0xD1, 0xDC, 0xA7),
    *(0xBF, *range(0x61, 0x7B), 0xE4, 0xF6, 0xF1, 0xFC, 0xE0),
)
EXTENDED = "\f^{}\\[~]|€"


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", GSM, 0, 1),
        ("a" * 160, GSM, 160, 1),
        ("a" * 161, GSM, 161, 2),
        ("a" * 306, GSM, 306, 2),
        ("a" * 307, GSM, 307, 3),
        ("é" * 160, GSM, 160, 1),
        ("€" * 80, GSM, 160, 1),
        ("€" * 81, GSM, 162, 2),
        # 153 septets hold 76 signs of two, and the odd one stays empty.
        ("€" * 152, GSM, 304, 2),
        ("€" * 153, GSM, 306, 3),
        ("a" * 152 + "€" + "a" * 10, GSM, 164, 2),
        ("a" * 152 + "€" + "a" * 151, GSM, 305, 2),
        ("a" * 152 + "€" + "a" * 152, GSM, 306, 3),
        ("ж" * 70, UCS, 70, 1),
        ("ж" * 71, UCS, 71, 2),
        ("ж" * 134, UCS, 134, 2),
        ("ж" * 135, UCS, 135, 3),
        ("a" * 70 + "ж", UCS, 71, 2),
        ("ç", UCS, 1, 1),  # only the capital is in the alphabet
        ("😀" * 35, UCS, 70, 1),
        ("😀" * 36, UCS, 72, 2),
        # 67 units hold 33 pairs, and the odd one stays empty.
        ("😀" * 66, UCS, 132, 2),
        ("😀" * 67, UCS, 134, 3),
        ("😀" * 70, UCS, 140, 3),
        ("ж" * 66 + "😀" + "ж" * 4, UCS, 72, 2),
        ("ж" * 66 + "😀" + "ж" * 66, UCS, 134, 3),
    ],
)
def test_a_text_of_known_size(text: str, encoding: SmsEncoding, units: int, segments: int) -> None:
    size = sms_size(text)
    assert (size.encoding, size.units, size.segments) == (encoding, units, segments)


def test_the_alphabet_is_that_of_the_standard() -> None:
    basic = {chr(number) for number in range(0x10000) if sms_size(chr(number)).encoding is GSM}
    assert basic == {chr(number) for number in GSM_7_CODE_POINTS} | set(EXTENDED)
    assert len(GSM_7_CODE_POINTS) == 127  # 128 with the escape, which is not a character


def test_an_extended_sign_takes_two_septets() -> None:
    assert {sign: sms_size(sign).units for sign in EXTENDED} == dict.fromkeys(EXTENDED, 2)


@given(st.text(st.sampled_from("aé€^ж😀"), max_size=700))
def test_segments_hold_whole_characters_and_waste_at_most_one_unit_each(text: str) -> None:
    size = sms_size(text)
    single, part = (160, 153) if size.encoding is GSM else (70, 67)
    if size.units <= single:
        assert size.segments == 1
    else:
        assert -(-size.units // part) <= size.segments <= -(-size.units // (part - 1))


@given(st.text(max_size=300), st.text(max_size=50))
def test_a_longer_text_never_costs_less(text: str, more: str) -> None:
    assert sms_size(text + more).segments >= sms_size(text).segments
