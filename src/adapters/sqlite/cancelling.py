"""Withdrawing notifications, within a transaction."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from adapters.sqlite.counting import Counts
from adapters.sqlite.rows import Parameters, to_json, to_ms
from domain.lifecycle import Event, Status

# Withdraw what nobody has claimed.
CANCEL_PENDING = """
UPDATE notifications
   SET status = 'cancelled', finished_at_ms = :now_ms
 WHERE status = 'pending' AND id IN (SELECT value FROM json_each(:ids))
RETURNING lane_id
"""

# Ask whoever is sending to withdraw it if it comes back unsent.
CANCEL_SENDING = """
UPDATE notifications
   SET cancel_requested = 1
 WHERE status = 'sending' AND id IN (SELECT value FROM json_each(:ids))
"""


def cancel(connection: sqlite3.Connection, ids: Sequence[int], now: datetime) -> int:
    """Withdraw those of *ids* that are pending, mark those that are being sent, and return how many were withdrawn."""
    parameters: Parameters = {"ids": to_json(ids), "now_ms": to_ms(now)}
    lanes = [row[0] for row in connection.execute(CANCEL_PENDING, parameters)]
    connection.execute(CANCEL_SENDING, parameters)
    counts = Counts()
    for lane_id in lanes:
        counts.stepped(lane_id, Status.PENDING, Event.CANCEL, Status.CANCELLED)
    counts.write(connection, now)
    return len(lanes)
