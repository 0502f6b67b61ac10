"""Suppressions of people who were erased: kept under a keyed hash, and put back when an address comes back."""

import sqlite3
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final, TypeAlias

from adapters.sqlite.rows import to_json, to_ms
from domain.channel import Channel
from domain.recipient import Recipient
from domain.sealing import seal
from domain.suppression import Suppression, suppression_key
from domain.suppression_reason import SuppressionReason

Address: TypeAlias = tuple[str, str]
"""A channel, and an address as the list of suppressions has it."""

_PURPOSE: Final = "address of somebody who was erased"
_DIGITS: Final = 64  # all of HMAC-SHA-256, so that no two addresses share one

SELECT_SECRET = "SELECT secret FROM identity"

# Whether anything is kept so at all; nearly always nothing is, and then storing people costs nothing more.
ANY_KEPT = "SELECT EXISTS (SELECT 1 FROM erased_suppressions)"

# What stands against some addresses, by the list.
SELECT_LISTED = """
SELECT s.channel, s.address, s.reason, s.scope, s.at_ms
  FROM json_each(:addresses) AS named
  JOIN suppressions AS s ON s.channel = named.value ->> 0 AND s.address = named.value ->> 1
"""

# What stands against an address, without saying which; of two alike the later stays.
KEEP_HASHED = """
INSERT INTO erased_suppressions (digest, reason, scope, at_ms) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET at_ms = max(at_ms, excluded.at_ms)
"""
DELETE_LISTED = "DELETE FROM suppressions WHERE channel = ? AND address = ? AND reason = ? AND scope = ?"

# What is kept of some addresses.
TAKE_HASHED = """
DELETE FROM erased_suppressions
 WHERE digest IN (SELECT value FROM json_each(:digests))
RETURNING digest, reason, scope, at_ms
"""

# It stands on the list again; what stands there already is as good.
PUT_BACK = """
INSERT INTO suppressions (channel, address, reason, scope, at_ms) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""

# The person behind an address came back, as far as they had left before.
LIFT_HASHED = """
DELETE FROM erased_suppressions
 WHERE digest = :digest AND at_ms <= :at_ms AND reason IN (SELECT value FROM json_each(:reasons))
"""

# Whether the recipient of a notification was erased.
IS_OF_ERASED = """
SELECT EXISTS (
  SELECT 1
    FROM notifications AS n
    JOIN recipients AS r ON r.seq = n.recipient_seq
   WHERE n.id = :id AND r.erased_at_ms IS NOT NULL
)
"""

# Those of some addresses that recipients have besides some. An address of mail is ASCII, so that NOCASE is enough.
_BUT = "r.seq NOT IN (SELECT value FROM json_each(:but))"
HOLDERS: Final = {
    "email": f"""
SELECT DISTINCT named.value
  FROM json_each(:addresses) AS named
  JOIN recipients AS r INDEXED BY recipients_of_email ON r.email = named.value COLLATE NOCASE
 WHERE r.email IS NOT NULL AND {_BUT}
""",  # noqa: S608  (constant text)
    "sms": f"""
SELECT DISTINCT named.value
  FROM json_each(:addresses) AS named
  JOIN recipients AS r INDEXED BY recipients_of_phone ON r.phone = named.value
 WHERE r.phone IS NOT NULL AND {_BUT}
""",  # noqa: S608  (constant text)
    # No index knows devices; hardly one of them is on the list, because dead ones leave their recipient.
    "push": f"""
SELECT DISTINCT device.value
  FROM recipients AS r
  JOIN json_each(r.push_tokens) AS device
 WHERE device.value IN (SELECT value FROM json_each(:addresses)) AND {_BUT}
""",  # noqa: S608  (constant text)
    "web_push": f"""
SELECT DISTINCT device.value ->> 'endpoint'
  FROM recipients AS r
  JOIN json_each(r.web_push) AS device
 WHERE device.value ->> 'endpoint' IN (SELECT value FROM json_each(:addresses)) AND {_BUT}
""",  # noqa: S608  (constant text)
}


def addresses_of(recipient: Recipient) -> list[Address]:
    """Return every address of *recipient*."""
    return [
        (channel.value, suppression_key(channel, address))
        for channel in Channel
        for address in recipient.addresses(channel)
    ]


def hide(connection: sqlite3.Connection, addresses: Collection[Address], but: Collection[int]) -> None:
    """Take the suppressions of *addresses* off the list, those apart that others have than the recipients *but*."""
    listed = connection.execute(SELECT_LISTED, {"addresses": to_json(list(addresses))}).fetchall()
    if not listed:
        return
    held = held_by_others(connection, {(row[0], row[1]) for row in listed}, but)
    gone = [row for row in listed if (row[0], row[1]) not in held]
    secret = _secret(connection)
    connection.executemany(
        KEEP_HASHED,
        [(_digest(secret, channel, address), reason, scope, at_ms) for channel, address, reason, scope, at_ms in gone],
    )
    connection.executemany(DELETE_LISTED, [row[:4] for row in gone])


def is_of_erased(connection: sqlite3.Connection, notification_id: int) -> bool:
    """Say whether the recipient of a notification was erased."""
    return bool(connection.execute(IS_OF_ERASED, {"id": notification_id}).fetchone()[0])


def lift_hidden(
    connection: sqlite3.Connection, channel: Channel, address: str, at: datetime, reasons: Collection[SuppressionReason]
) -> None:
    """Let the person behind the address of somebody who was erased come back, as far as they had left until *at*."""
    parameters = {
        "digest": _digest(_secret(connection), channel, suppression_key(channel, address)),
        "at_ms": to_ms(at),
        "reasons": to_json(sorted(reasons)),
    }
    connection.execute(LIFT_HASHED, parameters)


def keep_hidden(connection: sqlite3.Connection, suppression: Suppression) -> None:
    """Keep what turned out of the address of somebody who was erased."""
    address = suppression_key(suppression.channel, suppression.address)
    digest = _digest(_secret(connection), suppression.channel, address)
    row = (digest, suppression.reason.value, str(suppression.scope), to_ms(suppression.at))
    connection.execute(KEEP_HASHED, row)


def put_back(connection: sqlite3.Connection, recipients: Iterable[Recipient]) -> None:
    """Let what is kept of the addresses of *recipients*, who are just stored, stand on the list again."""
    if not connection.execute(ANY_KEPT).fetchone()[0]:
        return
    secret = _secret(connection)
    by_digest = {_digest(secret, *address): address for one in recipients for address in addresses_of(one)}
    taken = connection.execute(TAKE_HASHED, {"digests": to_json(list(by_digest))}).fetchall()
    connection.executemany(
        PUT_BACK, [(*by_digest[digest], reason, scope, at_ms) for digest, reason, scope, at_ms in taken]
    )


def held_by_others(
    connection: sqlite3.Connection, addresses: Collection[Address], but: Collection[int]
) -> set[Address]:
    """Return those of *addresses* that recipients have besides *but*."""
    found: set[Address] = set()
    by_channel: dict[str, list[str]] = {}
    for channel, address in addresses:
        by_channel.setdefault(channel, []).append(address)
    for channel, some in by_channel.items():
        if channel in HOLDERS:
            parameters = {"addresses": to_json(some), "but": to_json(list(but))}
            found |= {(channel, row[0]) for row in connection.execute(HOLDERS[channel], parameters)}
    return found


def _secret(connection: sqlite3.Connection) -> str:
    return str(connection.execute(SELECT_SECRET).fetchone()[0])


def _digest(secret: str, channel: str, address: str) -> str:
    return seal(secret, _PURPOSE, f"{channel}\0{address}", length=_DIGITS)
