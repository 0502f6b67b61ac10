"""Accepting a notification for later, also by the clock on the recipient's wall."""

from datetime import datetime
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from application.ports.clock import Clock
from application.ports.notification_repository import Added, NotificationRepository
from application.ports.recipient_repository import RecipientRepository
from application.sending.admission import Admission, NotificationRequest
from domain.errors import InvalidInput, TocsinError
from domain.local_time import LocalTime
from domain.notification import NewNotification, Notification


@frozen(kw_only=True)
class Schedule:
    """Accept one notification for a moment, or for the next time the recipient's clock shows *at*."""

    admission: Admission
    notifications: NotificationRepository
    recipients: RecipientRepository
    clock: Clock

    def __call__(self, request: NotificationRequest, at: datetime | LocalTime) -> Added:
        """Store the notification and return it, or the earlier one of its key.

        :raises InvalidInput: a field is wrong, or the recipient has no timezone that a local time needs.
        :raises NotFound: the recipient is not known.
        :raises KeyReused: the key was used for something else.
        """
        send_at = at if isinstance(at, datetime) else self._resolve(at, request.to)
        answer = self.admission.admit([evolve(request, send_at=send_at)])[0]
        if isinstance(answer, NewNotification):
            stored = self.notifications.add([answer])[0]
            if isinstance(stored, TocsinError):
                raise stored
            return stored
        if isinstance(answer, Notification):
            return Added(answer, is_new=False)
        raise answer

    def _resolve(self, at: LocalTime, recipient_id: str) -> datetime:
        zone = self.recipients.get(recipient_id).timezone
        if zone is None:
            raise InvalidInput.of(
                "send_at",
                f"recipient {recipient_id} has no timezone, which a local time needs; give a time with offset",
            )
        return at.next_at(self.clock.now(), ZoneInfo(zone))
