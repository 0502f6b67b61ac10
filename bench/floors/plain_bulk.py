"""Plain chunked ``INSERT … SELECT``: 10 000 recipients a commit, the cursor in the same one: ``plain_bulk STORE``.

The store already has a campaign that reached nobody; its rows are what this makes.
"""

import sqlite3
import sys
import time
from pathlib import Path

from bench.floors.connection import connect, now_ms
from bench.said import say

CHUNK = 10_000
WEEK_MS = 7 * 86_400_000
CAMPAIGN = "SELECT c.id, l.id, c.content_id, c.last_seq FROM campaigns AS c JOIN lanes AS l ON l.campaign_id = c.id"
INSERT = """
INSERT INTO notifications
       (recipient_seq, lane_id, content_id, campaign_id, send_at_ms, next_attempt_at_ms, expires_at_ms, created_at_ms)
SELECT r.seq, :lane, :content, :campaign, :now_ms, :now_ms, :now_ms + :lives_ms, :now_ms
  FROM recipients AS r
 WHERE r.seq > :cursor AND r.seq <= :cursor + :chunk AND r.email IS NOT NULL
"""
MOVE = (
    "UPDATE campaigns SET cursor = min(last_seq, :cursor + :chunk), created = created + :created WHERE id = :campaign"
)


def main(store: Path) -> None:
    """Make a notification for each recipient, and say how long it took; opening the store is not counted."""
    connection = connect(store)
    campaign, lane, content, last = connection.execute(CAMPAIGN).fetchone()
    parameters = {"campaign": campaign, "lane": lane, "content": content, "chunk": CHUNK, "lives_ms": WEEK_MS}
    count = 0
    began_s = time.perf_counter()
    for cursor in range(0, last, CHUNK):
        count += _chunk(connection, {**parameters, "cursor": cursor, "now_ms": now_ms()})
    say(count=count, seconds=time.perf_counter() - began_s)


def _chunk(connection: sqlite3.Connection, parameters: dict[str, int]) -> int:
    connection.execute("BEGIN IMMEDIATE")
    created = connection.execute(INSERT, parameters).rowcount
    connection.execute(MOVE, {**parameters, "created": created})
    connection.execute("COMMIT")
    return created


if __name__ == "__main__":
    main(Path(sys.argv[1]))
