"""Keeping what is said, once for all who are told the same."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adapters.sqlite.inserting import insert_rows
from adapters.sqlite.rows import to_json
from domain.content import Attachment, Content

# One content, for any number of notifications.
INSERT_CONTENT = "INSERT INTO contents (subject, body, html, data, markup, attachments)"

# One file that goes with it.
INSERT_ATTACHMENT = """
INSERT INTO attachments (content_id, position, filename, media_type, data) VALUES (?, ?, ?, ?, ?)
"""

# The files that go with some contents.
SELECT_ATTACHMENTS = """
SELECT content_id, filename, media_type, data
  FROM attachments
 WHERE content_id IN (SELECT value FROM json_each(:ids))
 ORDER BY content_id, position
"""


def keep_content(connection: sqlite3.Connection, content: Content) -> int:
    """Store *content* and return its id."""
    return keep_contents(connection, [content])[0]


def keep_contents(connection: sqlite3.Connection, contents: Iterable[Content]) -> list[int]:
    """Store *contents* and return their ids, in order."""
    given = list(contents)
    ids = insert_rows(connection, INSERT_CONTENT, [_row(content) for content in given])
    for content_id, content in zip(ids, given, strict=True):
        if content.attachments:
            files = enumerate(content.attachments)
            connection.executemany(
                INSERT_ATTACHMENT,
                [(content_id, position, one.filename, one.media_type, one.data) for position, one in files],
            )
    return ids


def attachments_of(connection: sqlite3.Connection, content_ids: Sequence[int]) -> Mapping[int, tuple[Attachment, ...]]:
    """Return the attachments of those contents that have any, by the content's id."""
    found: dict[int, list[Attachment]] = defaultdict(list)
    for content_id, filename, media_type, data in connection.execute(SELECT_ATTACHMENTS, {"ids": to_json(content_ids)}):
        found[content_id].append(Attachment(filename=filename, media_type=media_type, data=data))
    return {content_id: tuple(files) for content_id, files in found.items()}


def _row(content: Content) -> tuple[Any, ...]:
    data = to_json(dict(content.data)) if content.data else None
    return content.subject, content.body, content.html, data, content.markup.value, len(content.attachments)
