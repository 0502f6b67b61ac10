"""Rows to values and back: plain functions by position, because they run once a row on the hot path."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from domain.channel import Channel
from domain.content import AttachedFile, Attachment, Content, Markup
from domain.hand_over import HandOver
from domain.lane import Lane, LaneState
from domain.lifecycle import Status
from domain.notification import Notification
from domain.notification_type import NotificationType
from domain.recipient import Recipient, WebPushSubscription
from domain.template import NO_VARIABLES, TemplateVersion

Row: TypeAlias = tuple[Any, ...]
Parameters: TypeAlias = dict[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode  # made once, used per row
_CHANNELS = {str(channel): channel for channel in Channel}  # a lookup costs a tenth of calling the enum
_TYPES = {str(type_): type_ for type_ in NotificationType}
_STATUSES = {str(status): status for status in Status}


def to_ms(moment: datetime) -> int:
    """Return *moment* as the store keeps it: whole milliseconds since 1970, UTC."""
    return (moment - _EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """Return the moment that the store keeps as *milliseconds*."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def moment_or_none(milliseconds: int | None) -> datetime | None:
    """Return the moment, if there is one."""
    return None if milliseconds is None else from_ms(milliseconds)


def ms_or_none(moment: datetime | None) -> int | None:
    """Return *moment* as the store keeps it, if there is one."""
    return None if moment is None else to_ms(moment)


def channel_of(word: str) -> Channel:
    """Return the channel that *word* stands for in the store."""
    return _CHANNELS[word]


def type_of(word: str) -> NotificationType:
    """Return the type that *word* stands for in the store."""
    return _TYPES[word]


def status_of(word: str) -> Status:
    """Return the status that *word* stands for in the store."""
    return _STATUSES[word]


def to_json(value: object) -> str:
    """Return *value* as compact JSON; text beyond ASCII stands as it is, so that SQL can compare it."""
    return _encode(value)


class StoredObject(Mapping[str, Any]):
    """A JSON object as the store has it, read when somebody looks at it: most attributes are never looked at."""

    __slots__ = ("_read", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._read: dict[str, Any] | None = None

    def __getitem__(self, key: str) -> Any:
        return self._object()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._object())

    def __len__(self) -> int:
        return len(self._object())

    def __repr__(self) -> str:
        return repr(self._object())

    def _object(self) -> dict[str, Any]:
        if self._read is None:
            self._read = json.loads(self._text)
        return self._read


RECIPIENT_COLUMNS: Final = (
    "r.id, r.name, r.email, r.phone, r.push_tokens, r.web_push, r.locale, r.timezone, r.attributes"
)
"""What :func:`recipient_of` takes; the table is called r."""


def recipient_of(row: Row) -> Recipient:
    """Return the recipient that a row of :data:`RECIPIENT_COLUMNS` tells of."""
    recipient_id, name, email, phone, push_tokens, web_push, locale, timezone, attributes = row
    return Recipient(
        id=recipient_id,
        name=name,
        email=email,
        phone=phone,
        push_tokens=tuple(json.loads(push_tokens)) if push_tokens else (),
        web_push=tuple(WebPushSubscription(**one) for one in json.loads(web_push)) if web_push else (),
        locale=locale,
        timezone=timezone,
        attributes=StoredObject(attributes) if attributes else _NOTHING,
    )


def recipient_parameters(recipient: Recipient) -> Parameters:
    """Return *recipient* as the parameters of a statement."""
    return {
        "id": recipient.id,
        "name": recipient.name,
        "email": recipient.email or None,
        "phone": recipient.phone or None,
        **device_parameters(recipient),
        "locale": recipient.locale,
        "timezone": recipient.timezone,
        "attributes": to_json(dict(recipient.attributes)) if recipient.attributes else None,
    }


def device_parameters(recipient: Recipient) -> Parameters:
    """Return the device addresses of *recipient* as the parameters of a statement."""
    subscriptions = [{"endpoint": one.endpoint, "p256dh": one.p256dh, "auth": one.auth} for one in recipient.web_push]
    return {
        "push_tokens": to_json(recipient.push_tokens) if recipient.push_tokens else None,
        "web_push": to_json(subscriptions) if subscriptions else None,
    }


CONTENT_COLUMNS: Final = "c.subject, c.body, c.html, c.data, c.markup"
"""What :func:`content_of` takes; the table is called c."""


def content_of(row: Row, attachments: tuple[Attachment, ...] = ()) -> Content:
    """Return the content that a row of :data:`CONTENT_COLUMNS` tells of, with its *attachments*."""
    subject, body, html, data, markup = row
    return Content(
        subject=subject,
        body=body,
        html=html,
        data=MappingProxyType(json.loads(data)) if data else _NOTHING,
        markup=Markup(markup),
        attachments=attachments,
    )


