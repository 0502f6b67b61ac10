"""Giving out what is known of people: all of one, or what an import takes of everybody."""

from collections.abc import Callable, Iterator, Sequence

from attrs import frozen

from application.ports.inbox_repository import InboxQuery, InboxRepository
from application.ports.notification_repository import NotificationQuery, NotificationRepository
from application.ports.preference_repository import PreferenceRepository
from application.ports.receipt_repository import ReceiptRepository
from application.ports.recipient_repository import RecipientRepository
from application.ports.suppression_repository import SuppressionRepository
from domain.channel import Channel
from domain.hand_over import HandOver
from domain.inbox import InboxItem
from domain.notification import Notification
from domain.preferences import Preferences
from domain.receipt import Receipt
from domain.recipient import Recipient
from domain.suppression import Suppression

PAGE = 500


@frozen(kw_only=True)
class ExportedNotification:
    """A notification with where it was handed over and what was told of it."""

    notification: Notification
    hand_overs: Sequence[HandOver]
    receipts: Sequence[Receipt]


@frozen(kw_only=True)
class RecipientExport:
    """Everything that is known of one person; ``notifications`` and ``inbox`` may be long, and are read as they go."""

    recipient: Recipient
    preferences: Preferences
    suppressions: Sequence[Suppression]
    notifications: Iterator[ExportedNotification]
    inbox: Iterator[InboxItem]


@frozen(kw_only=True)
class ExportRecipient:
    """Give out everything that is known of one person."""

    recipients: RecipientRepository
    preferences: PreferenceRepository
    suppressions: SuppressionRepository
    notifications: NotificationRepository
    receipts: ReceiptRepository
    inbox: InboxRepository

    def __call__(self, recipient_id: str) -> RecipientExport:
        """Return all of it.

        :raises NotFound: there is none of this id.
        """
        recipient = self.recipients.get(recipient_id)
        found = (self.suppressions.find(channel, recipient.addresses(channel)) for channel in Channel)
        return RecipientExport(
            recipient=recipient,
            preferences=self.preferences.get(recipient_id),
            suppressions=[one for by_address in found for known in by_address.values() for one in known],
            notifications=self._notifications(recipient_id),
            inbox=self._inbox(recipient_id),
        )

    def _notifications(self, recipient_id: str) -> Iterator[ExportedNotification]:
        after = None
        while page := self.notifications.find(NotificationQuery(recipient_id=recipient_id, limit=PAGE, after=after)):
            for one in page:
                yield ExportedNotification(
                    notification=one,
                    hand_overs=self.notifications.history(one.id),
                    receipts=self.receipts.of_notification(one.id),
                )
            after = page[-1].id

    def _inbox(self, recipient_id: str) -> Iterator[InboxItem]:
        for archived in (False, True):
            after = None
            while page := self.inbox.find(
                InboxQuery(recipient_id=recipient_id, limit=PAGE, after=after, archived=archived)
            ):
                yield from page
                after = page[-1].notification_id


@frozen(kw_only=True)
class ExportRecipients:
    """Give out everybody, as an import takes them."""

    recipients: RecipientRepository

    def count(self) -> int:
        """Return how many there are now."""
        return self.recipients.count()

    def __call__(self, progress: Callable[[int], None] = lambda _: None) -> Iterator[Recipient]:
        """Yield everybody by id, a page at a time; *progress* hears how many were given out."""
        after, done = None, 0
        while page := self.recipients.find(PAGE, after):
            yield from page
            after, done = page[-1].id, done + len(page)
            progress(done)
