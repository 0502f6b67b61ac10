"""Receipts in SQLite."""

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from adapters.sqlite.database import Database
from adapters.sqlite.receiving import record
from adapters.sqlite.rows import Row, channel_of, from_ms
from application.ports.receipt_repository import Addressed, Recorded
from domain.receipt import Receipt, ReceiptKind
from domain.reference import Reference

# What was told of one notification.
SELECT_RECEIPTS = """
SELECT r.gateway, r.event_id, r.kind, r.channel, r.at_ms, r.notification_id, r.fence, i.store_id, r.address,
       r.provider_id, r.reason, r.strikes, r.by_machine, r.raw
  FROM receipts AS r
 CROSS JOIN identity AS i
 WHERE r.notification_id = :id
 ORDER BY r.at_ms, r.id
"""


@frozen
class SqliteReceiptRepository:
    """Keeps receipts in a table (:class:`application.ports.receipt_repository.ReceiptRepository`)."""

    _database: Database

    def record(self, receipts: Sequence[Addressed], now: datetime) -> Sequence[Recorded]:
        """Keep *receipts* and do what follows from them, in order; return one answer each."""
        return self._database.write(lambda connection: record(connection, receipts, now))

    def of_notification(self, notification_id: int) -> Sequence[Receipt]:
        """Return the receipts of one notification by when they happened; empty for an unknown id."""
        rows = self._database.read(
            lambda connection: connection.execute(SELECT_RECEIPTS, {"id": notification_id}).fetchall()
        )
        return [_receipt_of(row) for row in rows]


def _receipt_of(row: Row) -> Receipt:
    return Receipt(
        gateway=row[0],
        event_id=row[1],
        kind=ReceiptKind(row[2]),
        channel=channel_of(row[3]),
        at=from_ms(row[4]),
        echo=str(Reference(row[5], row[6], row[7])),
        address=row[8],
        provider_id=row[9],
        reason=row[10],
        strikes=row[11],
        by_machine=row[12] == 1,
        raw=row[13],
    )