ATTACHED_COLUMN: Final = """
       CASE WHEN c.attachments > 0
            THEN (SELECT json_group_array(json_array(filename, media_type, size))
                    FROM (SELECT a.filename, a.media_type, length(a.data) AS size
                            FROM attachments AS a
                           WHERE a.content_id = c.id
                           ORDER BY a.position))
       END"""
"""What :func:`attached_of` takes: the files that go with the content c, without what is in them."""


def attached_of(column: str | None) -> tuple[AttachedFile, ...]:
    """Return the files that :data:`ATTACHED_COLUMN` tells of."""
    return tuple(AttachedFile(*one) for one in json.loads(column)) if column else ()


LANE_COLUMNS: Final = "l.id, l.channel, l.type, l.campaign_id, l.state, l.rate, l.test"
"""What :func:`lane_of` takes; the table is called l."""


def lane_of(row: Row) -> Lane:
    """Return the lane that a row of :data:`LANE_COLUMNS` tells of."""
    lane_id, channel, type_, campaign_id, state, rate, test = row
    return Lane(
        id=lane_id,
        channel=_CHANNELS[channel],
        type=_TYPES[type_],
        campaign_id=campaign_id,
        state=LaneState(state),
        rate=rate,
        test=test == 1,
    )


def variables_of(column: str | None) -> Mapping[str, Any]:
    """Return what a template is filled in with, as the store has it."""
    return StoredObject(column) if column else NO_VARIABLES


def template_of(column: str | None) -> TemplateVersion | None:
    """Return which template a JSON array of name and version names."""
    return TemplateVersion(*json.loads(column)) if column else None


NOTIFICATION_COLUMNS: Final = f"""
       n.id, r.id, l.channel, l.type, n.status, n.send_at_ms, n.next_attempt_at_ms, n.expires_at_ms,
       n.created_at_ms, n.attempts, n.fence, n.topic, n.key, n.campaign_id, n.reason, n.cancel_requested,
       n.finished_at_ms,
       (SELECT h.provider_id
          FROM hand_overs AS h
         WHERE h.notification_id = n.id AND h.provider_id IS NOT NULL
         ORDER BY h.fence DESC, h.at_ms DESC
         LIMIT 1),
       l.test,
       coalesce(n.variables, (SELECT k.variables FROM campaigns AS k WHERE k.id = n.campaign_id)),
       (SELECT json_array(t.name, t.version)
          FROM template_texts AS x
          JOIN templates AS t ON t.id = x.template_id
         WHERE x.content_id = n.content_id),
       {ATTACHED_COLUMN},
       {CONTENT_COLUMNS}
"""  # noqa: S608  (constant text)
"""What :func:`notification_of` takes; the tables are called n, r, l and c."""


def notification_of(row: Row) -> Notification:
    """Return the notification that a row of :data:`NOTIFICATION_COLUMNS` tells of."""
    return Notification(
        id=row[0],
        recipient_id=row[1],
        channel=_CHANNELS[row[2]],
        type=_TYPES[row[3]],
        status=_STATUSES[row[4]],
        send_at=from_ms(row[5]),
        next_attempt_at=from_ms(row[6]),
        expires_at=from_ms(row[7]),
        created_at=from_ms(row[8]),
        attempts=row[9],
        fence=row[10],
        topic=row[11],
        key=row[12],
        campaign_id=row[13],
        reason=row[14],
        cancel_requested=bool(row[15]),
        finished_at=moment_or_none(row[16]),
        provider_id=row[17],
        test=row[18] == 1,
        variables=variables_of(row[19]),
        template=template_of(row[20]),
        attached=attached_of(row[21]),
        content=content_of(row[22:]),
    )


HAND_OVER_COLUMNS: Final = (
    "h.notification_id, h.fence, h.attempt, h.gateway, h.address, h.outcome, h.at_ms, h.duration_ms, h.provider_id, "
    "h.reason"
)
"""What :func:`hand_over_of` takes; the table is called h."""


def hand_over_of(row: Row) -> HandOver:
    """Return the hand-over that a row of :data:`HAND_OVER_COLUMNS` tells of."""
    notification_id, fence, attempt, gateway, address, outcome, at_ms, duration_ms, provider_id, reason = row
    return HandOver(
        notification_id=notification_id,
        fence=fence,
        attempt=attempt,
        gateway=gateway,
        address=address,
        outcome=outcome,
        at=from_ms(at_ms),
        duration_ms=duration_ms,
        provider_id=provider_id,
        reason=reason,
    )
