"""What people want to be told, in SQLite."""

import sqlite3
from collections.abc import Container

from attrs import frozen

from adapters.sqlite.database import Database
from adapters.sqlite.preference_rows import preferences_of, preferences_to_json
from domain.errors import NotFound, Outdated
from domain.preferences import PreferenceChange, Preferences

# What one recipient wants, and which state of that it is; who was erased is nobody's recipient any more.
SELECT_PREFERENCES = "SELECT preferences, revision FROM recipients WHERE id = :id AND erased_at_ms IS NULL"

# What one recipient wants from now on; the same again is no new revision.
UPDATE_PREFERENCES = """
UPDATE recipients
   SET revision = revision + (preferences IS NOT :preferences), preferences = :preferences
 WHERE id = :id AND erased_at_ms IS NULL
RETURNING revision
"""


@frozen
class SqlitePreferenceRepository:
    """Keeps them beside the recipient (:class:`application.ports.preference_repository.PreferenceRepository`)."""

    _database: Database

    def get(self, recipient_id: str) -> Preferences:
        """Return what one recipient wants."""
        return self.get_revised(recipient_id)[0]

    def get_revised(self, recipient_id: str) -> tuple[Preferences, int]:
        """Return what one recipient wants, and the revision of that."""
        return self._database.read(lambda connection: _get(connection, recipient_id))

    def put(self, recipient_id: str, preferences: Preferences, revisions: Container[int] | None = None) -> int:
        """Store *preferences* in the place of what was said before, and return the revision of that."""

        def put_them(connection: sqlite3.Connection) -> int:
            if revisions is not None and _get(connection, recipient_id)[1] not in revisions:
                raise Outdated("the preferences")
            return _put(connection, recipient_id, preferences)

        return self._database.write(put_them)

    def change(self, recipient_id: str, change: PreferenceChange) -> Preferences:
        """Make *change* and return what the recipient wants now."""

        def change_them(connection: sqlite3.Connection) -> Preferences:
            changed = _get(connection, recipient_id)[0].after(change)
            _put(connection, recipient_id, changed)
            return changed

        return self._database.write(change_them)


def _get(connection: sqlite3.Connection, recipient_id: str) -> tuple[Preferences, int]:
    row = connection.execute(SELECT_PREFERENCES, {"id": recipient_id}).fetchone()
    if row is None:
        raise NotFound("recipient", recipient_id)
    return preferences_of(row[0]), row[1]


def _put(connection: sqlite3.Connection, recipient_id: str, preferences: Preferences) -> int:
    values = {"id": recipient_id, "preferences": preferences_to_json(preferences)}
    rows = connection.execute(UPDATE_PREFERENCES, values).fetchall()
    if not rows:
        raise NotFound("recipient", recipient_id)
    revision: int = rows[0][0]
    return revision
