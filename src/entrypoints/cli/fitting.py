"""Which columns of a table a narrow terminal has room for, and how wide they are."""

from collections.abc import Collection, Iterator, Sequence

from attrs import frozen
from rich.cells import cell_len, set_cell_size

from entrypoints.cli.plain_text import NONE

GAP = 2
"""Between two columns, as :mod:`entrypoints.cli.drawing` sets them."""

WORD_MAX = 20
"""A word that takes more columns of the terminal, such as an address, may be broken."""

PROSE_MIN = 24
"""A column of prose is no narrower than this, if its texts are that long: before it is, others go."""

PROSE_LINES = 2
"""A cell of prose has at most so many lines; what is longer is cut."""

ELLIPSIS = "…"

NOTHING = frozenset({NONE, "0"})


@frozen
class Column:
    """One column of a table: its place in the rows, and its width in columns of the terminal."""

    title: str
    place: int
    width: int


@frozen
class _Demand:
    """What a column asks for: ``wide`` with every text on one line, ``narrow`` with only long words broken."""

    title: str
    place: int
    wide: int
    narrow: int
    is_empty: bool


def fitted(
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    room: int,
    spare: Sequence[str] = (),
    prose: Collection[str] = (),
) -> list[Column] | None:
    """Return the columns that are shown in *room* columns of the terminal, or None where that is too little.

    Words stay whole. Where it is narrow, the columns that say nothing are left out, then those of *spare* in its
    order, until the rest has room. The columns of *prose* keep :data:`PROSE_MIN`, whatever their words are.
    """
    demands = [_demand(title, place, rows, is_prose=title in prose) for place, title in enumerate(titles)]
    for demand in [None, *_dispensable(demands, spare)]:
        demands = [one for one in demands if one is not demand]
        if sum(one.narrow + GAP for one in demands) - GAP <= room:
            return _shared_out(demands, room)
    return None


def cut(text: str, width: int) -> str:
    """Return *text*, or as much of it as :data:`PROSE_LINES` lines of *width* have room for."""
    room = width * PROSE_LINES
    return text if cell_len(text) <= room else set_cell_size(text, room - 1).rstrip() + ELLIPSIS


def _demand(title: str, place: int, rows: Sequence[Sequence[str]], *, is_prose: bool) -> _Demand:
    texts = [row[place] for row in rows]
    words = [word for text in (title, *texts) for word in text.split()]
    wide = max(cell_len(text) for text in (title, *texts))
    narrow = max((min(cell_len(word), WORD_MAX) for word in words), default=0)
    return _Demand(
        title=title,
        place=place,
        wide=wide,
        narrow=min(wide, PROSE_MIN) if is_prose else narrow,
        is_empty=bool(texts) and NOTHING.issuperset(texts),
    )


def _dispensable(demands: Sequence[_Demand], spare: Sequence[str]) -> Iterator[_Demand]:
    yield from (one for one in demands if one.is_empty)
    for title in spare:
        yield from (one for one in demands if one.title == title and not one.is_empty)


def _shared_out(demands: Sequence[_Demand], room: int) -> list[Column]:
    """Give each its narrow width, and what is left to those that ask for least first."""
    left = room - sum(one.narrow + GAP for one in demands) + GAP
    widths = {}
    for waiting, one in zip(
        range(len(demands), 0, -1), sorted(demands, key=lambda one: one.wide - one.narrow), strict=True
    ):
        more = min(one.wide - one.narrow, left // waiting)
        widths[one.place] = one.narrow + more
        left -= more
    return [Column(one.title, one.place, widths[one.place]) for one in demands]
