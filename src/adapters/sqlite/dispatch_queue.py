"""The queue in SQLite."""

import os
import platform
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from attrs import frozen

from adapters.sqlite.beginning import begin
from adapters.sqlite.claiming import claim
from adapters.sqlite.concluding import conclude
from adapters.sqlite.database import Database
from adapters.sqlite.news import News
from adapters.sqlite.owner_locks import OwnerLocks
from adapters.sqlite.receiving import CAME_BACK
from adapters.sqlite.rows import (
    LANE_COLUMNS,
    Row,
    channel_of,
    from_ms,
    lane_of,
    moment_or_none,
    to_json,
    to_ms,
    type_of,
)
from adapters.sqlite.waiting_lanes import NEXT_READY, NEXT_SUSPECT, WAITING_LANES
from application.ports.dispatch_queue import Claimed, ClaimRequest, Hold
from domain.claim import Conclusion, LostClaim
from domain.lane import Lane
from domain.lifecycle import Event

# A dispatcher begins; its number is never given again.
INSERT_DISPATCHER = "INSERT INTO dispatchers (host, pid, started_at_ms) VALUES (:host, :pid, :now_ms)"

# The dispatchers that began and did not say that they are done.
SELECT_DISPATCHERS = "SELECT owner FROM dispatchers"

# A dispatcher is done, or was found dead.
DELETE_DISPATCHER = "DELETE FROM dispatchers WHERE owner = :owner"

# The open lanes with something due.
SELECT_DUE_LANES = f"""{WAITING_LANES}
SELECT {LANE_COLUMNS}
  FROM lanes AS l
 WHERE l.id IN (SELECT lane_id FROM ready UNION SELECT lane_id FROM suspect)
   AND l.state = 'open'
   AND (({NEXT_READY}) <= :now_ms OR ({NEXT_SUSPECT}) <= :now_ms)
 ORDER BY l.id
"""  # noqa: S608  (constant text)

# When the next one of an open lane falls due.
SELECT_NEXT_DUE = f"""{WAITING_LANES}
SELECT min(due_at_ms)
  FROM (
    SELECT ({NEXT_READY}) AS due_at_ms
      FROM lanes AS l WHERE l.id IN (SELECT lane_id FROM ready) AND l.state = 'open'
     UNION ALL
    SELECT ({NEXT_SUSPECT})
      FROM lanes AS l WHERE l.id IN (SELECT lane_id FROM suspect) AND l.state = 'open'
  )
"""  # noqa: S608  (constant text)

# Every dispatcher that holds something, by one step into the index a dispatcher.
SELECT_HOLDERS = """
WITH RECURSIVE holder (owner) AS (
  SELECT min(owner) FROM notifications INDEXED BY notifications_held WHERE status = 'sending'
   UNION ALL
  SELECT (SELECT min(n.owner)
            FROM notifications AS n INDEXED BY notifications_held
           WHERE n.status = 'sending' AND n.owner > holder.owner)
    FROM holder
   WHERE holder.owner IS NOT NULL
)
SELECT owner FROM holder WHERE owner IS NOT NULL
"""

# What a dispatcher lost: all of it if it is dead, else what it held too long.
SELECT_LOST = f"""
SELECT n.id, n.fence, n.attempts, n.losses, l.channel, l.type, n.expires_at_ms, n.begun, n.owner, n.may_be_out,
       EXISTS (SELECT 1
                 FROM hand_overs AS h
                WHERE h.notification_id = n.id AND h.outcome = 'accepted' AND NOT {CAME_BACK}),
       l.test
  FROM json_each(:limits) AS holder
 CROSS JOIN notifications AS n INDEXED BY notifications_held
    ON n.status = 'sending' AND n.owner = holder.value ->> 0
   AND n.lease_until_ms < holder.value ->> 1
  JOIN lanes AS l ON l.id = n.lane_id
 ORDER BY n.lease_until_ms, n.id
 LIMIT :limit
"""  # noqa: S608  (constant text)

