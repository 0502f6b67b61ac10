"""What the in-app channel shows."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from attrs import frozen

from domain.inbox import InboxCounts, InboxEvent, InboxItem, Mark

EVENTS_KEPT: Final = timedelta(days=1)
"""How long events are kept at least; whoever was away for longer fetches the list."""

MARKED_MAX: Final = 1000
"""The most items that one call marks where all are to be marked, so that other writers do not wait for long."""


@frozen(kw_only=True)
class InboxQuery:
    """Which items are asked for, the newest first. ``limit`` 0 means all.

    ``archived``: those put away instead of the others; ``unread``: only those that were not read. ``after`` is the
    notification of the last item of the page before.
    """

    recipient_id: str
    limit: int = 0
    after: int | None = None
    unread: bool = False
    archived: bool = False


class InboxRepository(Protocol):
    """Stores inbox items and what happens to them. Each method is one transaction; called from several threads at once.

    Every method may raise StoreUnavailable; then nothing of the call was written.
    """

    def put(self, items: Sequence[InboxItem]) -> None:
        """Store *items*, and that they are new; one that is there already for its notification stays as it is."""
        ...

    def find(self, query: InboxQuery) -> Sequence[InboxItem]:
        """Return the items that *query* asks for; none for an unknown recipient."""
        ...

    def mark(self, recipient_id: str, ids: Collection[int] | None, mark: Mark, now: datetime) -> Sequence[int]:
        """Mark some of a person's items (:meth:`domain.inbox.InboxItem.marked`) and return the ids of those it changed.

        What it changes happens: one event for each of *ids*. Without *ids* all are marked that are not archived,
        :data:`MARKED_MAX` at a call and with one event for all of it; whoever marks all calls until fewer are changed.

        :raises NotFound: the person has no item of one of *ids*; then none was marked.
        """
        ...

    def counts(self, recipient_id: str) -> InboxCounts:
        """Return how many items a person has that are not archived; zeros for an unknown recipient."""
        ...

    def events(self, recipient_id: str, after: int, limit: int) -> Sequence[InboxEvent] | None:
        """Return what happened in a person's inbox after the event *after*, in order, at most *limit*.

        None if nobody knows any more what that was: some of it was dropped, or this store never gave that number.
        """
        ...

    def last_event(self) -> int:
        """Return the number of the last event in any inbox, 0 before the first."""
        ...

    def last_events(self, recipient_ids: Collection[str]) -> Mapping[str, int]:
        """Return the number of the last event of each person; those of whom none is kept are missing."""
        ...

    def listen(self, heard: Callable[[], None]) -> Callable[[], None]:
        """Call *heard* whenever this process may have changed an inbox; what is returned ends that.

        It is called in the thread that did it, after the commit, and must return at once. What other processes do is
        not heard: whoever listens looks from time to time as well.
        """
        ...
