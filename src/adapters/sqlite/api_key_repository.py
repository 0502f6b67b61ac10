"""API keys in SQLite."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from attrs import frozen

from adapters.sqlite.database import Database
from adapters.sqlite.rows import Row, from_ms, moment_or_none, to_json, to_ms
from domain.api_key import ApiKey, Scope
from domain.errors import NotFound

_COLUMNS: Final = "id, name, digest, scopes, created_at_ms, revoked_at_ms, test"

# One new key, without its text.
INSERT_KEY = """
INSERT INTO api_keys (name, digest, scopes, created_at_ms, test) VALUES (:name, :digest, :scopes, :now_ms, :test)
"""
SELECT_BY_ID = f"SELECT {_COLUMNS} FROM api_keys WHERE id = :id"  # noqa: S608  (constant text)
SELECT_BY_DIGEST = f"SELECT {_COLUMNS} FROM api_keys WHERE digest = :digest"  # noqa: S608  (constant text)
SELECT_ALL = f"SELECT {_COLUMNS} FROM api_keys ORDER BY id"  # noqa: S608  (constant text)

# The first time counts.
REVOKE = "UPDATE api_keys SET revoked_at_ms = :now_ms WHERE id = :id AND revoked_at_ms IS NULL"


@frozen
class SqliteApiKeyRepository:
    """Keeps API keys in a table (:class:`application.ports.api_key_repository.ApiKeyRepository`)."""

    _database: Database

    def add(self, name: str, digest: bytes, scopes: frozenset[Scope], now: datetime, *, test: bool = False) -> ApiKey:
        """Store a key and return it with its number."""

        def add(connection: sqlite3.Connection) -> ApiKey:
            parameters = {
                "name": name,
                "digest": digest,
                "scopes": to_json(sorted(scopes)),
                "now_ms": to_ms(now),
                "test": test,
            }
            key_id = connection.execute(INSERT_KEY, parameters).lastrowid
            return _key_of(connection.execute(SELECT_BY_ID, {"id": key_id}).fetchone())

        return self._database.write(add)

    def find(self, digest: bytes) -> ApiKey | None:
        """Return the key with this digest, also a revoked one, or None."""
        row = self._database.read(
            lambda connection: connection.execute(SELECT_BY_DIGEST, {"digest": digest}).fetchone()
        )
        return None if row is None else _key_of(row)

    def all(self) -> Sequence[ApiKey]:
        """Return every key, the oldest first."""
        rows = self._database.read(lambda connection: connection.execute(SELECT_ALL).fetchall())
        return [_key_of(row) for row in rows]

    def revoke(self, key_id: int, now: datetime) -> ApiKey:
        """Revoke a key and return it; revoking twice changes nothing."""

        def revoke(connection: sqlite3.Connection) -> ApiKey:
            connection.execute(REVOKE, {"id": key_id, "now_ms": to_ms(now)})
            row = connection.execute(SELECT_BY_ID, {"id": key_id}).fetchone()
            if row is None:
                raise NotFound("key", key_id)
            return _key_of(row)

        return self._database.write(revoke)


def _key_of(row: Row) -> ApiKey:
    key_id, name, digest, scopes, created_at_ms, revoked_at_ms, test = row
    return ApiKey(
        id=key_id,
        name=name,
        digest=digest,
        scopes=frozenset(Scope(scope) for scope in json.loads(scopes)),
        created_at=from_ms(created_at_ms),
        revoked_at=moment_or_none(revoked_at_ms),
        test=test == 1,
    )
