"""Places under frequency caps in memory: which notifications took one that counts, and on which day."""

from collections.abc import Iterable
from datetime import date

from attrs import field, frozen

from adapters.memory.state import MemoryState, StoredNotification
from domain.lifecycle import Status
from domain.notification_type import NotificationType

_KNOWN_TO_BE_OUT = frozenset({Status.SENT, Status.DELIVERED, Status.UNKNOWN})


@frozen
class Places:
    """The places that count, by recipient, type, and whether it is a test: the day of each notification, by its id."""

    _days: dict[tuple[str, NotificationType, bool], dict[int, date]] = field(factory=dict)

    @classmethod
    def of(cls, state: MemoryState) -> "Places":
        """Return the places that are taken now."""
        places = cls()
        for stored in state.notifications.values():
            if stored.capped_on is not None and _counts(state, stored):
                places.take(stored, stored.capped_on)
        return places

    def take(self, stored: StoredNotification, day: date) -> None:
        """Count that *stored* has its place on *day*."""
        known = stored.notification
        self._days.setdefault((known.recipient_id, known.type, known.test), {})[known.id] = day

    def days(
        self, recipient_id: str, type_: NotificationType, since: date, *, test: bool, but: int | None = None
    ) -> tuple[date, ...]:
        """Return the days since *since* on which places were taken, in order; *but* leaves one notification out."""
        taken: Iterable[tuple[int, date]] = self._days.get((recipient_id, type_, test), {}).items()
        return tuple(sorted(day for number, day in taken if day >= since and number != but))


def _counts(state: MemoryState, stored: StoredNotification) -> bool:
    """Say whether the place of *stored* counts: it did not come back unsent, or one of several devices has it."""
    status = stored.notification.status
    if status in _KNOWN_TO_BE_OUT or stored.begun or stored.may_be_out:
        return True
    return status in (Status.PENDING, Status.SENDING) and bool(state.accepted(stored.notification.id))
