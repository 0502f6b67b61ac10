"""Comparing the gauges with the notifications, and setting them right: they only differ after a fault of somebody."""

import sqlite3
from collections.abc import Sequence
from typing import Final

from adapters.sqlite.database import Database
from adapters.sqlite.rows import Row, to_json
from domain.lifecycle import Status

# The gauges that are wrong or missing, with the number that is right; it looks at every notification.
SELECT_WRONG = """
SELECT l.id, word.value, coalesce(counted.number, 0) AS number
  FROM lanes AS l
 CROSS JOIN json_each(:statuses) AS word
  LEFT JOIN gauges AS g ON g.lane_id = l.id AND g.status = word.value
  LEFT JOIN (SELECT lane_id, status, count(*) AS number FROM notifications GROUP BY lane_id, status) AS counted
    ON counted.lane_id = l.id AND counted.status = word.value
 WHERE g.number IS NOT coalesce(counted.number, 0)
"""

# One of them, set right.
PUT_GAUGE = """
INSERT INTO gauges (lane_id, status, number) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET number = excluded.number
"""

_STATUSES: Final = to_json([status.value for status in Status])


def wrong_gauges(connection: sqlite3.Connection) -> Sequence[Row]:
    """Return lane and status of each gauge that differs from a recount, with what the recount says."""
    return connection.execute(SELECT_WRONG, {"statuses": _STATUSES}).fetchall()


def recount(database: Database) -> bool:
    """Set the gauges right, and say whether any was wrong."""
    return bool(database.read(wrong_gauges)) and database.write(_recount)


def _recount(connection: sqlite3.Connection) -> bool:
    found = wrong_gauges(connection)
    connection.executemany(PUT_GAUGE, found)
    return bool(found)
