"""Text from the store as a terminal may show it: nothing in it can move the cursor or change colours."""

from datetime import UTC, datetime
from unicodedata import category

NONE = "-"
SPANS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"))
"""Units of time with their milliseconds; less than two of one are told in a smaller one."""
_JOINERS = "\u200c\u200d"  # of Persian words and of emoji


def visible(text: str) -> str:
    r"""Return *text* with control and invisible characters written out, such as ``\x1b`` or ``\n``."""
    return text if text.isprintable() else "".join(_shown(character) for character in text)


def visible_lines(text: str) -> str:
    """Return *text* as :func:`visible` does, but with its line breaks as they are."""
    return "\n".join(visible(line) for line in text.replace("\r\n", "\n").split("\n"))


def _shown(character: str) -> str:
    return character if is_harmless(character) else character.encode("unicode_escape").decode("ascii")


def is_harmless(character: str) -> bool:
    """Say whether *character* only shows itself: also spaces that are not ASCII, and what joins letters."""
    return character.isprintable() or character in _JOINERS or category(character) == "Zs"


def shown(value: object) -> str:
    """Return *value* for a cell of a table; a dash where there is none."""
    match value:
        case None | "":
            return NONE
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
        case _:
            return visible(str(value))


def span(milliseconds: int | None) -> str | None:
    """Return a span of time for people."""
    if milliseconds is None:
        return None
    size, unit = next(((size, unit) for size, unit in SPANS if milliseconds >= 2 * size), (1000, "s"))
    return f"{milliseconds} ms" if milliseconds < size else f"{milliseconds / size:.1f} {unit}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, such as ``1 row`` or ``3 rows``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}".replace(",", " ")
