"""What callers send in, as classes: the fields are exactly those that a body may have."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any, TypeAlias

from attrs import frozen

from application.recipients.checking import RecipientDraft
from application.sending.admission import NotificationRequest
from application.sending.bulk import BulkCommand
from domain.audience import Audience, Listed, parse_audience
from domain.channel import Channel
from domain.content import Attachment, Content, Markup
from domain.errors import InvalidInput
from domain.local_time import LocalTime
from domain.notification import IdempotencyKey
from domain.notification_type import NotificationType
from domain.recipient import WebPushSubscription
from domain.suppression import SuppressionScope
from domain.suppression_reason import SuppressionReason
from domain.template import TemplateUse
from entrypoints.http_api.reading.strict import json_converter

CONVERTER = json_converter()

When: TypeAlias = datetime | LocalTime
"""A moment, or a time of the recipient's day, such as ``09:00 local``."""


_LOCAL = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])? local", re.ASCII)


def _audience(value: object, _: object) -> Audience:
    if isinstance(value, list):
        return Listed(CONVERTER.structure(value, tuple[str, ...]))
    if not isinstance(value, str):
        raise ValueError('must be "all", a condition such as "plan = pro", or a list of recipient ids')  # noqa: TRY004  (whatever a hook refuses is a ValueError)
    try:
        return parse_audience(CONVERTER.structure(value, str))
    except InvalidInput as error:
        raise ValueError(error.errors[0].message) from None


def _when(value: object, _: object) -> When | None:
    if value is None:
        return None
    if isinstance(value, str) and _LOCAL.fullmatch(value):
        return LocalTime(time.fromisoformat(value.removesuffix(" local")))
    try:
        return CONVERTER.structure(value, datetime)
    except ValueError as error:
        raise ValueError(f"{error}, or 09:00 local" if "ISO 8601" in str(error) else str(error)) from None


def _number(value: object, _: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")  # noqa: TRY004  (whatever a hook refuses is a ValueError)
    return float(value)


def _whole(value: object, _: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be a whole number")  # noqa: TRY004  (whatever a hook refuses is a ValueError)
    return value


def _bytes(value: object, _: object) -> bytes:
    if not isinstance(value, str):
        raise ValueError("must be text: base64")  # noqa: TRY004  (whatever a hook refuses is a ValueError)
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64 (RFC 4648 section 4); encode the bytes of the file") from None


CONVERTER.register_structure_hook(bytes, _bytes)
CONVERTER.register_structure_hook_func(lambda kind: kind == Audience, _audience)
CONVERTER.register_structure_hook_func(lambda kind: kind == When | None, _when)
CONVERTER.register_structure_hook(float, _number)
CONVERTER.register_structure_hook(int, _whole)


@frozen(kw_only=True)
class AttachmentBody:
    """A file as it is sent in; ``content`` is base64 (RFC 4648 section 4)."""

    filename: str
    media_type: str
    content: bytes

    def attachment(self) -> Attachment:
        """Return what the use case is asked for."""
        return Attachment(filename=self.filename, media_type=self.media_type, data=self.content)


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
    attachments: tuple[AttachmentBody, ...] | None = None
    template: str | None = None
    variables: Mapping[str, Any] | None = None
    send_at: When | None = None
    expires_at: datetime | None = None
    topic: str | None = None
    key: str | None = None

    def request(self, key: IdempotencyKey | None, *, test: bool = False) -> NotificationRequest:
        """Return what the use case is asked for."""
        return NotificationRequest(
            to=self.to,
            channel=self.channel,
            type=self.type,
            content=Content(
                subject=self.subject,
                body=self.body,
                html=self.html,
                data=self.data or {},
                attachments=_attachments(self.attachments),
            ),
            template=_template_use(self.template, self.variables),
            send_at=self.send_at,
            expires_at=self.expires_at,
            topic=self.topic,
            key=key,
            test=test,
        )


@frozen(kw_only=True)
class CampaignBody:
    """A campaign as it is sent in; its texts are templates."""

    audience: Audience
    channels: tuple[Channel, ...]
    type: NotificationType
    name: str | None = None
    subject: str | None = None
    body: str | None = None
    html: str | None = None
    data: Mapping[str, str] | None = None
    attachments: tuple[AttachmentBody, ...] | None = None
    template: str | None = None
    variables: Mapping[str, Any] | None = None
    send_at: When | None = None
    expires_at: datetime | None = None
    rate: float | None = None
    topic: str | None = None

    def command(self, key: IdempotencyKey | None) -> BulkCommand:
        """Return what the use case is asked for."""
        return BulkCommand(
            audience=self.audience,
            channels=self.channels,
            type=self.type,
            content=Content(
                subject=self.subject,
                body=self.body,
                html=self.html,
                data=self.data or {},
                markup=Markup.JINJA,
                attachments=_attachments(self.attachments),
            ),
            template=_template_use(self.template, self.variables),
            name=self.name,
            send_at=self.send_at,
            expires_at=self.expires_at,
            rate=self.rate,
            topic=self.topic,
            key=key,
        )


def _attachments(given: Sequence[AttachmentBody] | None) -> tuple[Attachment, ...]:
    return tuple(one.attachment() for one in given or ())


def _template_use(name: str | None, variables: Mapping[str, Any] | None) -> TemplateUse | None:
    """Return which template is asked for; variables without one are for a template without a name, which is refused."""
    return None if name is None and not variables else TemplateUse(name or "", variables or {})


@frozen(kw_only=True)
class TemplatePreviewBody:
    """Who a template is looked at for; without a recipient, somebody made up."""

    recipient: str | None = None
    locale: str | None = None
    variables: Mapping[str, Any] | None = None


@frozen(kw_only=True)
class LaneBody:
    """Which lane is meant."""

    name: str


@frozen(kw_only=True)
class PaceBody:
    """How fast which lane may go: so many notifications a second, null for no limit."""

    name: str
    rate: float | None


@frozen(kw_only=True)
class GatewayPauseBody:
    """How long a gateway rests; without ``seconds``, until it is resumed."""

    seconds: int | None = None


@frozen(kw_only=True)
class SuppressionBody:
    """An address that must not be used from now on; without ``scope``, for everything."""

    channel: Channel
    address: str
    reason: SuppressionReason | None = None
    scope: SuppressionScope | None = None
    detail: str | None = None


@frozen(kw_only=True)
class InboxTokenBody:
    """How long a token is good for; without ``seconds``, an hour."""

    seconds: int | None = None


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
