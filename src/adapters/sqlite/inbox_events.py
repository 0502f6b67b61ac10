"""What happened in inboxes, in SQLite: numbered in the order of the commits, because one writes at a time."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from adapters.sqlite.rows import Row, from_ms, to_json, to_ms
from application.ports.inbox_repository import EVENTS_KEPT
from domain.inbox import InboxEvent, InboxHappening, Mark

# Items came, in the order of their ids. Those for somebody who is gone were not stored.
INSERT_NEW = """
INSERT INTO inbox_events (recipient_seq, notification_id, what, at_ms)
SELECT recipient_seq, notification_id, 'new', at_ms
  FROM inbox_items
 WHERE notification_id IN (SELECT value FROM json_each(:ids))
 ORDER BY notification_id
"""

# Items were marked, in the order of the call.
INSERT_MARKED = """
INSERT INTO inbox_events (recipient_seq, notification_id, what, at_ms)
SELECT r.seq, named.value, :what, :at_ms
  FROM recipients AS r
  JOIN json_each(:ids) AS named
 WHERE r.id = :recipient_id
 ORDER BY named.key
"""

# Everything in an inbox was marked.
INSERT_ALL_MARKED = """
INSERT INTO inbox_events (recipient_seq, notification_id, what, at_ms)
SELECT seq, NULL, :what, :at_ms
  FROM recipients
 WHERE id = :recipient_id
"""

# What happened in one inbox after an event.
SELECT_EVENTS = """
SELECT seq, notification_id, what, at_ms
  FROM inbox_events
 WHERE recipient_seq = (SELECT seq FROM recipients WHERE id = :recipient_id) AND seq > :after
 ORDER BY seq
 LIMIT :limit
"""

# The last event of each of some people, or nothing where none is kept.
SELECT_LAST_OF = """
SELECT r.id, (SELECT max(e.seq) FROM inbox_events AS e WHERE e.recipient_seq = r.seq)
  FROM recipients AS r
 WHERE r.id IN (SELECT value FROM json_each(:recipient_ids))
"""

# The first event that is kept, and the last that there ever was.
SELECT_SPAN = """
SELECT (SELECT min(seq) FROM inbox_events), (SELECT seq FROM sqlite_sequence WHERE name = 'inbox_events')
"""

# The first of those that are kept.
SELECT_FIRST = "SELECT seq, at_ms FROM inbox_events ORDER BY seq LIMIT :most"

# Drop the first ones: none goes before an earlier one, so that the first kept says what is missing.
DELETE_FIRST = "DELETE FROM inbox_events WHERE seq <= :last"

_DROPPED_FOR_EACH = 2  # more than come, so that what has piled up goes away
_DROPPED_AT_LEAST = 10


def came(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Keep that the items *ids*, which were just stored, are new."""
    connection.execute(INSERT_NEW, {"ids": to_json(ids)})


def were_marked(
    connection: sqlite3.Connection, recipient_id: str, ids: Sequence[int], mark: Mark, now: datetime
) -> None:
    """Keep that *mark* changed the items *ids*."""
    connection.execute(
        INSERT_MARKED, {"recipient_id": recipient_id, "ids": to_json(ids), "what": mark.value, "at_ms": to_ms(now)}
    )
    drop_old_events(connection, now, len(ids))


def all_were_marked(connection: sqlite3.Connection, recipient_id: str, mark: Mark, now: datetime) -> None:
    """Keep that *mark* changed whatever was in an inbox."""
    connection.execute(INSERT_ALL_MARKED, {"recipient_id": recipient_id, "what": mark.value, "at_ms": to_ms(now)})
    drop_old_events(connection, now, 1)


def drop_old_events(connection: sqlite3.Connection, now: datetime, added: int) -> None:
    """Drop what is older than :data:`EVENTS_KEPT`, some more than was *added*; mostly the first look ends it."""
    before_ms = to_ms(now - EVENTS_KEPT)
    last = None
    for seq, at_ms in connection.execute(SELECT_FIRST, {"most": max(_DROPPED_AT_LEAST, _DROPPED_FOR_EACH * added)}):
        if at_ms >= before_ms:
            break
        last = seq
    if last is not None:
        connection.execute(DELETE_FIRST, {"last": last})


def span_of_events(connection: sqlite3.Connection) -> tuple[int, int]:
    """Return the number of the first event that is kept, and of the last that there ever was."""
    first, last = connection.execute(SELECT_SPAN).fetchone()
    last = last or 0
    return (last + 1 if first is None else first), last


def event_of(row: Row) -> InboxEvent:
    """Return the event that a row of :data:`SELECT_EVENTS` tells of."""
    seq, notification_id, what, at_ms = row
    return InboxEvent(seq=seq, notification_id=notification_id, what=InboxHappening(what), at=from_ms(at_ms))
