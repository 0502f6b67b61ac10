"""Keeping what is said, once for all who are told the same."""

import sqlite3

from adapters.sqlite.rows import content_parameters
from domain.content import Content

# One content, for any number of notifications.
INSERT_CONTENT = """
INSERT INTO contents (subject, body, html, data, markup) VALUES (:subject, :body, :html, :data, :markup)
"""


def keep_content(connection: sqlite3.Connection, content: Content) -> int:
    """Store *content* and return its id."""
    content_id = connection.execute(INSERT_CONTENT, content_parameters(content)).lastrowid
    assert content_id is not None
    return content_id
