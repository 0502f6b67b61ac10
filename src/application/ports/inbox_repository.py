"""What the in-app channel shows."""

from collections.abc import Sequence
from typing import Protocol

from domain.inbox import InboxItem


class InboxRepository(Protocol):
    """Stores inbox items. Each method is one transaction; called from several threads at once.

    Every method may raise StoreUnavailable; then nothing of the call was written.
    """

    def put(self, items: Sequence[InboxItem]) -> None:
        """Store *items*; one that is there already for its notification stays as it is."""
        ...

    def find(self, recipient_id: str, limit: int, after: int | None = None) -> Sequence[InboxItem]:
        """Return a person's items, the newest first, after the one of notification *after*; *limit* 0 means all."""
        ...
