"""Suppressions in SQLite."""

from collections.abc import Collection

from attrs import frozen

from adapters.sqlite.database import Database
from adapters.sqlite.rows import from_ms, to_json
from domain.channel import Channel
from domain.suppression import Suppression, SuppressionReason, suppression_key

# Those of some addresses that must not be used.
SELECT_SUPPRESSIONS = """
SELECT address, reason, detail, at_ms
  FROM suppressions
 WHERE channel = :channel AND address IN (SELECT value FROM json_each(:addresses))
"""


@frozen
class SqliteSuppressionRepository:
    """Keeps suppressions in a table (:class:`application.ports.suppression_repository.SuppressionRepository`)."""

    _database: Database

    def find(self, channel: Channel, addresses: Collection[str]) -> dict[str, Suppression]:
        """Return the suppressions of *addresses* by address as given; those in use are missing."""
        keys = {address: suppression_key(channel, address) for address in addresses}
        parameters = {"channel": channel, "addresses": to_json(list(keys.values()))}
        rows = self._database.read(lambda connection: connection.execute(SELECT_SUPPRESSIONS, parameters).fetchall())
        found = {
            key: Suppression(
                channel=channel, address=key, reason=SuppressionReason(reason), at=from_ms(at_ms), detail=detail
            )
            for key, reason, detail, at_ms in rows
        }
        return {address: found[key] for address, key in keys.items() if key in found}
