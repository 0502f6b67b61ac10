"""What must hold of a request before a notification is stored; shared by everything that accepts one."""

from collections.abc import Collection, Sequence
from datetime import datetime

from attrs import field, frozen

from application.ports.clock import Clock
from application.ports.notification_repository import NotificationRepository
from application.ports.recipient_repository import RecipientRepository
from domain.address import is_recipient_id
from domain.channel import Channel
from domain.content import Content, problems
from domain.errors import FieldError, InvalidInput, TocsinError
from domain.notification import IdempotencyKey, NewNotification, Notification, expiry, timing_problems
from domain.notification_type import NotificationType, TypePolicies
from domain.recipient import Recipient, no_address

TOPIC_MAX = 100
KEY_MAX = 255
_NO_ID = FieldError("to", "is not a recipient id: 1 to 255 printable characters")


@frozen(kw_only=True)
class NotificationRequest:
    """One notification as it is asked for. A *send_at* that is past or None means now; a *test* reaches no gateway."""

    to: str
    channel: Channel
    type: NotificationType
    content: Content
    send_at: datetime | None = None
    expires_at: datetime | None = None
    topic: str | None = None
    key: IdempotencyKey | None = None
    test: bool = False


@frozen(kw_only=True)
class Admission:
    """Checks requests against their recipients, their channels and their times."""

    recipients: RecipientRepository
    notifications: NotificationRepository
    channels: Collection[Channel]
    policies: TypePolicies
    clock: Clock = field()

    def admit(self, requests: Sequence[NotificationRequest]) -> list[NewNotification | Notification | TocsinError]:
        """Return one answer each, in order: what to store, why not, or what its key gave before.

        A request that was accepted once is never refused later, whatever became of its recipient meanwhile.
        """
        now = self.clock.now()
        found = [self._problems(request, now) for request in requests]
        wrong = [request.to for request, errors in zip(requests, found, strict=True) if errors]
        known = self.recipients.get_many(wrong) if wrong else {}
        return [
            self._refused(request, errors, known.get(request.to)) if errors else self._new(request, now)
            for request, errors in zip(requests, found, strict=True)
        ]

    def _problems(self, request: NotificationRequest, now: datetime) -> list[FieldError]:
        """Return what is wrong with a request by itself; the store says whether its recipient can be told."""
        return [
            *([] if is_recipient_id(request.to) else [_NO_ID]),
            *channel_problems(request.channel, self.channels),
            *problems(request.content, request.channel),
            *timing_problems(now, request.send_at, request.expires_at),
            *_label_problems(request),
        ]

    def _new(self, request: NotificationRequest, now: datetime) -> NewNotification:
        send_at = now if request.send_at is None else request.send_at
        return NewNotification(
            recipient_id=request.to,
            channel=request.channel,
            type=request.type,
            content=request.content,
            send_at=send_at,
            expires_at=expiry(max(send_at, now), request.expires_at, self.policies[request.type]),
            created_at=now,
            topic=request.topic,
            key=request.key,
            test=request.test,
        )

    def _refused(
        self, request: NotificationRequest, found: Sequence[FieldError], recipient: Recipient | None
    ) -> Notification | TocsinError:
        """Return what the key of a request gave before, or every field that is wrong with it, its recipient too."""
        if request.key is not None:
            try:
                earlier = self.notifications.find_by_key(request.key)
            except TocsinError as error:
                return error
            if earlier is not None:
                return earlier
        if _NO_ID in found:
            return InvalidInput(found)
        if recipient is None:
            return InvalidInput([FieldError("to", f"no recipient has the id {request.to}"), *found])
        if not recipient.addresses(request.channel):
            return InvalidInput([no_address(recipient.id, request.channel), *found])
        return InvalidInput(found)


def channel_problems(channel: Channel, channels: Collection[Channel]) -> list[FieldError]:
    """Return the problem of a channel that has no route."""
    if channel in channels:
        return []
    return [FieldError("channel", f"{channel} has no gateway; name one under [routes] in the configuration")]


def _label_problems(request: NotificationRequest) -> list[FieldError]:
    found = []
    for name, text, longest in (
        ("topic", request.topic, TOPIC_MAX),
        ("key", request.key.key if request.key else None, KEY_MAX),
    ):
        if text is not None and not (text.isprintable() and text.strip() and len(text) <= longest):
            found.append(FieldError(name, f"must have 1 to {longest} printable characters"))
    return found
