"""What callers' keys stand for."""

import sqlite3
from datetime import datetime

from attrs import frozen

from adapters.sqlite.rows import to_ms
from domain.errors import KeyReused
from domain.notification import IdempotencyKey

# What a key was used for before.
SELECT_KEY = "SELECT digest, notification_id, answer FROM idempotency_keys WHERE scope = :scope AND key = :key"

# What a key is used for now: one notification, or the answer of a request that made several.
INSERT_KEY = """
INSERT INTO idempotency_keys (scope, key, digest, notification_id, answer, created_at_ms)
VALUES (:scope, :key, :digest, :notification_id, :answer, :created_at_ms)
"""


@frozen
class KnownKey:
    """What an idempotency key stands for: one notification, or the answer of a request that made several."""

    notification_id: int | None
    answer: str | None


def known_key(connection: sqlite3.Connection, key: IdempotencyKey) -> KnownKey | None:
    """Return what *key* stands for, or None.

    :raises KeyReused: it is known with another digest.
    """
    row = connection.execute(SELECT_KEY, {"scope": key.scope, "key": key.key}).fetchone()
    if row is None:
        return None
    digest, notification_id, answer = row
    if digest != key.digest:
        raise KeyReused(key.key)
    return KnownKey(notification_id, answer)


def use_key(
    connection: sqlite3.Connection,
    key: IdempotencyKey,
    now: datetime,
    *,
    notification_id: int | None = None,
    answer: str | None = None,
) -> None:
    """Let *key* stand for one notification, or for an answer."""
    parameters = {
        "scope": key.scope,
        "key": key.key,
        "digest": key.digest,
        "notification_id": notification_id,
        "answer": answer,
        "created_at_ms": to_ms(now),
    }
    connection.execute(INSERT_KEY, parameters)
