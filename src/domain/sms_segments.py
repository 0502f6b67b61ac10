"""How many segments a text message takes (3GPP TS 23.038 and 23.040)."""

from enum import StrEnum

from attrs import frozen

_GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_7_EXTENSION = frozenset("\f^{}\\[~]|€")  # each takes two septets


class SmsEncoding(StrEnum):
    """The alphabet a text needs: one character outside GSM-7 turns the whole message into UCS-2."""

    GSM_7 = "gsm-7"
    UCS_2 = "ucs-2"


_SINGLE = {SmsEncoding.GSM_7: 160, SmsEncoding.UCS_2: 70}
_PART = {SmsEncoding.GSM_7: 153, SmsEncoding.UCS_2: 67}  # the rest is the header that joins the parts


@frozen
class SmsSize:
    """What a text costs: its encoding, its length in units of that encoding, its segments."""

    encoding: SmsEncoding
    units: int
    segments: int


def sms_size(text: str) -> SmsSize:
    """Return what *text* costs. A character of two units never straddles two segments."""
    if all(character in _GSM_7 or character in _GSM_7_EXTENSION for character in text):
        encoding = SmsEncoding.GSM_7
        widths = [2 if character in _GSM_7_EXTENSION else 1 for character in text]
    else:
        encoding = SmsEncoding.UCS_2
        widths = [2 if ord(character) > 0xFFFF else 1 for character in text]  # noqa: PLR2004  (a surrogate pair)
    units = sum(widths)
    if units <= _SINGLE[encoding]:
        return SmsSize(encoding, units, 1)
    return SmsSize(encoding, units, _parts(widths, _PART[encoding]))


def _parts(widths: list[int], room: int) -> int:
    segments, used = 1, 0
    for width in widths:
        if used + width > room:
            segments, used = segments + 1, 0
        used += width
    return segments
