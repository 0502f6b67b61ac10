"""What callers' keys stand for."""

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, TypeAlias

from attrs import frozen

from adapters.sqlite.rows import to_json, to_ms
from domain.errors import KeyReused
from domain.notification import IdempotencyKey

# What some keys of one scope were used for before.
SELECT_KEYS = """
SELECT key, digest, notification_id, answer
  FROM idempotency_keys
 WHERE scope = :scope AND key IN (SELECT value FROM json_each(:keys))
"""

# What a key is used for now: one notification, or a request that makes several and has no answer yet.
INSERT_KEY = """
INSERT INTO idempotency_keys (scope, key, digest, notification_id, answer, created_at_ms)
VALUES (:scope, :key, :digest, :notification_id, :answer, :created_at_ms)
"""

# The answer of a request whose key was reserved; the first one stays.
KEEP_ANSWER = "UPDATE idempotency_keys SET answer = :answer WHERE scope = :scope AND key = :key AND answer = :none_yet"

NONE_YET: Final = ""
"""Stands for the answer while there is none: a key has a notification or an answer, and no answer is empty."""

KeyName: TypeAlias = tuple[str, str]
"""The scope of a key, and the key."""


@frozen
class KnownKey:
    """What an idempotency key stands for: one notification, or a request that makes several, and its answer if any."""

    digest: bytes
    notification_id: int | None
    answer: str | None


def name_of(key: IdempotencyKey) -> KeyName:
    """Return what no other key has."""
    return key.scope, key.key


def known_keys(connection: sqlite3.Connection, keys: Iterable[IdempotencyKey]) -> Mapping[KeyName, KnownKey]:
    """Return what those of *keys* stand for that were used before, whatever their digest."""
    by_scope: dict[str, list[str]] = {}
    for key in keys:
        by_scope.setdefault(key.scope, []).append(key.key)
    return {
        (scope, key): KnownKey(digest, notification_id, answer or None)
        for scope, some in by_scope.items()
        for key, digest, notification_id, answer in connection.execute(
            SELECT_KEYS, {"scope": scope, "keys": to_json(some)}
        )
    }


def known_key(connection: sqlite3.Connection, key: IdempotencyKey) -> KnownKey | None:
    """Return what *key* stands for, or None.

    :raises KeyReused: it is known with another digest.
    """
    known = known_keys(connection, [key]).get(name_of(key))
    if known is not None and known.digest != key.digest:
        raise KeyReused(key.key)
    return known


def use_key(
    connection: sqlite3.Connection,
    key: IdempotencyKey,
    now: datetime,
    *,
    notification_id: int | None = None,
) -> None:
    """Let *key* stand for one notification, or for a request that makes several."""
    use_keys(connection, [(key, now, notification_id)])


def use_keys(connection: sqlite3.Connection, uses: Iterable[tuple[IdempotencyKey, datetime, int | None]]) -> None:
    """Let each key stand from then on for the notification beside it, or for a request that makes several."""
    parameters = (
        {
            "scope": key.scope,
            "key": key.key,
            "digest": key.digest,
            "notification_id": notification_id,
            "answer": NONE_YET if notification_id is None else None,
            "created_at_ms": to_ms(now),
        }
        for key, now, notification_id in uses
    )
    connection.executemany(INSERT_KEY, parameters)


def answer_of_key(connection: sqlite3.Connection, key: IdempotencyKey, answer: str) -> str:
    """Keep *answer* for *key*, which was reserved, and return the one that is kept."""
    parameters = {"scope": key.scope, "key": key.key, "answer": answer, "none_yet": NONE_YET}
    connection.execute(KEEP_ANSWER, parameters)
    known = known_key(connection, key)
    assert known is not None, "the key of an answer was not reserved"
    assert known.answer is not None, "an answer was kept for the key of one notification"
    return known.answer
