"""What callers' keys stand for."""

import sqlite3
from datetime import datetime
from typing import Final

from attrs import frozen

from adapters.sqlite.rows import to_ms
from domain.errors import KeyReused
from domain.notification import IdempotencyKey

# What a key was used for before.
SELECT_KEY = "SELECT digest, notification_id, answer FROM idempotency_keys WHERE scope = :scope AND key = :key"

# What a key is used for now: one notification, or a request that makes several and has no answer yet.
INSERT_KEY = """
INSERT INTO idempotency_keys (scope, key, digest, notification_id, answer, created_at_ms)
VALUES (:scope, :key, :digest, :notification_id, :answer, :created_at_ms)
"""

# The answer of a request whose key was reserved; the first one stays.
KEEP_ANSWER = "UPDATE idempotency_keys SET answer = :answer WHERE scope = :scope AND key = :key AND answer = :none_yet"

NONE_YET: Final = ""
"""Stands for the answer while there is none: a key has a notification or an answer, and no answer is empty."""


@frozen
class KnownKey:
    """What an idempotency key stands for: one notification, or a request that makes several, and its answer if any."""

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
    return KnownKey(notification_id, answer or None)


def use_key(
    connection: sqlite3.Connection,
    key: IdempotencyKey,
    now: datetime,
    *,
    notification_id: int | None = None,
) -> None:
    """Let *key* stand for one notification, or for a request that makes several."""
    parameters = {
        "scope": key.scope,
        "key": key.key,
        "digest": key.digest,
        "notification_id": notification_id,
        "answer": NONE_YET if notification_id is None else None,
        "created_at_ms": to_ms(now),
    }
    connection.execute(INSERT_KEY, parameters)


def answer_of_key(connection: sqlite3.Connection, key: IdempotencyKey, answer: str) -> str:
    """Keep *answer* for *key*, which was reserved, and return the one that is kept."""
    parameters = {"scope": key.scope, "key": key.key, "answer": answer, "none_yet": NONE_YET}
    connection.execute(KEEP_ANSWER, parameters)
    known = known_key(connection, key)
    assert known is not None, "the key of an answer was not reserved"
    assert known.answer is not None, "an answer was kept for the key of one notification"
    return known.answer
