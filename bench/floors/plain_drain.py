"""The plain loop: claim 500, conclude, write the history, over the store's own schema: ``plain_drain STORE TYPE``.

Two commits a batch; a third write for the type that records its begin. The loop knows that everything is accepted and
that nobody else is there: no gates, no leases to look after, no pool, no counters.
"""

import json
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

from bench.floors.connection import connect, now_ms
from bench.said import say

LANE = "SELECT id FROM lanes WHERE campaign_id IS NULL AND test = 0 AND channel = 'email' AND type = ?"
CLAIM = """
UPDATE notifications
   SET status = 'sending', attempts = attempts + 1, fence = fence + 1, owner = 1, lease_until_ms = :now_ms + 120000
 WHERE id IN (SELECT id FROM notifications INDEXED BY notifications_ready
               WHERE status = 'pending' AND losses = 0 AND lane_id = :lane AND next_attempt_at_ms <= :now_ms
               ORDER BY next_attempt_at_ms LIMIT 500)
RETURNING id, fence, attempts, losses, content_id, expires_at_ms, topic, recipient_seq
"""
# Three statements are faster here than the same columns as subqueries of RETURNING.
RECIPIENTS = """
SELECT r.seq, r.id, r.name, r.email, r.phone, r.push_tokens, r.web_push, r.locale, r.timezone, r.attributes,
       EXISTS (SELECT 1 FROM suppressions AS s WHERE s.channel = 'email' AND s.address = lower(r.email))
  FROM recipients AS r WHERE r.seq IN (SELECT value FROM json_each(?))
"""
CONTENTS = "SELECT id, subject, body, html, data, markup FROM contents WHERE id IN (SELECT value FROM json_each(?))"
BEGIN = "UPDATE notifications SET begun = 1 WHERE id = ? AND fence = ?"
CONCLUDE = """
UPDATE notifications SET status = 'sent', finished_at_ms = ?, begun = 0, owner = NULL, lease_until_ms = NULL
 WHERE id = ? AND fence = ?
"""
HISTORY = """
INSERT INTO hand_overs
       (notification_id, fence, gateway, address, attempt, outcome, at_ms, duration_ms, provider_id)
VALUES (?, ?, 'mail', ?, ?, 'accepted', ?, 0, 'none')
"""

Row = tuple[Any, ...]


def main(store: Path, type_: str) -> None:
    """Drain the lane of *type_*, and say how long it took; opening the store is not counted."""
    connection = connect(store)
    lane = connection.execute(LANE, (type_,)).fetchone()[0]
    count = 0
    began_s = time.perf_counter()
    while rows := _claim(connection, lane):
        if type_ == "promotional":
            _write(connection, (BEGIN, [(row[0], row[1]) for row, _ in rows]))
        now = now_ms()
        _write(
            connection,
            (CONCLUDE, [(now, row[0], row[1]) for row, _ in rows]),
            (HISTORY, [(row[0], row[1], address, row[2], now) for row, address in rows]),
        )
        count += len(rows)
    say(count=count, seconds=time.perf_counter() - began_s)


def _claim(connection: sqlite3.Connection, lane: int) -> list[tuple[Row, str]]:
    """Return the next rows with the address of each; everything that sending needs is fetched."""
    connection.execute("BEGIN IMMEDIATE")
    rows = connection.execute(CLAIM, {"lane": lane, "now_ms": now_ms()}).fetchall()
    people = connection.execute(RECIPIENTS, (json.dumps([row[7] for row in rows]),)).fetchall()
    connection.execute(CONTENTS, (json.dumps(list({row[4] for row in rows})),)).fetchall()
    connection.execute("COMMIT")
    addresses = {person[0]: person[3] for person in people if not person[10]}
    return [(row, addresses[row[7]]) for row in rows]


def _write(connection: sqlite3.Connection, *work: tuple[str, list[Row]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for statement, rows in work:
        connection.executemany(statement, rows)
    connection.execute("COMMIT")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
