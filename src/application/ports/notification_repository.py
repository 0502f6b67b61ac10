"""Keeping notifications, and looking at them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from attrs import frozen

from domain.channel import Channel
from domain.errors import Conflict, TocsinError
from domain.hand_over import HandOver
from domain.lifecycle import Status
from domain.notification import IdempotencyKey, NewNotification, Notification
from domain.notification_type import NotificationType


@frozen
class Added:
    """What became of one new notification: the stored one, or the earlier one of the same key and content."""

    notification: Notification
    is_new: bool


@frozen(kw_only=True)
class NotificationQuery:
    """Which notifications to look at. ``limit`` 0 means all; ``after`` is the id of the last one of the page before.

    ``test`` asks for those of test lanes alone, or for all others.
    """

    status: Status | None = None
    recipient_id: str | None = None
    channel: Channel | None = None
    campaign_id: int | None = None
    reason_contains: str | None = None
    since: datetime | None = None
    test: bool | None = None
    limit: int = 50
    after: int | None = None


class NotificationRepository(Protocol):
    """Stores notifications. Each method is one transaction; called from several threads at once.

    Every method may raise StoreUnavailable; then nothing of the call was written.
    """

    def add(self, batch: Sequence[NewNotification]) -> Sequence[Added | TocsinError]:
        """Store *batch* and return one answer each, in order; all that were added are durable when it returns.

        A key that is known gives the earlier notification as it stands now, whatever became of its recipient; with
        another digest, a KeyReused. A recipient who is not known is a NotFound, one without an address on the channel
        an InvalidInput; the others are stored all the same. Equal content of one batch is stored once.
        """
        ...

    def find_by_key(self, key: IdempotencyKey) -> Notification | None:
        """Return the notification stored under *key*, as it stands now, or None.

        :raises KeyReused: the key is known with another digest.
        """
        ...

    def get(self, notification_id: int) -> Notification:
        """Return one notification.

        :raises NotFound: there is none of this id.
        """
        ...

    def find(self, query: NotificationQuery) -> Sequence[Notification]:
        """Return those that match, by falling id (the newest first)."""
        ...

    def history(self, notification_id: int) -> Sequence[HandOver]:
        """Return the hand-overs of one notification, the earliest first; empty for an unknown id."""
        ...

    def capped_days(
        self, recipient_id: str, type_: NotificationType, since: date, *, test: bool, but: int | None = None
    ) -> Sequence[date]:
        """Return the days since *since* on which a recipient's notifications took a place under a frequency cap.

        Of one type, tests apart, in order; as :meth:`application.ports.dispatch_queue.DispatchQueue.claim` tells them.
        *but* leaves one notification out. Empty for an unknown recipient.
        """
        ...

    def cancel(self, ids: Sequence[int], now: datetime) -> Sequence[Notification | Conflict | None]:
        """Withdraw what is pending; what is being sent is marked and withdrawn if it comes back unsent.

        Return one answer each: the notification (also one cancelled before), a Conflict for a status that cannot be
        cancelled, None for an unknown id.
        """
        ...

    def revive(
        self, ids: Sequence[int], now: datetime, expires_at: datetime | None
    ) -> Sequence[Notification | Conflict | None]:
        """Put failed and unknown ones back, due at *now*, with a new budget of attempts; the history stays.

        Return one answer each, as :meth:`cancel` does. One past its expiry is a Conflict unless *expires_at* is given.
        """
        ...

    def reserve_key(self, key: IdempotencyKey, now: datetime) -> str | None:
        """Let *key* stand for a request that makes several notifications, before it makes the first.

        Return the answer that was kept for it, or None if there is none yet; reserving again changes nothing.

        :raises KeyReused: the key is known with another digest, or stands for one notification.
        """
        ...

    def keep_answer(self, key: IdempotencyKey, answer: str) -> str:
        """Keep the *answer* (JSON, not empty) of a request whose key was reserved, and return the one that is kept.

        The first one stays.
        """
        ...
