"""The lean loop: the same over a narrow table with two indexes and one for the history: ``lean_drain STORE COUNT``.

A table of jobs with its lease, fence and CHECKs, and one of attempts: what a queue on SQLite needs that knows no
recipients, contents or suppressions.
"""

import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

from bench.floors.connection import connect, now_ms
from bench.said import say

SCHEMA = """
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY, notification_id INTEGER NOT NULL, lane INTEGER NOT NULL,
  priority INTEGER NOT NULL DEFAULT 1 CHECK (priority BETWEEN 0 AND 3),
  state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 8),
  due_ms INTEGER NOT NULL, expires_ms INTEGER, cancel_ms INTEGER, finished_ms INTEGER,
  attempt INTEGER NOT NULL DEFAULT 0, attempts_max INTEGER NOT NULL DEFAULT 12,
  fence INTEGER NOT NULL DEFAULT 0, owner INTEGER, lease_ms INTEGER, recipient TEXT NOT NULL,
  CHECK ((state IN (1, 2)) = (lease_ms IS NOT NULL)), CHECK ((state >= 3) = (finished_ms IS NOT NULL))
) STRICT;
CREATE INDEX jobs_ready ON jobs (lane, priority, due_ms) WHERE state = 0;
CREATE INDEX jobs_leased ON jobs (lease_ms) WHERE state IN (1, 2);
CREATE TABLE attempts (
  job_id INTEGER NOT NULL, fence INTEGER NOT NULL, n INTEGER NOT NULL, outcome INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  duration_ms INTEGER, code TEXT, provider_id TEXT, detail TEXT,
  PRIMARY KEY (job_id, fence)
) STRICT, WITHOUT ROWID;
"""
ADD = "INSERT INTO jobs (notification_id, lane, due_ms, expires_ms, recipient) VALUES (?, 1, ?, ?, ?)"
CLAIM = """
UPDATE jobs SET state = 1, attempt = attempt + 1, fence = fence + 1, owner = 1, lease_ms = :now_ms + 120000
 WHERE state = 0
   AND id IN (SELECT id FROM jobs
               WHERE state = 0 AND lane = 1 AND priority = 1 AND due_ms <= :now_ms ORDER BY due_ms LIMIT 500)
RETURNING id, fence, attempt, attempts_max, priority, due_ms, expires_ms, cancel_ms, recipient, notification_id
"""
CONCLUDE = "UPDATE jobs SET state = 3, finished_ms = ?, owner = NULL, lease_ms = NULL WHERE id = ? AND fence = ?"
HISTORY = """
INSERT INTO attempts (job_id, fence, n, outcome, at_ms, duration_ms, provider_id) VALUES (?, ?, ?, 1, ?, 0, 'none')
"""


def main(store: Path, count: int) -> None:
    """Make *count* jobs that are due, drain them, and say how long the draining took."""
    connection = connect(store)
    _fill(connection, count)
    done = 0
    began_s = time.perf_counter()
    while rows := _claim(connection):
        now = now_ms()
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(CONCLUDE, [(now, row[0], row[1]) for row in rows])
        connection.executemany(HISTORY, [(row[0], row[1], row[2], now) for row in rows])
        connection.execute("COMMIT")
        done += len(rows)
    say(count=done, seconds=time.perf_counter() - began_s)


def _fill(connection: sqlite3.Connection, count: int) -> None:
    connection.executescript(SCHEMA)
    now = now_ms()
    connection.execute("BEGIN")
    connection.executemany(
        ADD, ((number, now, now + 86_400_000, f"person.{number}@example.com") for number in range(count))
    )
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _claim(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    connection.execute("BEGIN IMMEDIATE")
    rows = connection.execute(CLAIM, {"now_ms": now_ms()}).fetchall()
    connection.execute("COMMIT")
    return rows


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
