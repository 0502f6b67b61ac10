"""A push message as FCM takes it, and what FCM would refuse about it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from attrs import frozen
from firebase_admin import messaging

from application.ports.sender import OutboundMessage
from domain.address import PushAddress, PushKind
from domain.content import PUSH_MAX_BYTES, Content
from domain.notification_type import NotificationType

REFERENCE_KEY = "tocsin_id"
"""The key in ``data`` under which the app finds our reference; it is the same on every attempt."""

TTL_MAX = timedelta(weeks=4)
_COLLAPSE_ID_MAX_BYTES = 64  # APNs: apns-collapse-id
_RESERVED = frozenset({"from", "message_type"})
_RESERVED_PREFIXES = ("google.", "gcm.")


@frozen
class _Urgency:
    """How one type asks each platform to hurry: in FCM's words, APNs' number (10 at once, 5 sparing), RFC 8030's words.

    "high" wakes a sleeping phone, and Android slows an app down that asks for it without need.
    """

    android: str
    apns: str
    web: str


_URGENCY: Mapping[NotificationType, _Urgency] = MappingProxyType(
    {
        NotificationType.TRANSACTIONAL: _Urgency("high", "10", "high"),
        NotificationType.INFORMATIONAL: _Urgency("normal", "5", "normal"),
        NotificationType.PROMOTIONAL: _Urgency("normal", "5", "normal"),
    }
)
_SILENT = "5"
"""APNs refuses 10 for a message that shows nothing."""


def fcm_message(message: OutboundMessage, address: PushAddress, now: datetime) -> messaging.Message:
    """Return *message* for the SDK.

    The reference is also what a device collapses by: sent again, a notification replaces itself instead of showing
    twice; Android and browsers go by the tag. There is no ``collapse_key``: a message that is shown ignores it, and of
    data alone FCM keeps four keys for a device that is offline and drops the rest, so that with a key for each
    notification the fifth would cost one of the others (Google's page on collapsible messages).
    """
    left = min(max(message.expires_at - now, timedelta(0)), TTL_MAX)
    ttl = timedelta(seconds=int(left.total_seconds()))
    same = _collapse_id(message.reference)
    shown = _notification(message.content)
    urgency = _URGENCY[message.type]
    unaddressed = messaging.Message(
        data=data_of(message),
        notification=shown,
        android=messaging.AndroidConfig(
            ttl=ttl,
            priority=urgency.android,
            notification=messaging.AndroidNotification(tag=same) if shown else None,
        ),
        apns=_apns(now + ttl, same, urgency if shown else None),
        webpush=messaging.WebpushConfig(
            headers={"TTL": str(int(ttl.total_seconds())), "Urgency": urgency.web},
            notification=messaging.WebpushNotification(tag=same) if shown else None,
        ),
    )
    return _addressed(unaddressed, address)


def data_of(message: OutboundMessage) -> dict[str, str]:
    """Return the data that the app gets: what the caller gave, and our reference."""
    return {**message.content.data, REFERENCE_KEY: message.reference}


def problem_of(message: OutboundMessage) -> str | None:
    """Return why FCM would refuse *message*, or None; the SDK checks neither size nor names."""
    for key in message.content.data:
        if key in _RESERVED or key.startswith(_RESERVED_PREFIXES):
            return f"data: the name {key!r} is reserved by FCM; take another one"
    content = message.content
    payload = {"notification": {"title": content.subject, "body": content.body}, "data": data_of(message)}
    size = len(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode())
    if size > PUSH_MAX_BYTES:
        return f"the message takes {size} bytes and FCM at most {PUSH_MAX_BYTES}; shorten it"
    return None


def _addressed(message: messaging.Message, address: PushAddress) -> messaging.Message:
    # A token given to the constructor warns that it is deprecated; silencing that would change the warnings of every
    # thread. FCM takes tokens as long as apps hold them.
    if address.kind is PushKind.TOKEN:
        message.token = address.value
    else:
        message.fid = address.value
    return message


def _apns(expires_at: datetime, collapse_id: str, urgency: _Urgency | None) -> messaging.APNSConfig:
    """Return what Apple is told of a message; without *urgency* it shows nothing."""
    headers = {
        "apns-expiration": str(int(expires_at.timestamp())),
        "apns-collapse-id": collapse_id,
        "apns-priority": urgency.apns if urgency else _SILENT,
    }
    # APNs takes a message without anything to show only like this.
    silent = None if urgency else messaging.APNSPayload(aps=messaging.Aps(content_available=True))
    return messaging.APNSConfig(headers=headers, payload=silent)


def _notification(content: Content) -> messaging.Notification | None:
    if not (content.subject or content.body):
        return None
    return messaging.Notification(title=content.subject, body=content.body)


def _collapse_id(reference: str) -> str:
    if len(reference.encode()) <= _COLLAPSE_ID_MAX_BYTES:
        return reference
    return hashlib.sha256(reference.encode()).hexdigest()
