"""The statements of the inbox read no more than they must."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.sqlite import inbox_events, inbox_repository
from adapters.sqlite.store import SqliteStore
from domain.inbox import Mark

BY_PERSON = "inbox_items USING COVERING INDEX inbox_items_shown (recipient_seq=? AND archived_at_ms"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    SqliteStore.open(tmp_path / "tocsin.db", new_id=lambda: "home").close()
    with closing(sqlite3.connect(tmp_path / "tocsin.db")) as opened:
        yield opened


def plan(connection: sqlite3.Connection, statement: str) -> str:
    parameters = {name: "[]" if name.endswith("ids") else 1 for name in re.findall(r":(\w+)", statement)}
    return "\n".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))


@pytest.mark.parametrize("condition", [inbox_repository.SHOWN, inbox_repository.UNREAD])
def test_a_page_is_read_in_order_from_its_index(connection: sqlite3.Connection, condition: str) -> None:
    found = plan(connection, inbox_repository.SELECT_PAGE.format(condition=condition))

    assert "inbox_items_shown (recipient_seq=? AND archived_at_ms=? AND notification_id<?)" in found
    assert "TEMP B-TREE" not in found


def test_counting_reads_the_index_alone(connection: sqlite3.Connection) -> None:
    assert BY_PERSON in plan(connection, inbox_repository.COUNT)


@pytest.mark.parametrize("mark", Mark)
def test_marking_touches_the_items_of_one_person(connection: sqlite3.Connection, mark: Mark) -> None:
    change, condition = inbox_repository.MARKS[mark]
    statement = inbox_repository.MARK.format(
        change=change, condition=condition, meant=inbox_repository.ALL.format(condition=condition)
    )
    found = plan(connection, statement)

    assert "inbox_items USING INTEGER PRIMARY KEY" in found
    assert "inbox_items_shown (recipient_seq=? AND archived_at_ms" in found
    assert "SCAN inbox_items" not in found


@pytest.mark.parametrize("statement", [inbox_events.SELECT_EVENTS, inbox_events.SELECT_LAST_OF])
def test_events_are_found_by_person(connection: sqlite3.Connection, statement: str) -> None:
    assert "INDEX inbox_events_of_recipient (recipient_seq=?" in plan(connection, statement)


def test_what_came_and_what_is_dropped_are_found_by_number(connection: sqlite3.Connection) -> None:
    assert "inbox_items USING INTEGER PRIMARY KEY" in plan(connection, inbox_events.INSERT_NEW)
    assert "inbox_events USING INTEGER PRIMARY KEY" in plan(connection, inbox_events.DELETE_FIRST)
