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
from domain.errors import FieldError, InvalidInput, NotFound, TocsinError
from domain.notification import IdempotencyKey, NewNotification, Notification, expiry, timing_problems
from domain.notification_type import NotificationType, TypePolicies
from domain.recipient import FIELD_OF_CHANNEL, Recipient

TOPIC_MAX = 100
KEY_MAX = 255


@frozen(kw_only=True)
class NotificationRequest:
    """One notification as it is asked for. A *send_at* that is past or None means now."""

    to: str
    channel: Channel
    type: NotificationType
    content: Content
    send_at: datetime | None = None
    expires_at: datetime | None = None
    topic: str | None = None
    key: IdempotencyKey | None = None


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
        known = self.recipients.get_many([request.to for request in requests])
        return [self._admit(request, known.get(request.to), now) for request in requests]

    def _admit(
        self, request: NotificationRequest, recipient: Recipient | None, now: datetime
    ) -> NewNotification | Notification | TocsinError:
        refusal = self._refusal(request, recipient, now)
        if refusal is None:
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
            )
        if request.key is not None:
            try:
                return self.notifications.find_by_key(request.key) or refusal
            except TocsinError as error:
                return error
        return refusal

    def _refusal(self, request: NotificationRequest, recipient: Recipient | None, now: datetime) -> TocsinError | None:
        found = [
            *channel_problems(request.channel, self.channels),
            *problems(request.content, request.channel),
            *timing_problems(now, request.send_at, request.expires_at),
            *_label_problems(request),
        ]
        if not is_recipient_id(request.to):
            found.insert(0, FieldError("to", "is not a recipient id: 1 to 255 printable characters"))
        elif recipient is None and found:
            found.insert(0, FieldError("to", f"no recipient has the id {request.to}"))
        elif recipient is not None and not recipient.addresses(request.channel):
            found.insert(0, _no_address(recipient, request.channel))
        if found:
            return InvalidInput(found)
        return NotFound("recipient", request.to) if recipient is None else None


def channel_problems(channel: Channel, channels: Collection[Channel]) -> list[FieldError]:
    """Return the problem of a channel that has no route."""
    if channel in channels:
        return []
    return [FieldError("channel", f"{channel} has no gateway; name one under [routes] in the configuration")]


def _no_address(recipient: Recipient, channel: Channel) -> FieldError:
    field_name = FIELD_OF_CHANNEL[channel]
    return FieldError("to", f"recipient {recipient.id} has no {field_name}, which {channel} needs; add it first")


def _label_problems(request: NotificationRequest) -> list[FieldError]:
    found = []
    for name, text, longest in (
        ("topic", request.topic, TOPIC_MAX),
        ("key", request.key.key if request.key else None, KEY_MAX),
    ):
        if text is not None and not (text.isprintable() and text.strip() and len(text) <= longest):
            found.append(FieldError(name, f"must have 1 to {longest} printable characters"))
    return found
