"""What people want to be told, in SQLite."""

import sqlite3

from attrs import frozen

from adapters.sqlite.database import Database
from adapters.sqlite.preference_rows import preferences_of, preferences_to_json
from domain.errors import NotFound
from domain.preferences import PreferenceChange, Preferences

# What one recipient wants; who was erased is nobody's recipient any more.
SELECT_PREFERENCES = "SELECT preferences FROM recipients WHERE id = :id AND erased_at_ms IS NULL"

# What one recipient wants from now on; the same again is no new revision.
UPDATE_PREFERENCES = """
UPDATE recipients
   SET revision = revision + (preferences IS NOT :preferences), preferences = :preferences
 WHERE id = :id AND erased_at_ms IS NULL
"""


@frozen
class SqlitePreferenceRepository:
    """Keeps them beside the recipient (:class:`application.ports.preference_repository.PreferenceRepository`)."""

    _database: Database

    def get(self, recipient_id: str) -> Preferences:
        """Return what one recipient wants."""
        return self._database.read(lambda connection: _get(connection, recipient_id))

    def put(self, recipient_id: str, preferences: Preferences) -> None:
        """Store *preferences* in the place of what was said before."""
        self._database.write(lambda connection: _put(connection, recipient_id, preferences))

    def change(self, recipient_id: str, change: PreferenceChange) -> Preferences:
        """Make *change* and return what the recipient wants now."""

        def change_them(connection: sqlite3.Connection) -> Preferences:
            changed = _get(connection, recipient_id).after(change)
            _put(connection, recipient_id, changed)
            return changed

        return self._database.write(change_them)


def _get(connection: sqlite3.Connection, recipient_id: str) -> Preferences:
    row = connection.execute(SELECT_PREFERENCES, {"id": recipient_id}).fetchone()
    if row is None:
        raise NotFound("recipient", recipient_id)
    return preferences_of(row[0])


def _put(connection: sqlite3.Connection, recipient_id: str, preferences: Preferences) -> None:
    values = {"id": recipient_id, "preferences": preferences_to_json(preferences)}
    if connection.execute(UPDATE_PREFERENCES, values).rowcount == 0:
        raise NotFound("recipient", recipient_id)
