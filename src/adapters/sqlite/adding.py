"""Adding notifications: each key once, equal content once."""

import sqlite3
from collections.abc import Iterable, Sequence

from adapters.sqlite.contents import keep_content
from adapters.sqlite.idempotency_keys import known_key, use_key
from adapters.sqlite.rows import NOTIFICATION_COLUMNS, from_ms, notification_of, to_json, to_ms
from application.ports.notification_repository import Added
from domain.channel import Channel
from domain.content import Content
from domain.errors import KeyReused, NotFound
from domain.lifecycle import Status
from domain.notification import NewNotification, Notification
from domain.notification_type import NotificationType

# Which of the recipients of a batch are known, and by which number.
SELECT_RECIPIENTS = "SELECT id, seq FROM recipients WHERE id IN (SELECT value FROM json_each(:ids))"

# The lane of all that belongs to no campaign.
SELECT_STANDING_LANE = "SELECT id FROM lanes WHERE campaign_id IS NULL AND channel = :channel AND type = :type"

# One new notification; it is due when it is to be sent.
INSERT_NOTIFICATION = """
INSERT INTO notifications
       (recipient_seq, lane_id, content_id, send_at_ms, next_attempt_at_ms, expires_at_ms, created_at_ms, topic, key)
VALUES (:recipient_seq, :lane_id, :content_id, :send_at_ms, :send_at_ms, :expires_at_ms, :created_at_ms, :topic, :key)
"""

# Notifications as people and use cases see them.
SELECT_NOTIFICATIONS = f"""
SELECT {NOTIFICATION_COLUMNS}
  FROM notifications AS n
  JOIN recipients AS r ON r.seq = n.recipient_seq
  JOIN lanes AS l ON l.id = n.lane_id
  JOIN contents AS c ON c.id = n.content_id
"""  # noqa: S608  (constant text)

# Several by id.
SELECT_BY_IDS = f"{SELECT_NOTIFICATIONS} WHERE n.id IN (SELECT value FROM json_each(:ids))"  # noqa: S608  (constant text)


def by_id(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, Notification]:
    """Return those of *ids* that are known, by id."""
    rows = connection.execute(SELECT_BY_IDS, {"ids": to_json(list(ids))})
    return {row[0]: notification_of(row) for row in rows}


class Adding:
    """One batch on its way into the store, within the transaction of a connection."""

    def __init__(self, connection: sqlite3.Connection, batch: Sequence[NewNotification]) -> None:
        self._connection = connection
        self._batch = batch
        self._recipients: dict[str, int] = {}
        self._lanes: dict[tuple[Channel, NotificationType], int] = {}
        self._contents: dict[Content, int] = {}

    def answers(self) -> Sequence[Added | KeyReused]:
        """Store the batch and return one answer each, in order."""
        ids = {new.recipient_id for new in self._batch}
        self._recipients = dict(self._connection.execute(SELECT_RECIPIENTS, {"ids": to_json(list(ids))}))
        for new in self._batch:
            if new.recipient_id not in self._recipients:
                raise NotFound("recipient", new.recipient_id)
        return [self._answer(new) for new in self._batch]

    def _answer(self, new: NewNotification) -> Added | KeyReused:
        if new.key is not None:
            try:
                known = known_key(self._connection, new.key)
            except KeyReused as refusal:
                return refusal
            if known is not None:
                if known.notification_id is None:
                    return KeyReused(new.key.key)
                return Added(by_id(self._connection, [known.notification_id])[known.notification_id], is_new=False)
        return Added(self._insert(new), is_new=True)

    def _insert(self, new: NewNotification) -> Notification:
        send_at_ms, expires_at_ms = to_ms(new.send_at), to_ms(new.expires_at)
        created_at_ms = to_ms(new.created_at)
        key = new.key.key if new.key else None
        parameters = {
            "recipient_seq": self._recipients[new.recipient_id],
            "lane_id": self._lane(new),
            "content_id": self._content(new.content),
            "send_at_ms": send_at_ms,
            "expires_at_ms": expires_at_ms,
            "created_at_ms": created_at_ms,
            "topic": new.topic,
            "key": key,
        }
        number = self._connection.execute(INSERT_NOTIFICATION, parameters).lastrowid
        assert number is not None
        if new.key is not None:
            use_key(self._connection, new.key, new.created_at, notification_id=number)
        return Notification(
            id=number,
            recipient_id=new.recipient_id,
            channel=new.channel,
            type=new.type,
            content=new.content,
            status=Status.PENDING,
            send_at=from_ms(send_at_ms),
            next_attempt_at=from_ms(send_at_ms),
            expires_at=from_ms(expires_at_ms),
            created_at=from_ms(created_at_ms),
            topic=new.topic,
            key=key,
        )

    def _lane(self, new: NewNotification) -> int:
        lane = (new.channel, new.type)
        if lane not in self._lanes:
            parameters = {"channel": new.channel, "type": new.type}
            self._lanes[lane] = self._connection.execute(SELECT_STANDING_LANE, parameters).fetchone()[0]
        return self._lanes[lane]

    def _content(self, content: Content) -> int:
        if content not in self._contents:
            self._contents[content] = keep_content(self._connection, content)
        return self._contents[content]
