"""A narrow terminal gets whole words: first what says nothing goes, then what matters least, then the table itself."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from entrypoints.cli.fitting import GAP, WORD_MAX, Column, cut, fitted

TITLES = ("id", "status", "reason")
ROWS = (("1", "sent", "-"), ("2", "failed", "no such mailbox"))


def titles(columns: list[Column] | None) -> list[str] | None:
    return None if columns is None else [column.title for column in columns]


def widths(columns: list[Column] | None) -> list[int]:
    assert columns is not None
    return [column.width for column in columns]


def test_where_there_is_room_every_text_is_on_one_line() -> None:
    assert widths(fitted(TITLES, ROWS, 80)) == [2, 6, 15]


def test_where_there_is_less_texts_are_broken_between_words() -> None:
    assert widths(fitted(TITLES, ROWS, 20)) == [2, 6, 8]
    assert widths(fitted(TITLES, ROWS, 19)) == [2, 6, 7]


def test_columns_that_say_nothing_go_first_then_the_spare_ones() -> None:
    rows = (("1", "-", "sent", "a"), ("2", "0", "failed", "b"))
    names = ("id", "attempts", "status", "type")

    assert titles(fitted(names, rows, 26, spare=("type",))) == ["id", "attempts", "status", "type"]
    assert titles(fitted(names, rows, 16, spare=("type",))) == ["id", "status", "type"]
    assert titles(fitted(names, rows, 10, spare=("type",))) == ["id", "status"]


def test_where_even_that_is_too_much_there_is_no_table() -> None:
    assert fitted(TITLES, ROWS, 8, spare=("reason",)) is None


def test_a_table_without_rows_has_its_titles() -> None:
    assert titles(fitted(TITLES, (), 80)) == list(TITLES)


def test_characters_of_double_width_count_twice() -> None:
    assert widths(fitted(("name",), (("漢字漢",),), 80)) == [6]


@given(
    rows=st.lists(st.tuples(*[st.text("ab -", max_size=40)] * 4), max_size=5),
    room=st.integers(1, 120),
    spare=st.permutations(["a", "b", "c", "d"]).flatmap(lambda names: st.integers(0, 3).map(lambda n: names[:n])),
)
def test_what_is_shown_has_room_and_no_short_word_is_broken(
    rows: list[tuple[str, ...]], room: int, spare: list[str]
) -> None:
    columns = fitted(("a", "b", "c", "d"), rows, room, spare)
    if columns is None:
        return

    assert sum(column.width + GAP for column in columns) - GAP <= room
    for column in columns:
        for row in rows:
            assert all(min(cell_len(word), WORD_MAX) <= column.width for word in row[column.place].split())


def test_prose_is_cut_to_two_lines_also_of_characters_of_double_width() -> None:
    assert cut("a" * 20, 10) == "a" * 20
    assert cut("a" * 21, 10) == "a" * 19 + "…"
    assert cut("漢" * 11, 10) == "漢" * 9 + "…"


def test_columns_go_before_prose_gets_narrow() -> None:
    names = ("id", "type", "body")
    rows = (("1", "transactional", "word " * 30),)

    assert widths(fitted(names, rows, 80, spare=("type",), prose={"body"})) == [2, 13, 61]
    assert widths(fitted(names, rows, 32, spare=("type",), prose={"body"})) == [2, 28]
    assert titles(fitted(names, rows, 32, spare=("type",))) == ["id", "type", "body"]
    assert fitted(names, rows, 27, spare=("type",), prose={"body"}) is None
