"""Notifications in SQLite."""

import sqlite3
from collections.abc import Sequence
from datetime import date, datetime

from attrs import frozen

from adapters.sqlite.adding import SELECT_NOTIFICATIONS, add_batches, by_id
from adapters.sqlite.cancelling import cancel
from adapters.sqlite.capping import day_of, places, to_day
from adapters.sqlite.counting import Counts
from adapters.sqlite.database import Database
from adapters.sqlite.idempotency_keys import answer_of_key, known_key, use_key
from adapters.sqlite.news import News
from adapters.sqlite.rows import (
    HAND_OVER_COLUMNS,
    Parameters,
    hand_over_of,
    notification_of,
    status_of,
    to_json,
    to_ms,
)
from application.ports.notification_repository import Added, NotificationQuery
from domain.errors import Conflict, KeyReused, NotFound, TocsinError
from domain.hand_over import HandOver
from domain.lifecycle import Event, Status, sources
from domain.notification import IdempotencyKey, NewNotification, Notification
from domain.notification_type import NotificationType

# One page, the newest first; the rest of a row is fetched only for those that are on it.
SELECT_PAGE = f"""{SELECT_NOTIFICATIONS}
 WHERE n.id IN (SELECT n.id FROM notifications AS n {{where}} ORDER BY n.id DESC LIMIT :limit)
 ORDER BY n.id DESC
"""  # noqa: S608  (constant text)

# What each field of a query adds to a page.
FILTERS = {
    "status": "n.status = :status",
    "recipient_id": "n.recipient_seq = (SELECT seq FROM recipients WHERE id = :recipient_id)",
    "channel": "n.lane_id IN (SELECT id FROM lanes WHERE channel = :channel)",
    "campaign_id": "n.campaign_id = :campaign_id",
    "reason_contains": "instr(n.reason, :reason_contains) > 0",
    "since_ms": "n.created_at_ms >= :since_ms",
    "test": "n.lane_id IN (SELECT id FROM lanes WHERE test = :test)",
    "after": "n.id < :after",
}
REVIVABLE = "n.status IN ('failed', 'unknown')"  # as the partial index has it, or SQLite does not use that

# The history of one notification.
SELECT_HISTORY = f"""
SELECT {HAND_OVER_COLUMNS}
  FROM hand_overs AS h
 WHERE h.notification_id = :id
 ORDER BY h.fence, h.at_ms, h.gateway, h.address
"""  # noqa: S608  (constant text)

# The days on which somebody took a place under the cap of a type.
SELECT_CAPPED_DAYS = f"""
SELECT o.capped_on
  {
    places(
        recipient_seq="(SELECT seq FROM recipients WHERE id = :recipient_id)",
        type_=":type",
        test=":test",
        since=":since",
    )
}
   AND o.id IS NOT :but
 ORDER BY o.capped_on
"""  # noqa: S608  (constant text)

# How many of some notifications stand where, by lane; the same one twice counts once.
COUNT_STANDING = """
SELECT lane_id, status, count(*)
  FROM notifications
 WHERE status IN ('failed', 'unknown') AND id IN (SELECT value FROM json_each(:ids))
 GROUP BY lane_id, status
"""

# Put back what ended without success, with a new budget.
REVIVE = """
UPDATE notifications
   SET status = 'pending', next_attempt_at_ms = :now_ms, expires_at_ms = coalesce(:expires_at_ms, expires_at_ms),
       attempts = 0, losses = 0, revived_at_fence = fence, cancel_requested = 0, reason = NULL, finished_at_ms = NULL
 WHERE status IN ('failed', 'unknown') AND id IN (SELECT value FROM json_each(:ids))
"""

# Those of some notifications whose lane was closed for good.
SELECT_CLOSED = """
SELECT n.id
  FROM notifications AS n
  JOIN lanes AS l ON l.id = n.lane_id
 WHERE l.state = 'closed' AND n.id IN (SELECT value FROM json_each(:ids))
"""


