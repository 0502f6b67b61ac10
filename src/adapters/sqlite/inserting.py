"""Many rows in few statements, which is twice as fast as a statement a row."""

import sqlite3
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any, Final

_MANY: Final = 100
_FEW: Final = 16
"""So many rows take one statement; more of them take statements of few sizes, so that these stay prepared."""


def insert_rows(connection: sqlite3.Connection, insert: str, rows: Sequence[tuple[Any, ...]]) -> list[int]:
    """Insert *rows*, at least one column each, into a table with AUTOINCREMENT, and return their ids in order.

    *insert* is the statement up to VALUES. AUTOINCREMENT gives each row the id after the largest one there ever was
    (https://www.sqlite.org/autoinc.html), so those of one statement follow each other.
    """
    ids: list[int] = []
    while left := len(rows) - len(ids):
        size = min(left, _FEW) if left < _MANY else _MANY
        some = rows[len(ids) : len(ids) + size]
        statement = _statement(insert, len(some[0]), size)
        last = connection.execute(statement, tuple(chain.from_iterable(some))).lastrowid
        assert last is not None
        ids.extend(range(last - size + 1, last + 1))
    return ids


@cache
def _statement(insert: str, columns: int, rows: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"{insert} VALUES {', '.join([row] * rows)}"
