"""Receipts in memory."""

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from adapters.memory.receiving import record
from adapters.memory.state import MemoryState
from application.ports.receipt_repository import Addressed, Recorded
from domain.receipt import Receipt


@frozen
class MemoryReceiptRepository:
    """Keeps receipts in dicts (:class:`application.ports.receipt_repository.ReceiptRepository`)."""

    _state: MemoryState

    def record(self, receipts: Sequence[Addressed], now: datetime) -> Sequence[Recorded]:
        """Keep *receipts* and do what follows from them, in order; return one answer each."""
        with self._state.lock:
            return [record(self._state, one, now) for one in receipts]

    def of_notification(self, notification_id: int) -> Sequence[Receipt]:
        """Return the receipts of one notification by when they happened; empty for an unknown id."""
        with self._state.lock:
            found = [kept.receipt for kept in self._state.receipts_of.get(notification_id, ())]
        return sorted(found, key=lambda one: one.at)