@frozen
class SqliteNotificationRepository:
    """Keeps notifications in a table (:class:`application.ports.notification_repository.NotificationRepository`)."""

    _database: Database
    _news: News

    def add(self, batch: Sequence[NewNotification]) -> Sequence[Added | TocsinError]:
        """Store *batch* and return one answer each, in order."""
        answers = self._database.write_of_items(add_batches, batch)
        self._news.tell()
        return answers

    def find_by_key(self, key: IdempotencyKey) -> Notification | None:
        """Return the notification stored under *key*, as it stands now, or None."""

        def find(connection: sqlite3.Connection) -> Notification | None:
            known = known_key(connection, key)
            if known is None or known.notification_id is None:
                return None
            return by_id(connection, [known.notification_id])[known.notification_id]

        return self._database.read(find)

    def get(self, notification_id: int) -> Notification:
        """Return one notification."""
        found = self._database.read(lambda connection: by_id(connection, [notification_id]))
        if not found:
            raise NotFound("notification", notification_id)
        return found[notification_id]

    def find(self, query: NotificationQuery) -> Sequence[Notification]:
        """Return those that match, by falling id."""
        parameters: Parameters = {
            "status": query.status,
            "recipient_id": query.recipient_id,
            "channel": query.channel,
            "campaign_id": query.campaign_id,
            "reason_contains": query.reason_contains,
            "since_ms": None if query.since is None else to_ms(query.since),
            "test": query.test,
            "after": query.after,
        }
        conditions = [FILTERS[name] for name, value in parameters.items() if value is not None]
        if query.status in sources(Event.REVIVE):
            conditions.append(REVIVABLE)
        statement = SELECT_PAGE.format(where=f"WHERE {' AND '.join(conditions)}" if conditions else "")
        parameters["limit"] = query.limit or -1
        rows = self._database.read(lambda connection: connection.execute(statement, parameters).fetchall())
        return [notification_of(row) for row in rows]

    def history(self, notification_id: int) -> Sequence[HandOver]:
        """Return the hand-overs of one notification, the earliest first."""
        rows = self._database.read(
            lambda connection: connection.execute(SELECT_HISTORY, {"id": notification_id}).fetchall()
        )
        return [hand_over_of(row) for row in rows]

    def capped_days(
        self, recipient_id: str, type_: NotificationType, since: date, *, test: bool, but: int | None = None
    ) -> Sequence[date]:
        """Return the days since *since* on which a recipient's notifications took a place under a frequency cap."""
        parameters = {"recipient_id": recipient_id, "type": type_, "since": to_day(since), "test": test, "but": but}
        rows = self._database.read(lambda connection: connection.execute(SELECT_CAPPED_DAYS, parameters).fetchall())
        return [day_of(row[0]) for row in rows]

    def cancel(self, ids: Sequence[int], now: datetime) -> Sequence[Notification | Conflict | None]:
        """Withdraw what is pending, mark what is being sent."""

        def withdraw(connection: sqlite3.Connection) -> dict[int, Notification]:
            cancel(connection, ids, now)
            return by_id(connection, ids)

        found = self._database.write(withdraw)
        return [_cancelled(found.get(one)) for one in ids]

    def revive(
        self, ids: Sequence[int], now: datetime, expires_at: datetime | None
    ) -> Sequence[Notification | Conflict | None]:
        """Put failed and unknown ones back with a new budget of attempts."""

        def revive(connection: sqlite3.Connection) -> dict[int, Notification | Conflict]:
            found = by_id(connection, ids)
            closed = {row[0] for row in connection.execute(SELECT_CLOSED, {"ids": to_json(ids)})}
            refused: dict[int, Notification | Conflict] = {
                number: refusal
                for number, one in found.items()
                if (refusal := one.why_not_revived(now, expires_at, campaign_is_cancelled=number in closed))
            }
            parameters = {
                "ids": to_json([number for number in found if number not in refused]),
                "now_ms": to_ms(now),
                "expires_at_ms": None if expires_at is None else to_ms(expires_at),
            }
            counts = Counts()
            for lane_id, status, number in connection.execute(COUNT_STANDING, parameters):
                counts.stepped(lane_id, status_of(status), Event.REVIVE, Status.PENDING, number)
            connection.execute(REVIVE, parameters)
            counts.write(connection, now)
            return {**by_id(connection, ids), **refused}

        answers = self._database.write(revive)
        self._news.tell()
        return [answers.get(one) for one in ids]

    def reserve_key(self, key: IdempotencyKey, now: datetime) -> str | None:
        """Let *key* stand for a request that makes several notifications, and return its answer if there is one."""

        def reserve(connection: sqlite3.Connection) -> str | None:
            known = known_key(connection, key)
            if known is None:
                use_key(connection, key, now)
                return None
            if known.notification_id is not None:
                raise KeyReused(key.key)
            return known.answer

        return self._database.write(reserve)

    def keep_answer(self, key: IdempotencyKey, answer: str) -> str:
        """Keep the answer of a request whose key was reserved, and return the one that is kept."""
        return self._database.write(lambda connection: answer_of_key(connection, key, answer))


def _cancelled(one: Notification | None) -> Notification | Conflict | None:
    if one is None or one.status is Status.CANCELLED or (one.cancel_requested and one.status is Status.SENDING):
        return one
    return one.too_late_to_cancel()
