"""The steps that make the schema: numbered files, in order."""

import re
import sqlite3
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from attrs import frozen

APPLICATION_ID = 0x54_6F_63_73
"""What marks a database file as Tocsin's (``PRAGMA application_id``): the letters ``Tocs``."""

_FILE_NAME = re.compile(r"(\d{4})_\w+\.sql\Z")


@frozen
class Step:
    """One file of the schema; after it ``PRAGMA user_version`` is ``version``."""

    version: int
    name: str
    sql: str

    def statements(self) -> Iterator[str]:
        """Yield the statements one by one, so that all of them run in the caller's transaction."""
        statement = ""
        for line in self.sql.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                yield statement
                statement = ""
        assert not statement.strip(), f"{self.name} ends within a statement"


@cache
def steps() -> tuple[Step, ...]:
    """Return every step, the first one first; they are numbered from 1 without a gap."""
    found = []
    for entry in files("adapters.sqlite").joinpath("migrations").iterdir():
        match = _FILE_NAME.match(entry.name)
        if match:
            found.append(Step(int(match[1]), entry.name.removesuffix(".sql"), entry.read_text(encoding="utf-8")))
    found.sort(key=lambda step: step.version)
    assert [step.version for step in found] == list(range(1, len(found) + 1)), "a step is missing or there twice"
    return tuple(found)


@cache
def latest_version() -> int:
    """Return the version that this Tocsin works with."""
    return steps()[-1].version


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version that the store has; 0 for an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
