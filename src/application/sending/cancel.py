"""Withdrawing what has not been sent."""

from collections.abc import Sequence

from attrs import frozen

from application.ports.clock import Clock
from application.ports.notification_repository import NotificationRepository
from domain.errors import NotFound, TocsinError
from domain.notification import Notification


@frozen(kw_only=True)
class Cancel:
    """Withdraw notifications; what is being sent is withdrawn only if it comes back unsent."""

    notifications: NotificationRepository
    clock: Clock

    def __call__(self, ids: Sequence[int]) -> list[Notification | TocsinError]:
        """Return one answer each, in order: the notification, or a Conflict or NotFound."""
        answers = self.notifications.cancel(ids, self.clock.now())
        return [
            NotFound("notification", wanted) if answer is None else answer
            for wanted, answer in zip(ids, answers, strict=True)
        ]
