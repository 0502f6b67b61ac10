"""A web push as a push service takes it: the payload, encrypted for one browser, and the headers beside it."""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

import http_ece  # type: ignore[import-untyped]  # it has no types
from cryptography.hazmat.primitives.asymmetric import ec

from application.ports.sender import OutboundMessage
from domain.notification_type import NotificationType
from domain.recipient import WebPushSubscription
from domain.web_push import key_bytes

PAYLOAD_MAX_BYTES = 3993
"""What fits into the 4096 octets that every push service takes (RFC 8030 7.2), beside 103 of the encryption."""

TTL_MAX = timedelta(weeks=4)
"""No push service keeps a message longer."""

URGENCY: Mapping[NotificationType, str] = MappingProxyType(
    {
        NotificationType.TRANSACTIONAL: "high",
        NotificationType.INFORMATIONAL: "normal",
        NotificationType.PROMOTIONAL: "low",
    }
)
"""RFC 8030 5.3: a device that saves its battery is woken only for what is urgent."""

_TOPIC_CHARACTERS = 32


def payload_of(message: OutboundMessage) -> bytes:
    """Return what the service worker gets, as JSON; ``tag`` lets a repeat take the place of what is shown already."""
    content = message.content
    said = {"title": content.subject, "body": content.body, "data": dict(content.data) or None}
    fields = {name: value for name, value in said.items() if value is not None}
    fields |= {"tag": message.reference, "id": message.reference}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def problem_of(payload: bytes) -> str | None:
    """Return why no push service would take *payload*, or None."""
    if len(payload) > PAYLOAD_MAX_BYTES:
        return f"the message takes {len(payload)} bytes and a web push at most {PAYLOAD_MAX_BYTES}; shorten it"
    return None


def encrypted(payload: bytes, subscription: WebPushSubscription) -> bytes:
    """Return *payload* as only the browser of *subscription* can read it (RFC 8291), with a key made for it alone.

    :raises ValueError: the keys of the subscription are none.
    """
    body: bytes = http_ece.encrypt(
        payload,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=key_bytes(subscription.p256dh),
        auth_secret=key_bytes(subscription.auth),
        version="aes128gcm",
    )
    return body


def headers_of(message: OutboundMessage, now: datetime) -> dict[str, str]:
    """Return what the push service needs to know of *message*."""
    left = min(max(message.expires_at - now, timedelta(0)), TTL_MAX)
    return {
        "TTL": str(int(left.total_seconds())),
        "Urgency": URGENCY[message.type],
        "Topic": topic_of(message.reference),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
    }


def topic_of(reference: str) -> str:
    """Return the topic of a notification: a repeat replaces what waits for the device (RFC 8030 5.4)."""
    digest = hashlib.sha256(reference.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:_TOPIC_CHARACTERS]
