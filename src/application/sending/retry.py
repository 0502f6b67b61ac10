"""Putting failed notifications back."""

from collections.abc import Callable, Sequence
from datetime import datetime

from attrs import evolve, frozen

from application.ports.clock import Clock
from application.ports.notification_repository import NotificationQuery, NotificationRepository
from domain.errors import InvalidInput, NotFound, TocsinError
from domain.lifecycle import Event, Status, sources
from domain.notification import Notification, timing_problems

CHUNK = 500
REVIVABLE = frozenset(sources(Event.REVIVE))


@frozen(kw_only=True)
class RetrySummary:
    """How many were put back, and how many could not be, with the reason of the first of them."""

    revived: int
    refused: int
    first_refusal: str | None = None


@frozen(kw_only=True)
class Retry:
    """Put failed or unknown notifications back, with a new budget of attempts; their history stays."""

    notifications: NotificationRepository
    clock: Clock

    def __call__(self, ids: Sequence[int], expires_at: datetime | None = None) -> list[Notification | TocsinError]:
        """Return one answer each, in order: the notification, or a Conflict or NotFound.

        :raises InvalidInput: *expires_at* is past.
        """
        now = self.clock.now()
        found = timing_problems(now, None, expires_at)
        if found:
            raise InvalidInput(found)
        answers = self.notifications.revive(ids, now, expires_at)
        return [
            NotFound("notification", wanted) if answer is None else answer
            for wanted, answer in zip(ids, answers, strict=True)
        ]


@frozen(kw_only=True)
class RetryMatching:
    """Put back every notification that matches, chunk by chunk."""

    notifications: NotificationRepository
    clock: Clock

    def __call__(
        self,
        query: NotificationQuery,
        expires_at: datetime | None = None,
        progress: Callable[[int], None] = lambda _: None,
    ) -> RetrySummary:
        """Return how many were put back; *progress* hears the number so far.

        :raises InvalidInput: the query does not name the status failed or unknown, or *expires_at* is past.
        """
        now = self.clock.now()
        found = timing_problems(now, None, expires_at)
        if found:
            raise InvalidInput(found)
        if query.status not in REVIVABLE:
            words = " or ".join(sorted(REVIVABLE))
            raise InvalidInput.of("status", f"only {words} can be retried; give one of them")
        revived = refused = 0
        first_refusal = None
        page = evolve(query, limit=CHUNK)
        while found_now := self.notifications.find(page):
            ids = [notification.id for notification in found_now]
            for answer in self.notifications.revive(ids, now, expires_at):
                if isinstance(answer, Notification) and answer.status is Status.PENDING:
                    revived += 1
                else:
                    refused += 1
                    first_refusal = first_refusal or str(answer)
            progress(revived)
            page = evolve(page, after=ids[-1])
        return RetrySummary(revived=revived, refused=refused, first_refusal=first_refusal)
