"""The health and the pace of gateways in SQLite: rows that all dispatchers share."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import evolve, frozen

from adapters.sqlite.database import Database
from adapters.sqlite.rows import Row, from_ms, moment_or_none, ms_or_none, to_ms
from domain.gateway_health import GatewayHealth
from domain.outcome import Outcome
from domain.token_bucket import TokenBucket

# What is known of one gateway, or of all.
SELECT_HEALTH = """
SELECT name, failures, unknowns, paused_until_ms, reason, opened_by, probing_until_ms FROM gateways
"""
SELECT_HEALTH_OF = f"{SELECT_HEALTH} WHERE name = :name"

# What is known now.
PUT_HEALTH = """
INSERT INTO gateways (name, failures, unknowns, paused_until_ms, reason, opened_by, probing_until_ms)
VALUES (:name, :failures, :unknowns, :paused_until_ms, :reason, :opened_by, :probing_until_ms)
    ON CONFLICT (name) DO UPDATE
   SET failures = excluded.failures, unknowns = excluded.unknowns, paused_until_ms = excluded.paused_until_ms,
       reason = excluded.reason, opened_by = excluded.opened_by, probing_until_ms = excluded.probing_until_ms
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

    def observe(self, gateway: str, outcome: Outcome, now: datetime, culprit: int | None = None) -> GatewayHealth:
        """Record how a call ended and return the health after it; what changes nothing waits for no writer."""
        known = self._database.read(lambda connection: health_of(connection, gateway))
        if known.observe(outcome, now, culprit) == known:
            return known

        def observe(connection: sqlite3.Connection) -> GatewayHealth:
            health = health_of(connection, gateway).observe(outcome, now, culprit)
            put_health(connection, health)
            return health

        return self._database.write(observe)

    def take(self, gateway: str, rate: float, wanted: int, now: datetime) -> int:
        """Return how many of *wanted* messages the pace allows now, and count them as used."""

        def take(connection: sqlite3.Connection) -> int:
            bucket = pace_of(connection, gateway, rate, now)
            granted, rest = bucket.take(wanted, now)
            if granted or rest.at < bucket.at:  # who asks in vain writes nothing, unless the clock was set back
                put_pace(connection, gateway, rest)
            return granted

        return self._database.write(take)

    def probe(self, gateway: str, now: datetime, until: datetime) -> bool:
        """Say whether a message may probe *gateway* now; then it is under way *until*."""

        def probe(connection: sqlite3.Connection) -> bool:
            health = health_of(connection, gateway)
            admitted = health.admits(1, now)
            claimed = health.claimed(admitted, until)
            if claimed != health:
                put_health(connection, claimed)
            return bool(admitted)

        return self._database.write(probe)

    def rest(self, gateways: Sequence[str], until: datetime | None, reason: str | None) -> None:
        """Let *gateways* rest until *until* by hand; None wakes them, and forgets why they rested."""

        def rest(connection: sqlite3.Connection) -> None:
            for gateway in gateways:
                health = (
                    GatewayHealth(gateway=gateway)
                    if until is None
                    else evolve(health_of(connection, gateway), paused_until=until, reason=reason)
                )
                put_health(connection, health)

        self._database.write(rest)


def health_of(connection: sqlite3.Connection, gateway: str) -> GatewayHealth:
    """Return what is known of *gateway*, within the transaction of *connection*."""
    row = connection.execute(SELECT_HEALTH_OF, {"name": gateway}).fetchone()
    return GatewayHealth(gateway=gateway) if row is None else _health_of(row)


def _health_of(row: Row) -> GatewayHealth:
    name, failures, unknowns, paused_until_ms, reason, opened_by, probing_until_ms = row
    return GatewayHealth(
        gateway=name,
        failures=failures,
        unknowns=unknowns,
        paused_until=moment_or_none(paused_until_ms),
        reason=reason,
        opened_by=opened_by,
        probing_until=moment_or_none(probing_until_ms),
    )


def put_health(connection: sqlite3.Connection, health: GatewayHealth) -> None:
    """Store *health*, within the transaction of *connection*."""
    parameters = {
        "name": health.gateway,
        "failures": health.failures,
        "unknowns": health.unknowns,
        "paused_until_ms": ms_or_none(health.paused_until),
        "reason": health.reason,
        "opened_by": health.opened_by,
        "probing_until_ms": ms_or_none(health.probing_until),
    }
    connection.execute(PUT_HEALTH, parameters)


def pace_of(connection: sqlite3.Connection, gateway: str, rate: float, now: datetime) -> TokenBucket:
    """Return the bucket of *gateway* at its present *rate*, within the transaction of *connection*."""
    row = connection.execute(SELECT_PACE, {"name": gateway}).fetchone()
    if row is None:
        return TokenBucket.full(rate, now)
    return TokenBucket(rate=row[0], tokens=row[1], at=from_ms(row[2])).at_rate(rate)


def put_pace(connection: sqlite3.Connection, gateway: str, bucket: TokenBucket) -> None:
    """Store *bucket* for *gateway*, within the transaction of *connection*."""
    parameters = {"name": gateway, "rate": bucket.rate, "tokens": bucket.tokens, "tokens_at_ms": to_ms(bucket.at)}
    connection.execute(PUT_PACE, parameters)
