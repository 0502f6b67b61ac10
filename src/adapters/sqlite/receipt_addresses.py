"""What receipts say of addresses, within a transaction: which one is meant, and whether it goes out of use."""

import sqlite3
from typing import Final

from adapters.sqlite.erased_suppressions import keep_hidden, lift_hidden
from adapters.sqlite.rows import Parameters, from_ms, recipient_of, to_ms
from adapters.sqlite.suppressing import SELECT_RECIPIENT, suppress
from domain.channel import Channel
from domain.receipt import (
    LIFTED_BY_THE_PERSON,
    STRIKES_WITHIN,
    Receipt,
    ReceiptKind,
    address_of,
    bounces_beside,
    suppression_reason,
)
from domain.reference import Reference
from domain.suppression import Suppression, suppression_key

# Where a hand-over went.
SELECT_WENT_TO = """
SELECT address, provider_id FROM hand_overs WHERE notification_id = :id AND fence = :fence AND address <> ''
"""

_OF_ADDRESS: Final = """
       channel = :channel AND address = :address
       AND kind IN ('bounced', 'resubscribed')  -- as the partial index has it, or it is not used
"""

# The bounces of an address that may count together with another one.
SELECT_BOUNCES = f"""
SELECT at_ms
  FROM receipts
 WHERE {_OF_ADDRESS}
   AND kind = 'bounced' AND at_ms BETWEEN :from_ms AND :to_ms AND strikes IS NOT NULL AND id <> :receipt_id
"""  # noqa: S608  (constant text)

# When the person behind an address last came back.
SELECT_CAME_BACK = f"SELECT max(at_ms) FROM receipts WHERE {_OF_ADDRESS} AND kind = 'resubscribed'"  # noqa: S608  (constant text)

_LIFTED: Final = ", ".join(f"'{reason}'" for reason in sorted(LIFTED_BY_THE_PERSON))

# The person behind an address came back; where they left again since, it stays. What they left in part, a type or a
# topic, is not what a provider's word is about.
LIFT = f"""
DELETE FROM suppressions
 WHERE channel = :channel AND address = :address AND at_ms <= :at_ms AND reason IN ({_LIFTED})
   AND scope = 'all'
"""  # noqa: S608  (constant text)


def address_told(connection: sqlite3.Connection, receipt: Receipt, reference: Reference) -> str | None:
    """Return the address that a receipt of a notification is about; where it does not matter, its own."""
    if not receipt.is_about_address:
        return receipt.address
    parameters = {"id": reference.notification_id, "fence": reference.fence}
    went_to = connection.execute(SELECT_WENT_TO, parameters).fetchall()
    _, *row = connection.execute(SELECT_RECIPIENT, parameters).fetchone()
    return address_of(receipt, went_to, recipient_of(tuple(row)).addresses(receipt.channel))


def follow(
    connection: sqlite3.Connection,
    receipt: Receipt,
    address: str | None,
    receipt_id: int,
    notification_id: int | None,
) -> None:
    """Do what follows for *address*: it goes out of use, or comes back."""
    if address is None or not receipt.is_about_address:
        return
    if receipt.kind is ReceiptKind.RESUBSCRIBED:
        connection.execute(LIFT, {**_key(receipt.channel, address), "at_ms": to_ms(receipt.at)})
        return
    reason = suppression_reason(receipt, _earlier_bounces(connection, receipt, address, receipt_id))
    if reason is None or (receipt.kind is ReceiptKind.UNSUBSCRIBED and _came_back(connection, receipt, address)):
        return
    suppression = Suppression(
        channel=receipt.channel, address=address, reason=reason, at=receipt.at, detail=receipt.reason
    )
    suppress(connection, suppression, notification_id)


def follow_hidden(connection: sqlite3.Connection, receipt: Receipt) -> None:
    """Do what follows for the address of somebody who was erased, if *receipt* names it; no plain one is kept."""
    if receipt.address is None or not receipt.is_about_address:
        return
    if receipt.kind is ReceiptKind.RESUBSCRIBED:
        lift_hidden(connection, receipt.channel, receipt.address, receipt.at, LIFTED_BY_THE_PERSON)
        return
    reason = suppression_reason(receipt, earlier_bounces=0)
    if reason is not None:
        found = Suppression(channel=receipt.channel, address=receipt.address, reason=reason, at=receipt.at)
        keep_hidden(connection, found)


def _earlier_bounces(connection: sqlite3.Connection, receipt: Receipt, address: str, receipt_id: int) -> int:
    """Return how many bounces count together with this one; where one is enough, nobody looks."""
    if receipt.kind is not ReceiptKind.BOUNCED or receipt.strikes is None or receipt.strikes == 1:
        return 0
    parameters = {
        **_key(receipt.channel, address),
        "from_ms": to_ms(receipt.at - STRIKES_WITHIN),
        "to_ms": to_ms(receipt.at + STRIKES_WITHIN),
        "receipt_id": receipt_id,
    }
    return bounces_beside(receipt.at, [from_ms(row[0]) for row in connection.execute(SELECT_BOUNCES, parameters)])


def _came_back(connection: sqlite3.Connection, receipt: Receipt, address: str) -> bool:
    """Say whether the person came back after they had left."""
    last = connection.execute(SELECT_CAME_BACK, _key(receipt.channel, address)).fetchone()[0]
    return last is not None and last >= to_ms(receipt.at)


def _key(channel: Channel, address: str) -> Parameters:
    return {"channel": channel.value, "address": suppression_key(channel, address)}
