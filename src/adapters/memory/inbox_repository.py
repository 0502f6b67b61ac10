"""The inbox in memory."""

from collections.abc import Sequence
from heapq import nlargest

from attrs import frozen

from adapters.memory.state import MemoryState
from domain.inbox import InboxItem


@frozen
class MemoryInboxRepository:
    """Keeps inbox items in a dict (:class:`application.ports.inbox_repository.InboxRepository`)."""

    _state: MemoryState

    def put(self, items: Sequence[InboxItem]) -> None:
        """Store *items*; one that is there already for its notification stays as it is."""
        with self._state.lock:
            for item in items:
                self._state.inbox.setdefault(item.notification_id, item)

    def find(self, recipient_id: str, limit: int, after: int | None = None) -> Sequence[InboxItem]:
        """Return a person's items, the newest first, after the one of notification *after*."""
        with self._state.lock:
            found = [
                item
                for number, item in self._state.inbox.items()
                if item.recipient_id == recipient_id and (after is None or number < after)
            ]
        return nlargest(limit or len(found), found, key=lambda item: item.notification_id)
