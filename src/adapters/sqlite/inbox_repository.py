"""The inbox in SQLite."""

import json
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from attrs import field, frozen

from adapters.sqlite.database import Database
from adapters.sqlite.inbox_events import (
    SELECT_EVENTS,
    SELECT_LAST_OF,
    all_were_marked,
    came,
    drop_old_events,
    event_of,
    span_of_events,
    were_marked,
)
from adapters.sqlite.news import News
from adapters.sqlite.rows import Parameters, Row, from_ms, moment_or_none, ms_or_none, to_json, to_ms, type_of
from application.ports.inbox_repository import MARKED_MAX, InboxQuery
from domain.errors import NotFound
from domain.inbox import InboxCounts, InboxEvent, InboxItem, Mark

# Those of some notifications that have an item.
SELECT_KNOWN = "SELECT notification_id FROM inbox_items WHERE notification_id IN (SELECT value FROM json_each(:ids))"

# One item; what is there stays, and nothing is kept for somebody who is gone.
PUT_ITEM = """
INSERT INTO inbox_items
       (notification_id, recipient_seq, type, at_ms, subject, body, topic, data, seen_at_ms, read_at_ms, archived_at_ms)
SELECT :notification_id, seq, :type, :at_ms, :subject, :body, :topic, :data, :seen_at_ms, :read_at_ms, :archived_at_ms
  FROM recipients
 WHERE id = :recipient_id
    ON CONFLICT (notification_id) DO NOTHING
"""

# One page of a person's items, the newest first.
SELECT_PAGE = """
SELECT i.notification_id, i.type, i.at_ms, i.subject, i.body, i.topic, i.data, i.seen_at_ms, i.read_at_ms,
       i.archived_at_ms
  FROM inbox_items AS i
 WHERE i.recipient_seq = (SELECT seq FROM recipients WHERE id = :recipient_id)
   AND i.notification_id < :before
   AND {condition}
 ORDER BY i.notification_id DESC
 LIMIT :limit
"""

# The conditions of a page.
UNREAD = "i.read_at_ms IS NULL AND i.archived_at_ms IS NULL"
SHOWN = "i.archived_at_ms IS NULL"
UNREAD_ARCHIVED = "i.read_at_ms IS NULL AND i.archived_at_ms IS NOT NULL"
ARCHIVED = "i.archived_at_ms IS NOT NULL"

# How many a person has that are not put away.
COUNT = """
SELECT count(*), count(*) FILTER (WHERE seen_at_ms IS NULL), count(*) FILTER (WHERE read_at_ms IS NULL)
  FROM inbox_items
 WHERE recipient_seq = (SELECT seq FROM recipients WHERE id = :recipient_id)
   AND archived_at_ms IS NULL
"""

# Those of some ids that a person has no item of.
SELECT_FOREIGN = """
SELECT named.value
  FROM json_each(:ids) AS named
  LEFT JOIN inbox_items AS i
    ON i.notification_id = named.value
   AND i.recipient_seq = (SELECT seq FROM recipients WHERE id = :recipient_id)
 WHERE i.notification_id IS NULL
 ORDER BY named.key
 LIMIT 1
"""

# Mark items; the same as InboxItem.marked, where it changes something.
MARK = """
UPDATE inbox_items
   SET {change}
 WHERE {condition}
   AND notification_id IN ({meant})
RETURNING notification_id
"""
NAMED = "SELECT value FROM json_each(:ids)"
ALL = """
SELECT notification_id
  FROM inbox_items
 WHERE recipient_seq = (SELECT seq FROM recipients WHERE id = :recipient_id)
   AND archived_at_ms IS NULL
   AND {condition}
 LIMIT :most
"""

# What each mark changes, and where it does.
MARKS: Mapping[Mark, tuple[str, str]] = MappingProxyType(
    {
        Mark.SEEN: ("seen_at_ms = :now_ms", "seen_at_ms IS NULL"),
        Mark.UNSEEN: ("seen_at_ms = NULL, read_at_ms = NULL", "seen_at_ms IS NOT NULL"),
        Mark.READ: ("seen_at_ms = coalesce(seen_at_ms, :now_ms), read_at_ms = :now_ms", "read_at_ms IS NULL"),
        Mark.UNREAD: ("read_at_ms = NULL", "read_at_ms IS NOT NULL"),
        Mark.ARCHIVED: ("archived_at_ms = :now_ms", "archived_at_ms IS NULL"),
        Mark.UNARCHIVED: ("archived_at_ms = NULL", "archived_at_ms IS NOT NULL"),
    }
)

_BEYOND_EVERY_ID = (1 << 63) - 1


