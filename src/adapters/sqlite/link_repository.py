"""The generations of links in SQLite."""

import sqlite3

from attrs import frozen

from adapters.sqlite.database import Database
from application.ports.link_repository import LinkGenerations

# Which links are good; a store has one row of identity.
SELECT_GENERATIONS = "SELECT links_generation, links_oldest FROM identity"

# Which person has an id now.
SELECT_NUMBER = "SELECT seq FROM recipients WHERE id = :id AND erased_at_ms IS NULL"

# One generation later; both columns are read as they were before.
ROTATE = """
UPDATE identity
   SET links_generation = links_generation + 1,
       links_oldest = CASE WHEN :revoke THEN links_generation + 1 ELSE links_oldest END
RETURNING links_generation, links_oldest
"""


@frozen
class SqliteLinkRepository:
    """Keeps the generations beside the identity (:class:`application.ports.link_repository.LinkRepository`)."""

    _database: Database

    def generations(self) -> LinkGenerations:
        """Return which links are good."""
        return _of(self._database.read(lambda connection: connection.execute(SELECT_GENERATIONS).fetchone()))

    def number_of(self, recipient_id: str) -> int | None:
        """Return the store's own number of a recipient, or None where there is none of this id."""

        def find(connection: sqlite3.Connection) -> int | None:
            row = connection.execute(SELECT_NUMBER, {"id": recipient_id}).fetchone()
            return None if row is None else int(row[0])

        return self._database.read(find)

    def rotate(self, *, revoke: bool) -> LinkGenerations:
        """Begin a new generation, with *revoke* end all older ones, and return which links are good now."""

        def rotate(connection: sqlite3.Connection) -> LinkGenerations:
            return _of(connection.execute(ROTATE, {"revoke": revoke}).fetchone())

        return self._database.write(rotate)


def _of(row: tuple[int, int]) -> LinkGenerations:
    present, oldest = row
    return LinkGenerations(present=present, oldest=oldest)
