"""Accepting notifications, for now or for a moment that is given."""

from collections.abc import Sequence

from attrs import frozen

from application.ports.notification_repository import Added, NotificationRepository
from application.sending.admission import Admission, NotificationRequest
from domain.errors import TocsinError
from domain.notification import NewNotification, Notification

BATCH_MAX = 10_000


@frozen(kw_only=True)
class Enqueue:
    """Accept notifications; each stands for itself, and a wrong one does not keep the others out."""

    admission: Admission
    notifications: NotificationRepository

    def __call__(self, requests: Sequence[NotificationRequest]) -> list[Added | TocsinError]:
        """Return one answer each, in order: the stored notification, or what is wrong with the request.

        All that were accepted are durable when this returns.

        :raises StoreUnavailable: nothing was accepted.
        """
        assert len(requests) <= BATCH_MAX
        answers = self.admission.admit(requests)
        fresh = [answer for answer in answers if isinstance(answer, NewNotification)]
        stored = iter(self.notifications.add(fresh)) if fresh else iter(())
        return [_answer(next(stored) if isinstance(answer, NewNotification) else answer) for answer in answers]


def _answer(answer: Added | Notification | TocsinError) -> Added | TocsinError:
    return Added(answer, is_new=False) if isinstance(answer, Notification) else answer
