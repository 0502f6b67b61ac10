"""Suppressions in SQLite."""

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final

from attrs import frozen

from adapters.sqlite.database import Database
from adapters.sqlite.rows import Parameters, Row, channel_of, from_ms, to_json
from adapters.sqlite.suppressed_sql import reasons_json
from adapters.sqlite.suppressing import suppress
from application.ports.suppression_repository import Removal, SuppressionQuery
from domain.channel import Channel
from domain.suppression import Suppression, SuppressionScope, suppression_key
from domain.suppression_reason import SuppressionReason

_COLUMNS: Final = "channel, address, reason, scope, detail, at_ms"

# Those of some addresses that must not be used, by reason and scope.
SELECT_SUPPRESSIONS = f"""
SELECT {_COLUMNS}
  FROM suppressions
 WHERE channel = :channel AND address IN (SELECT value FROM json_each(:addresses))
 ORDER BY reason, scope
"""  # noqa: S608  (constant text)

# What no longer stands against an address.
DELETE_SUPPRESSIONS = """
DELETE FROM suppressions
 WHERE channel = :channel AND address = :address AND reason IN (SELECT value FROM json_each(:reasons))
   AND (:scopes IS NULL OR scope IN (SELECT value FROM json_each(:scopes)))
"""

# One page, in the order of the primary key.
SELECT_PAGE = f"""
SELECT {_COLUMNS} FROM suppressions {{where}} ORDER BY channel, address, reason, scope LIMIT :limit
"""  # noqa: S608  (constant text)

FILTERS: Final = {
    "channel": "channel = :channel",
    "reason": "reason = :reason",
    "scope": "scope = :scope",
    "keys": "(channel, address) IN (SELECT value ->> 0, value ->> 1 FROM json_each(:keys))",
    "after_channel": (
        "(channel, address, reason, scope) > (:after_channel, :after_address, :after_reason, :after_scope)"
    ),
}
"""What a page may be of, by the parameter that says so."""


@frozen
class SqliteSuppressionRepository:
    """Keeps suppressions in a table (:class:`application.ports.suppression_repository.SuppressionRepository`)."""

    _database: Database

    def find(self, channel: Channel, addresses: Collection[str]) -> dict[str, Sequence[Suppression]]:
        """Return the suppressions of *addresses* by address as given, each by reason and scope; the rest is missing."""
        return self._database.read(lambda connection: _find(connection, channel, addresses))

    def add(self, suppressions: Sequence[Suppression]) -> Sequence[Suppression]:
        """Take addresses out of use, and return how each stands on the list now."""

        def add(connection: sqlite3.Connection) -> Sequence[Suppression]:
            for one in suppressions:
                suppress(connection, one)
            return [_standing(connection, one) for one in suppressions]

        return self._database.write(add)

    def remove(
        self,
        channel: Channel,
        address: str,
        reasons: Collection[SuppressionReason],
        scopes: Collection[SuppressionScope] | None = None,
    ) -> Removal:
        """Take away what stands against an address for one of *reasons* and of one of *scopes*, None meaning any."""
        parameters = {
            "channel": channel,
            "address": suppression_key(channel, address),
            "reasons": reasons_json(reasons),
            "scopes": None if scopes is None else to_json([str(one) for one in scopes]),
        }

        def remove(connection: sqlite3.Connection) -> Removal:
            known = _find(connection, channel, [address]).get(address, ())
            connection.execute(DELETE_SUPPRESSIONS, parameters)
            left = _find(connection, channel, [address]).get(address, ())
            return Removal([one for one in known if one not in left], [*left])

        return self._database.write(remove)

    def page(self, query: SuppressionQuery) -> Sequence[Suppression]:
        """Return those that match, by channel, address, reason and scope."""
        parameters = _parameters(query)
        filters = [condition for name, condition in FILTERS.items() if name in parameters]
        statement = SELECT_PAGE.format(where=f"WHERE {' AND '.join(filters)}" if filters else "")
        rows = self._database.read(lambda connection: connection.execute(statement, parameters).fetchall())
        return [_suppression_of(row) for row in rows]


def _find(
    connection: sqlite3.Connection, channel: Channel, addresses: Collection[str]
) -> dict[str, Sequence[Suppression]]:
    keys = {address: suppression_key(channel, address) for address in addresses}
    parameters = {"channel": channel, "addresses": to_json(list(keys.values()))}
    found: dict[str, tuple[Suppression, ...]] = defaultdict(tuple)
    for row in connection.execute(SELECT_SUPPRESSIONS, parameters):
        found[row[1]] += (_suppression_of(row),)
    return {address: found[key] for address, key in keys.items() if key in found}


def _standing(connection: sqlite3.Connection, added: Suppression) -> Suppression:
    """Return how what was just *added* stands on the list."""
    known = _find(connection, added.channel, [added.address])[added.address]
    return next(one for one in known if (one.reason, one.scope) == (added.reason, added.scope))


def _parameters(query: SuppressionQuery) -> Parameters:
    parameters: Parameters = {"limit": query.limit or -1}
    if query.channel is not None:
        parameters["channel"] = query.channel
    if query.reason is not None:
        parameters["reason"] = query.reason
    if query.scope is not None:
        parameters["scope"] = str(query.scope)
    if query.address is not None:
        parameters["keys"] = to_json([(channel, suppression_key(channel, query.address)) for channel in Channel])
    if query.after is not None:
        parameters |= {
            "after_channel": query.after.channel,
            "after_address": query.after.address,
            "after_reason": query.after.reason,
            "after_scope": str(query.after.scope),
        }
    return parameters


def _suppression_of(row: Row) -> Suppression:
    channel, address, reason, scope, detail, at_ms = row
    return Suppression(
        channel=channel_of(channel),
        address=address,
        reason=SuppressionReason(reason),
        scope=SuppressionScope.parse(scope),
        at=from_ms(at_ms),
        detail=detail,
    )
