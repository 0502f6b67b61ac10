"""The inbox in SQLite."""

import json
from collections.abc import Sequence
from types import MappingProxyType

from attrs import frozen

from adapters.sqlite.database import Database
from adapters.sqlite.rows import Parameters, Row, from_ms, moment_or_none, to_json, to_ms, type_of
from domain.inbox import InboxItem

# One item; what is there stays, and nothing is kept for somebody who is gone.
PUT_ITEM = """
INSERT INTO inbox_items
       (notification_id, recipient_seq, type, at_ms, subject, body, topic, data, seen_at_ms, read_at_ms)
SELECT :notification_id, seq, :type, :at_ms, :subject, :body, :topic, :data, :seen_at_ms, :read_at_ms
  FROM recipients
 WHERE id = :recipient_id
    ON CONFLICT (notification_id) DO NOTHING
"""

# One page of a person's items, the newest first.
SELECT_PAGE = """
SELECT i.notification_id, i.type, i.at_ms, i.subject, i.body, i.topic, i.data, i.seen_at_ms, i.read_at_ms
  FROM inbox_items AS i
 WHERE i.recipient_seq = (SELECT seq FROM recipients WHERE id = :recipient_id)
   AND i.notification_id < :before
 ORDER BY i.notification_id DESC
 LIMIT :limit
"""

_BEYOND_EVERY_ID = (1 << 63) - 1


@frozen
class SqliteInboxRepository:
    """Keeps inbox items in a table (:class:`application.ports.inbox_repository.InboxRepository`)."""

    _database: Database

    def put(self, items: Sequence[InboxItem]) -> None:
        """Store *items*; one that is there already for its notification stays as it is."""
        self._database.write(lambda connection: connection.executemany(PUT_ITEM, map(_parameters, items)))

    def find(self, recipient_id: str, limit: int, after: int | None = None) -> Sequence[InboxItem]:
        """Return a person's items, the newest first, after the one of notification *after*."""
        parameters = {
            "recipient_id": recipient_id,
            "before": _BEYOND_EVERY_ID if after is None else after,
            "limit": limit or -1,
        }
        rows = self._database.read(lambda connection: connection.execute(SELECT_PAGE, parameters).fetchall())
        return [_item_of(row, recipient_id) for row in rows]


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
        "seen_at_ms": None if item.seen_at is None else to_ms(item.seen_at),
        "read_at_ms": None if item.read_at is None else to_ms(item.read_at),
    }


def _item_of(row: Row, recipient_id: str) -> InboxItem:
    notification_id, type_, at_ms, subject, body, topic, data, seen_at_ms, read_at_ms = row
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
    )
