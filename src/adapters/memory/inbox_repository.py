"""The inbox in memory."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from heapq import nlargest
from itertools import islice

from attrs import frozen

from adapters.memory.state import KeptInboxEvent, MemoryState
from application.ports.inbox_repository import EVENTS_KEPT, MARKED_MAX, InboxQuery
from domain.errors import NotFound
from domain.inbox import InboxCounts, InboxEvent, InboxHappening, InboxItem, Mark


@frozen
class MemoryInboxRepository:
    """Keeps inbox items in a dict (:class:`application.ports.inbox_repository.InboxRepository`)."""

    _state: MemoryState

    def put(self, items: Sequence[InboxItem]) -> None:
        """Store *items*, and that they are new; one that is there already for its notification stays as it is."""
        with self._state.lock:
            for item in items:
                is_somebody = item.recipient_id in self._state.recipients  # nothing is kept for who is gone
                if is_somebody and item.notification_id not in self._state.inbox:
                    self._state.inbox[item.notification_id] = item
                    self._happened(item.recipient_id, item.notification_id, InboxHappening.NEW, item.at)
        self._tell()

    def find(self, query: InboxQuery) -> Sequence[InboxItem]:
        """Return the items that *query* asks for."""
        with self._state.lock:
            found = [
                item
                for item in self._of(query.recipient_id)
                if (item.archived_at is not None) == query.archived
                and not (query.unread and item.read_at is not None)
                and (query.after is None or item.notification_id < query.after)
            ]
        return nlargest(query.limit or len(found), found, key=lambda item: item.notification_id)

    def mark(self, recipient_id: str, ids: Collection[int] | None, mark: Mark, now: datetime) -> Sequence[int]:
        """Mark some of a person's items, or all that are not archived, and return the ids of those it changed."""
        with self._state.lock:
            meant = self._shown(recipient_id) if ids is None else self._named(recipient_id, ids)
            after = ((item, item.marked(mark, now)) for item in meant)
            changed = [new for old, new in after if new != old]
            changed = changed if ids is not None else changed[:MARKED_MAX]
            self._state.inbox.update((item.notification_id, item) for item in changed)
            numbers = [item.notification_id for item in changed]
            for number in numbers if ids is not None else [None] if numbers else []:
                self._happened(recipient_id, number, InboxHappening(mark.value), now)
        self._tell()
        return numbers

    def counts(self, recipient_id: str) -> InboxCounts:
        """Return how many items a person has that are not archived."""
        with self._state.lock:
            shown = self._shown(recipient_id)
        return InboxCounts(
            total=len(shown),
            unseen=sum(item.seen_at is None for item in shown),
            unread=sum(item.read_at is None for item in shown),
        )

    def events(self, recipient_id: str, after: int, limit: int) -> Sequence[InboxEvent] | None:
        """Return what happened in a person's inbox after the event *after*, or None if that is not known any more."""
        with self._state.lock:
            kept = self._state.inbox_events
            last = self.last_event()
            first = kept[0].event.seq if kept else last + 1
            if not first - 1 <= after <= last:
                return None
            own = (one.event for one in kept if one.recipient_id == recipient_id and one.event.seq > after)
            return list(islice(own, limit))

    def last_event(self) -> int:
        """Return the number of the last event in any inbox, 0 before the first."""
        with self._state.lock:
            return self._state.last_ids["inbox event"]

    def last_events(self, recipient_ids: Collection[str]) -> Mapping[str, int]:
        """Return the number of the last event of each person."""
        wanted = frozenset(recipient_ids)
        with self._state.lock:
            return {one.recipient_id: one.event.seq for one in self._state.inbox_events if one.recipient_id in wanted}

    def listen(self, heard: Callable[[], None]) -> Callable[[], None]:
        """Call *heard* whenever this process may have changed an inbox; what is returned ends that."""
        self._state.inbox_listeners.append(heard)
        return lambda: self._state.inbox_listeners.remove(heard)

    def _tell(self) -> None:
        for heard in tuple(self._state.inbox_listeners):
            heard()

    def _happened(self, recipient_id: str, number: int | None, what: InboxHappening, at: datetime) -> None:
        """Keep one event, and drop those that are too old."""
        seq = self._state.new_id("inbox event")
        event = InboxEvent(seq=seq, notification_id=number, what=what, at=at)
        kept = self._state.inbox_events
        kept.append(KeptInboxEvent(recipient_id, event))
        while kept[0].event.at < at - EVENTS_KEPT:
            kept.popleft()

    def _of(self, recipient_id: str) -> list[InboxItem]:
        return [item for item in self._state.inbox.values() if item.recipient_id == recipient_id]

    def _shown(self, recipient_id: str) -> list[InboxItem]:
        return [item for item in self._of(recipient_id) if item.archived_at is None]

    def _named(self, recipient_id: str, ids: Collection[int]) -> list[InboxItem]:
        own = {item.notification_id: item for item in self._of(recipient_id)}
        for number in ids:
            if number not in own:
                raise NotFound("message of this inbox", number)
        return [own[number] for number in dict.fromkeys(ids)]
