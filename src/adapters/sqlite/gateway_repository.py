"""The health and the pace of gateways in SQLite: rows that all dispatchers share."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import evolve, frozen

from adapters.sqlite.database import Database
from adapters.sqlite.rows import from_ms, moment_or_none, to_ms
from domain.gateway_health import GatewayHealth
from domain.outcome import Outcome
from domain.token_bucket import TokenBucket

# What is known of one gateway, or of all.
SELECT_HEALTH = "SELECT name, failures, unknowns, paused_until_ms, reason FROM gateways"
SELECT_HEALTH_OF = f"{SELECT_HEALTH} WHERE name = :name"

# What is known now.
PUT_HEALTH = """
INSERT INTO gateways (name, failures, unknowns, paused_until_ms, reason)
VALUES (:name, :failures, :unknowns, :paused_until_ms, :reason)
    ON CONFLICT (name) DO UPDATE
   SET failures = excluded.failures, unknowns = excluded.unknowns, paused_until_ms = excluded.paused_until_ms,
       reason = excluded.reason
"""

# The pace of a gateway.
SELECT_PACE = "SELECT rate, tokens, tokens_at_ms FROM gateways WHERE name = :name AND tokens IS NOT NULL"
PUT_PACE = """
INSERT INTO gateways (name, rate, tokens, tokens_at_ms) VALUES (:name, :rate, :tokens, :tokens_at_ms)
    ON CONFLICT (name) DO UPDATE
   SET rate = excluded.rate, tokens = excluded.tokens, tokens_at_ms = excluded.tokens_at_ms
"""


@frozen
class SqliteGatewayRepository:
    """Keeps what is known of gateways in a table (:class:`application.ports.gateway_repository.GatewayRepository`)."""

    _database: Database

    def health(self) -> Mapping[str, GatewayHealth]:
        """Return what is known of each gateway by name."""
        rows = self._database.read(lambda connection: connection.execute(SELECT_HEALTH).fetchall())
        return {row[0]: _health_of(row) for row in rows}

    def observe(self, gateway: str, outcome: Outcome, now: datetime) -> GatewayHealth:
        """Record how a call ended and return the health after it; what changes nothing waits for no writer."""
        known = self._database.read(lambda connection: _health(connection, gateway))
        if known.observe(outcome, now) == known:
            return known

        def observe(connection: sqlite3.Connection) -> GatewayHealth:
            health = _health(connection, gateway).observe(outcome, now)
            _put_health(connection, health)
            return health

        return self._database.write(observe)

    def take(self, gateway: str, rate: float, wanted: int, now: datetime) -> int:
        """Return how many of *wanted* messages the pace allows now, and count them as used."""

        def take(connection: sqlite3.Connection) -> int:
            known = _pace(connection, gateway)
            bucket = TokenBucket.full(rate, now) if known is None else evolve(known, rate=rate)
            granted, rest = bucket.take(wanted, now)
            if granted or rest.at < bucket.at:  # who asks in vain writes nothing, unless the clock was set back
                _put_pace(connection, gateway, rest)
            return granted

        return self._database.write(take)

    def give_back(self, gateway: str, unused: int) -> None:
        """Return tokens that were taken and not used."""

        def give_back(connection: sqlite3.Connection) -> None:
            known = _pace(connection, gateway)
            if known is not None:
                _put_pace(connection, gateway, known.give_back(unused))

        self._database.write(give_back)

    def rest(self, gateways: Sequence[str], until: datetime | None, reason: str | None) -> None:
        """Let *gateways* rest until *until* by hand; None wakes them, and forgets why they rested."""

        def rest(connection: sqlite3.Connection) -> None:
            for gateway in gateways:
                health = (
                    GatewayHealth(gateway=gateway)
                    if until is None
                    else evolve(_health(connection, gateway), paused_until=until, reason=reason)
                )
                _put_health(connection, health)

        self._database.write(rest)


def _health(connection: sqlite3.Connection, gateway: str) -> GatewayHealth:
    row = connection.execute(SELECT_HEALTH_OF, {"name": gateway}).fetchone()
    return GatewayHealth(gateway=gateway) if row is None else _health_of(row)


def _health_of(row: tuple[str, int, int, int | None, str | None]) -> GatewayHealth:
    name, failures, unknowns, paused_until_ms, reason = row
    return GatewayHealth(
        gateway=name,
        failures=failures,
        unknowns=unknowns,
        paused_until=moment_or_none(paused_until_ms),
        reason=reason,
    )


def _put_health(connection: sqlite3.Connection, health: GatewayHealth) -> None:
    parameters = {
        "name": health.gateway,
        "failures": health.failures,
        "unknowns": health.unknowns,
        "paused_until_ms": None if health.paused_until is None else to_ms(health.paused_until),
        "reason": health.reason,
    }
    connection.execute(PUT_HEALTH, parameters)


def _pace(connection: sqlite3.Connection, gateway: str) -> TokenBucket | None:
    row = connection.execute(SELECT_PACE, {"name": gateway}).fetchone()
    return None if row is None else TokenBucket(rate=row[0], tokens=row[1], at=from_ms(row[2]))


def _put_pace(connection: sqlite3.Connection, gateway: str, bucket: TokenBucket) -> None:
    parameters = {"name": gateway, "rate": bucket.rate, "tokens": bucket.tokens, "tokens_at_ms": to_ms(bucket.at)}
    connection.execute(PUT_PACE, parameters)
