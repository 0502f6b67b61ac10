"""Accepting a notification for later, also by the clock on the recipient's wall."""

from datetime import datetime

from attrs import evolve, frozen

from application.ports.notification_repository import Added, NotificationRepository
from application.sending.admission import Admission, NotificationRequest
from domain.errors import TocsinError
from domain.local_time import LocalTime
from domain.notification import NewNotification, Notification


@frozen(kw_only=True)
class Schedule:
    """Accept one notification for a moment, or for the next time the recipient's clock shows *at*."""

    admission: Admission
    notifications: NotificationRepository

    def __call__(self, request: NotificationRequest, at: datetime | LocalTime) -> Added:
        """Store the notification and return it, or the earlier one of its key.

        :raises InvalidInput: a field is wrong, or nobody knows the timezone that a local time needs.
        :raises NotFound: the recipient is not known.
        :raises KeyReused: the key was used for something else.
        """
        answer = self.admission.admit([evolve(request, send_at=at)])[0]
        if isinstance(answer, NewNotification):
            stored = self.notifications.add([answer])[0]
            if isinstance(stored, TocsinError):
                raise stored
            return stored
        if isinstance(answer, Notification):
            return Added(answer, is_new=False)
        raise answer
