"""Keeping what is said, once for all who are told the same."""

import sqlite3
from collections.abc import Iterable
from typing import Any

from adapters.sqlite.inserting import insert_rows
from adapters.sqlite.rows import to_json
from domain.content import Content

# One content, for any number of notifications.
INSERT_CONTENT = "INSERT INTO contents (subject, body, html, data, markup)"


def keep_content(connection: sqlite3.Connection, content: Content) -> int:
    """Store *content* and return its id."""
    return keep_contents(connection, [content])[0]


def keep_contents(connection: sqlite3.Connection, contents: Iterable[Content]) -> list[int]:
    """Store *contents* and return their ids, in order."""
    return insert_rows(connection, INSERT_CONTENT, [_row(content) for content in contents])


def _row(content: Content) -> tuple[Any, ...]:
    data = to_json(dict(content.data)) if content.data else None
    return content.subject, content.body, content.html, data, content.markup.value