_FAR_FUTURE_MS = 1 << 62


@frozen
class SqliteDispatchQueue:
    """Claims, begins and concludes in one table (:class:`application.ports.dispatch_queue.DispatchQueue`)."""

    _database: Database
    _owners: OwnerLocks
    _news: News

    def register(self, now: datetime) -> int:
        """Return an owner number that no dispatcher had before, and hold its lock."""
        held = []

        def register(connection: sqlite3.Connection) -> int:
            for (owner,) in connection.execute(SELECT_DISPATCHERS).fetchall():
                if not self._owners.lives(owner):
                    connection.execute(DELETE_DISPATCHER, {"owner": owner})
            parameters = {"host": platform.node(), "pid": os.getpid(), "now_ms": to_ms(now)}
            owner = connection.execute(INSERT_DISPATCHER, parameters).lastrowid
            assert owner is not None
            self._owners.hold(owner)  # before anybody can see the number
            held.append(owner)
            return owner

        try:
            return self._database.write(register)
        except BaseException:
            for owner in held:
                self._owners.release(owner)  # nobody has this number now, so somebody else will
            raise

    def unregister(self, owner: int) -> None:
        """Say that *owner* is done; its row goes when the next one registers, so nobody waits for the store here."""
        self._owners.release(owner)

    def due_lanes(self, now: datetime) -> Sequence[Lane]:
        """Return the open lanes that have something due at *now*."""
        parameters = {"now_ms": to_ms(now)}
        rows = self._database.read(lambda connection: connection.execute(SELECT_DUE_LANES, parameters).fetchall())
        return [lane_of(row) for row in rows]

    def claim(self, request: ClaimRequest) -> Claimed:
        """Take up to ``limit`` due notifications of a lane."""
        return self._database.write(lambda connection: claim(connection, request))

    def begin(self, holds: Collection[Hold], now: datetime) -> frozenset[int]:  # noqa: ARG002  (no table keeps when)
        """Record that the hand-over of *holds* begins, and return the ids that may go."""
        return self._database.write(lambda connection: begin(connection, holds))

    def conclude(self, conclusions: Sequence[Conclusion], now: datetime) -> Mapping[int, Event]:
        """Write what became of claims, and return by id the step each one took."""
        return self._database.write(lambda connection: conclude(connection, conclusions, now))

    def lost_claims(self, now: datetime, limit: int) -> Sequence[LostClaim]:
        """Return claims whose lease ended before *now* or whose owner is gone, the oldest lease first."""
        now_ms = to_ms(now)

        def lost(connection: sqlite3.Connection) -> Sequence[LostClaim]:
            holders = [row[0] for row in connection.execute(SELECT_HOLDERS)]
            dead = {owner for owner in holders if not self._owners.lives(owner)}
            limits = [(owner, _FAR_FUTURE_MS if owner in dead else now_ms) for owner in holders]
            rows = connection.execute(SELECT_LOST, {"limits": to_json(limits), "limit": limit})
            return [_lost_claim(row, owner_is_dead=row[8] in dead) for row in rows]

        return self._database.read(lost)

    def next_due(self) -> datetime | None:
        """Return when the next pending notification of an open lane falls due."""
        return moment_or_none(self._database.read(lambda connection: connection.execute(SELECT_NEXT_DUE).fetchone()[0]))

    def listen(self, heard: Callable[[], None]) -> Callable[[], None]:
        """Call *heard* whenever this process may have made something due; what is returned ends that."""
        return self._news.listen(heard)


def _lost_claim(row: Row, *, owner_is_dead: bool) -> LostClaim:
    return LostClaim(
        notification_id=row[0],
        fence=row[1],
        attempts=row[2],
        losses=row[3],
        channel=channel_of(row[4]),
        type=type_of(row[5]),
        expires_at=from_ms(row[6]),
        begun=row[7] == 1,
        owner_is_dead=owner_is_dead,
        accepted_before=row[10] == 1,
        may_be_out=row[9] == 1,
        test=row[11] == 1,
    )
