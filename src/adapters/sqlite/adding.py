"""Adding notifications: each key once, equal content once."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from adapters.sqlite.contents import keep_contents
from adapters.sqlite.counting import Counts
from adapters.sqlite.idempotency_keys import KeyName, known_keys, name_of, use_keys
from adapters.sqlite.inserting import insert_rows
from adapters.sqlite.rows import NOTIFICATION_COLUMNS, Row, from_ms, notification_of, to_json, to_ms
from application.ports.notification_repository import Added
from domain.channel import Channel
from domain.content import Content
from domain.errors import InvalidInput, KeyReused, NotFound, TocsinError
from domain.lifecycle import Status
from domain.notification import IdempotencyKey, NewNotification, Notification
from domain.notification_type import NotificationType
from domain.recipient import FIELD_OF_CHANNEL, no_address

# Which of the recipients of a batch are known, by which number, and where; one is found faster without a list.
_SELECT_RECIPIENTS = f"""
SELECT id, seq, {", ".join(f"r.{FIELD_OF_CHANNEL[channel]} IS NOT NULL" for channel in Channel)} FROM recipients AS r
"""  # noqa: S608  (constant text)
SELECT_RECIPIENT = f"{_SELECT_RECIPIENTS} WHERE id = ?"
SELECT_RECIPIENTS = f"{_SELECT_RECIPIENTS} WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608  (constant text)

_PLACES: Final = {channel: place for place, channel in enumerate(Channel, start=2)}  # in a row of the above

# The lane of all that belongs to no campaign, and that of tests.
SELECT_STANDING_LANE = """
SELECT id FROM lanes WHERE campaign_id IS NULL AND channel = :channel AND type = :type AND test = :test
"""

# New notifications; each is due when it is to be sent.
INSERT_NOTIFICATION = """
INSERT INTO notifications
       (recipient_seq, lane_id, content_id, send_at_ms, next_attempt_at_ms, expires_at_ms, created_at_ms, topic, key,
        variables)