@frozen
class SqliteInboxRepository:
    """Keeps inbox items in a table (:class:`application.ports.inbox_repository.InboxRepository`)."""

    _database: Database
    _news: News = field(factory=News)

    def put(self, items: Sequence[InboxItem]) -> None:
        """Store *items*, and that they are new; one that is there already for its notification stays as it is."""
        if items:
            self._database.write(lambda connection: _put(connection, items))
            self._news.tell()

    def find(self, query: InboxQuery) -> Sequence[InboxItem]:
        """Return the items that *query* asks for."""
        if query.archived:
            condition = UNREAD_ARCHIVED if query.unread else ARCHIVED
        else:
            condition = UNREAD if query.unread else SHOWN
        statement = SELECT_PAGE.format(condition=condition)
        parameters = {
            "recipient_id": query.recipient_id,
            "before": _BEYOND_EVERY_ID if query.after is None else query.after,
            "limit": query.limit or -1,
        }
        rows = self._database.read(lambda connection: connection.execute(statement, parameters).fetchall())
        return [_item_of(row, query.recipient_id) for row in rows]

    def mark(self, recipient_id: str, ids: Collection[int] | None, mark: Mark, now: datetime) -> Sequence[int]:
        """Mark some of a person's items, or all that are not archived, and return the ids of those it changed."""

        def write(connection: sqlite3.Connection) -> Sequence[int]:
            if ids is None:
                return _mark_all(connection, recipient_id, mark, now)
            return _mark_named(connection, recipient_id, ids, mark, now)

        changed = self._database.write(write)
        self._news.tell()
        return changed

    def counts(self, recipient_id: str) -> InboxCounts:
        """Return how many items a person has that are not archived."""
        row = self._database.read(
            lambda connection: connection.execute(COUNT, {"recipient_id": recipient_id}).fetchone()
        )
        return InboxCounts(*row)

    def events(self, recipient_id: str, after: int, limit: int) -> Sequence[InboxEvent] | None:
        """Return what happened in a person's inbox after the event *after*, or None if that is not known any more."""
        parameters = {"recipient_id": recipient_id, "after": after, "limit": limit}

        def read(connection: sqlite3.Connection) -> Sequence[Row] | None:
            first, last = span_of_events(connection)
            if not first - 1 <= after <= last:
                return None
            return connection.execute(SELECT_EVENTS, parameters).fetchall()

        rows = self._database.read(read)
        return None if rows is None else [event_of(row) for row in rows]

    def last_event(self) -> int:
        """Return the number of the last event in any inbox, 0 before the first."""
        return self._database.read(span_of_events)[1]

    def last_events(self, recipient_ids: Collection[str]) -> Mapping[str, int]:
        """Return the number of the last event of each person."""
        parameters = {"recipient_ids": to_json(list(recipient_ids))}
        rows = self._database.read(lambda connection: connection.execute(SELECT_LAST_OF, parameters).fetchall())
        return {recipient_id: seq for recipient_id, seq in rows if seq is not None}

    def listen(self, heard: Callable[[], None]) -> Callable[[], None]:
        """Call *heard* whenever this process may have changed an inbox; what is returned ends that."""
        return self._news.listen(heard)


def _put(connection: sqlite3.Connection, items: Sequence[InboxItem]) -> None:
    ids = [item.notification_id for item in items]
    known = {row[0] for row in connection.execute(SELECT_KNOWN, {"ids": to_json(ids)})}
    new = {item.notification_id: item for item in reversed(items) if item.notification_id not in known}
    connection.executemany(PUT_ITEM, map(_parameters, new.values()))
    came(connection, list(new))
    drop_old_events(connection, max(item.at for item in items), len(items))


def _mark_named(
    connection: sqlite3.Connection, recipient_id: str, ids: Collection[int], mark: Mark, now: datetime
) -> Sequence[int]:
    parameters = {"recipient_id": recipient_id, "ids": to_json(list(ids)), "now_ms": to_ms(now)}
    foreign = connection.execute(SELECT_FOREIGN, parameters).fetchone()
    if foreign is not None:
        raise NotFound("message of this inbox", foreign[0])
    change, condition = MARKS[mark]
    statement = MARK.format(change=change, condition=condition, meant=NAMED)
    changed = {row[0] for row in connection.execute(statement, parameters)}
    in_order = [number for number in dict.fromkeys(ids) if number in changed]
    were_marked(connection, recipient_id, in_order, mark, now)
    return in_order


def _mark_all(connection: sqlite3.Connection, recipient_id: str, mark: Mark, now: datetime) -> Sequence[int]:
    change, condition = MARKS[mark]
    statement = MARK.format(change=change, condition=condition, meant=ALL.format(condition=condition))
    parameters = {"recipient_id": recipient_id, "now_ms": to_ms(now), "most": MARKED_MAX}
    changed = [row[0] for row in connection.execute(statement, parameters)]
    if changed:
        all_were_marked(connection, recipient_id, mark, now)
    return changed


def _parameters(item: InboxItem) -> Parameters:
    return {
        "notification_id": item.notification_id,
        "recipient_id": item.recipient_id,
        "type": item.type,
        "at_ms": to_ms(item.at),
        "subject": item.subject,
        "body": item.body,
        "topic": item.topic,
        "data": to_json(dict(item.data)) if item.data else None,
        "seen_at_ms": ms_or_none(item.seen_at),
        "read_at_ms": ms_or_none(item.read_at),
        "archived_at_ms": ms_or_none(item.archived_at),
    }


def _item_of(row: Row, recipient_id: str) -> InboxItem:
    notification_id, type_, at_ms, subject, body, topic, data, seen_at_ms, read_at_ms, archived_at_ms = row
    return InboxItem(
        notification_id=notification_id,
        recipient_id=recipient_id,
        type=type_of(type_),
        at=from_ms(at_ms),
        subject=subject,
        body=body,
        topic=topic,
        data=MappingProxyType(json.loads(data) if data else {}),
        seen_at=moment_or_none(seen_at_ms),
        read_at=moment_or_none(read_at_ms),
        archived_at=moment_or_none(archived_at_ms),
    )
