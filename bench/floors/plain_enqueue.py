"""The plain one-row commit: one content, one notification, durable, again and again: ``plain_enqueue STORE COUNT``."""

import sys
import time
from pathlib import Path

from bench.floors.connection import connect, now_ms
from bench.said import say

DAY_MS = 86_400_000
LANE = "SELECT id FROM lanes WHERE campaign_id IS NULL AND test = 0 AND channel = 'email' AND type = 'transactional'"
CONTENT = "INSERT INTO contents (subject, body, markup) VALUES (?, ?, 'literal')"
NOTIFICATION = """
INSERT INTO notifications
       (recipient_seq, lane_id, content_id, send_at_ms, next_attempt_at_ms, expires_at_ms, created_at_ms)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
SUBJECT, BODY = "Your order", "Your order is on its way. Thank you for shopping with us."


def main(store: Path, count: int) -> None:
    """Store *count* notifications, and say how long it took; opening the store is not counted."""
    connection = connect(store)
    lane = connection.execute(LANE).fetchone()[0]
    began_s = time.perf_counter()
    for number in range(1, count + 1):
        now = now_ms()
        connection.execute("BEGIN IMMEDIATE")
        content = connection.execute(CONTENT, (SUBJECT, BODY)).lastrowid
        connection.execute(NOTIFICATION, (number, lane, content, now, now, now + DAY_MS, now))
        connection.execute("COMMIT")
    say(count=count, seconds=time.perf_counter() - began_s)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