"""

_LANE_ID: Final = 1  # where these two stand in a row of INSERT_NOTIFICATION
_KEY: Final = 8

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


def add_batches(
    connection: sqlite3.Connection, batches: Sequence[Sequence[NewNotification]]
) -> Sequence[Sequence[Added | TocsinError]]:
    """Store several batches at once, and return the answers of each."""
    answers = iter(Adding(connection, [new for batch in batches for new in batch]).answers())
    return [list(islice(answers, len(batch))) for batch in batches]


class Adding:
    """One batch on its way into the store, within the transaction of a connection."""

    def __init__(self, connection: sqlite3.Connection, batch: Sequence[NewNotification]) -> None:
        self._connection = connection
        self._batch = batch
        self._recipients: dict[str, Row] = {}
        self._lanes: dict[tuple[Channel, NotificationType, bool], int] = {}
        self._moments: dict[datetime, tuple[int, datetime]] = {}

    def answers(self) -> Sequence[Added | TocsinError]:
        """Store the batch and return one answer each, in order."""
        self._find_recipients()
        keys = [new.key for new in self._batch if new.key is not None]
        used = set(known_keys(self._connection, keys)) if keys else set()
        places = [self._place(new, used) for new in self._batch]
        stored = iter(self._store([new for new, place in zip(self._batch, places, strict=True) if place is True]))
        again = [new.key for new, place in zip(self._batch, places, strict=True) if place is False]
        earlier = self._earlier(again)
        return [next(stored) if place is True else next(earlier) if place is False else place for place in places]

    def _find_recipients(self) -> None:
        ids = list(dict.fromkeys([new.recipient_id for new in self._batch]))
        statement, value = (SELECT_RECIPIENT, ids[0]) if len(ids) == 1 else (SELECT_RECIPIENTS, to_json(ids))
        self._recipients = {row[0]: row for row in self._connection.execute(statement, (value,))}

    def _place(self, new: NewNotification, used: set[KeyName]) -> bool | TocsinError:
        """Return whether *new* is new, or there by its key already; or why it cannot be stored."""
        name = None if new.key is None else name_of(new.key)
        if name is not None and name in used:
            return False
        recipient = self._recipients.get(new.recipient_id)
        if recipient is None:
            return NotFound("recipient", new.recipient_id)
        if not recipient[_PLACES[new.channel]]:
            return InvalidInput([no_address(new.recipient_id, new.channel)])
        if name is not None:
            used.add(name)
        return True

    def _earlier(self, keys: Iterable[IdempotencyKey | None]) -> Iterator[Added | KeyReused]:
        """Yield what keys stand for that were used before, now that the batch is stored."""
        given = [key for key in keys if key is not None]
        known = known_keys(self._connection, given)
        earlier = by_id(self._connection, [one.notification_id for one in known.values() if one.notification_id])
        for key in given:
            one = known[name_of(key)]
            if one.digest != key.digest or one.notification_id is None:
                yield KeyReused(key.key)
            else:
                yield Added(earlier[one.notification_id], is_new=False)

    def _store(self, batch: Sequence[NewNotification]) -> list[Added | TocsinError]:
        places: dict[Content, int] = {}
        for new in batch:
            if new.content_id is None:
                places.setdefault(new.content, len(places))
        content_ids = keep_contents(self._connection, places)
        rows = [
            self._row(new, content_ids[places[new.content]] if new.content_id is None else new.content_id)
            for new in batch
        ]
        ids = insert_rows(self._connection, INSERT_NOTIFICATION, rows)
        keyed = [(new.key, new.created_at, number) for new, number in zip(batch, ids, strict=True) if new.key]
        if keyed:
            use_keys(self._connection, keyed)
        self._count(batch, [row[_LANE_ID] for row in rows])
        return [
            Added(self._notification(new, row, number), is_new=True)
            for new, row, number in zip(batch, rows, ids, strict=True)
        ]

    def _row(self, new: NewNotification, content_id: int) -> Row:
        send_at_ms, _ = self._moment(new.send_at)
        expires_at_ms, _ = self._moment(new.expires_at)
        created_at_ms, _ = self._moment(new.created_at)
        return (
            self._recipients[new.recipient_id][1],
            self._lane(new.channel, new.type, new.test),
            content_id,
            send_at_ms,
            send_at_ms,
            expires_at_ms,
            created_at_ms,
            new.topic,
            None if new.key is None else new.key.key,
            to_json(dict(new.variables)) if new.variables else None,
        )

    def _notification(self, new: NewNotification, row: Row, number: int) -> Notification:
        _, send_at = self._moments[new.send_at]
        _, expires_at = self._moments[new.expires_at]
        _, created_at = self._moments[new.created_at]
        return Notification(
            id=number,
            recipient_id=new.recipient_id,
            channel=new.channel,
            type=new.type,
            content=new.content.texts,
            attached=new.content.attached,
            status=Status.PENDING,
            send_at=send_at,
            next_attempt_at=send_at,
            expires_at=expires_at,
            created_at=created_at,
            topic=new.topic,
            key=row[_KEY],
            test=new.test,
            template=new.template,
            variables=new.variables,
        )

    def _count(self, batch: Sequence[NewNotification], lanes: Iterable[int]) -> None:
        if batch:
            counts = Counts()
            for lane_id in lanes:
                counts.created(lane_id)
            counts.write(self._connection, max([new.created_at for new in batch]))

    def _lane(self, channel: Channel, type_: NotificationType, test: bool) -> int:
        lane = self._lanes.get((channel, type_, test))
        if lane is None:
            parameters = {"channel": channel.value, "type": type_.value, "test": test}
            lane = int(self._connection.execute(SELECT_STANDING_LANE, parameters).fetchone()[0])
            self._lanes[channel, type_, test] = lane
        return lane

    def _moment(self, moment: datetime) -> tuple[int, datetime]:
        """Return *moment* as the store keeps it, and as it gives it back; those of one batch are often the same."""
        known = self._moments.get(moment)
        if known is None:
            milliseconds = to_ms(moment)
            known = self._moments[moment] = (milliseconds, from_ms(milliseconds))
        return known
