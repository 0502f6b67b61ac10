"""What callers send in, as classes: the fields are exactly those that a body may have."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from application.recipients.checking import RecipientDraft
from application.sending.admission import NotificationRequest
from domain.channel import Channel
from domain.content import Content
from domain.notification import IdempotencyKey
from domain.notification_type import NotificationType
from domain.recipient import WebPushSubscription
from entrypoints.http_api.reading.strict import json_converter

CONVERTER = json_converter()


@frozen(kw_only=True)
class NotificationBody:
    """A notification as it is sent in."""

    to: str
    channel: Channel
    type: NotificationType
    subject: str | None = None
    body: str | None = None
    html: str | None = None
    data: Mapping[str, str] | None = None
    send_at: datetime | None = None
    expires_at: datetime | None = None
    topic: str | None = None
    key: str | None = None

    def request(self, key: IdempotencyKey | None) -> NotificationRequest:
        """Return what the use case is asked for."""
        return NotificationRequest(
            to=self.to,
            channel=self.channel,
            type=self.type,
            content=Content(subject=self.subject, body=self.body, html=self.html, data=self.data or {}),
            send_at=self.send_at,
            expires_at=self.expires_at,
            topic=self.topic,
            key=key,
        )


@frozen(kw_only=True)
class SubscriptionKeys:
    """The two keys of a browser's push subscription."""

    p256dh: str
    auth: str


@frozen(kw_only=True)
class SubscriptionBody:
    """A browser's push subscription as ``PushSubscription.toJSON()`` gives it (W3C Push API)."""

    endpoint: str
    keys: SubscriptionKeys


@frozen(kw_only=True)
class RecipientBody:
    """A recipient as it is sent in; ``id`` may stand in the path instead."""

    id: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    push_tokens: tuple[str, ...] | None = None
    web_push: tuple[SubscriptionBody, ...] | None = None
    locale: str | None = None
    timezone: str | None = None
    attributes: Mapping[str, Any] | None = None

    def draft(self, recipient_id: str) -> RecipientDraft:
        """Return what the use case checks."""
        subscriptions = None
        if self.web_push is not None:
            subscriptions = [
                WebPushSubscription(endpoint=known.endpoint, p256dh=known.keys.p256dh, auth=known.keys.auth)
                for known in self.web_push
            ]
        return RecipientDraft(
            id=recipient_id,
            name=self.name,
            email=self.email,
            phone=self.phone,
            push_tokens=self.push_tokens,
            web_push=subscriptions,
            locale=self.locale,
            timezone=self.timezone,
            attributes=self.attributes,
        )


@frozen(kw_only=True)
class RetryBody:
    """What a retry may say."""

    expires_at: datetime | None = None


@frozen
class EmptyBody:
    """A body without fields."""
