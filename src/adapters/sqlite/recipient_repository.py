"""Recipients in SQLite."""

import sqlite3
from collections.abc import Iterable, Sequence

from attrs import frozen

from adapters.sqlite.database import Database
from adapters.sqlite.erased_suppressions import put_back
from adapters.sqlite.rows import RECIPIENT_COLUMNS, recipient_of, recipient_parameters, to_json
from domain.errors import NotFound
from domain.recipient import Recipient

# One recipient, in the place of the one with the same id; their preferences stay.
PUT_RECIPIENT = """
INSERT INTO recipients (id, name, email, phone, push_tokens, web_push, locale, timezone, attributes)
VALUES (:id, :name, :email, :phone, :push_tokens, :web_push, :locale, :timezone, :attributes)
    ON CONFLICT (id) DO UPDATE
   SET name = excluded.name, email = excluded.email, phone = excluded.phone, push_tokens = excluded.push_tokens,
       web_push = excluded.web_push, locale = excluded.locale, timezone = excluded.timezone,
       attributes = excluded.attributes, revision = revision + (recipients.timezone IS NOT excluded.timezone)
"""

# Several by id.
SELECT_BY_IDS = f"""
SELECT {RECIPIENT_COLUMNS}
  FROM recipients AS r
 WHERE r.id IN (SELECT value FROM json_each(:ids)) AND r.erased_at_ms IS NULL
"""  # noqa: S608  (constant text)

# How many of some ids are known.
COUNT_KNOWN = "SELECT count(*) FROM recipients WHERE id IN (SELECT value FROM json_each(:ids))"

# One page, by id; no id is empty, so that all of them come after the empty text.
SELECT_PAGE = f"""
SELECT {RECIPIENT_COLUMNS}
  FROM recipients AS r
 WHERE r.id > :after AND r.erased_at_ms IS NULL
 ORDER BY r.id
 LIMIT :limit
"""  # noqa: S608  (constant text)

# Those who were erased are counted by an index of their own, all by the smallest there is.
COUNT_ALL = """
SELECT (SELECT count(*) FROM recipients) - (SELECT count(*) FROM recipients WHERE erased_at_ms IS NOT NULL)
"""


@frozen
class SqliteRecipientRepository:
    """Keeps recipients in a table (:class:`application.ports.recipient_repository.RecipientRepository`)."""

    _database: Database

    def put(self, recipients: Sequence[Recipient]) -> int:
        """Store *recipients*, replacing those with the same id, and return how many were new."""

        def put(connection: sqlite3.Connection) -> int:
            ids = {one.id for one in recipients}
            known = connection.execute(COUNT_KNOWN, {"ids": to_json(list(ids))}).fetchone()[0]
            _put(connection, recipients)
            return len(ids) - int(known)

        return self._database.write(put)

    def merge(self, recipients: Sequence[Recipient]) -> int:
        """Store *recipients*, keeping what one leaves out, and return how many were new."""

        def merge(connection: sqlite3.Connection) -> int:
            merged = _by_id(connection, {one.id for one in recipients})
            known = len(merged)
            for one in recipients:
                merged[one.id] = merged[one.id].merged(one) if one.id in merged else one
            _put(connection, merged.values())
            return len(merged) - known

        return self._database.write(merge)

    def get(self, recipient_id: str) -> Recipient:
        """Return one recipient."""
        found = self.get_many([recipient_id])
        if not found:
            raise NotFound("recipient", recipient_id)
        return found[recipient_id]

    def get_many(self, recipient_ids: Sequence[str]) -> dict[str, Recipient]:
        """Return those of *recipient_ids* that are known, by id."""
        return self._database.read(lambda connection: _by_id(connection, recipient_ids))

    def find(self, limit: int, after: str | None = None) -> Sequence[Recipient]:
        """Return recipients by id, after the one with the id *after*."""
        parameters = {"after": after or "", "limit": limit or -1}
        rows = self._database.read(lambda connection: connection.execute(SELECT_PAGE, parameters).fetchall())
        return [recipient_of(row) for row in rows]

    def count(self) -> int:
        """Return how many recipients there are."""
        return int(self._database.read(lambda connection: connection.execute(COUNT_ALL).fetchone()[0]))


def _put(connection: sqlite3.Connection, recipients: Iterable[Recipient]) -> None:
    stored = list(recipients)
    connection.executemany(PUT_RECIPIENT, map(recipient_parameters, stored))
    put_back(connection, stored)


def _by_id(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Recipient]:
    rows = connection.execute(SELECT_BY_IDS, {"ids": to_json(list(ids))})
    return {row[0]: recipient_of(row) for row in rows}
