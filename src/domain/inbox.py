"""What the in-app channel shows a person."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from attrs import field, frozen

from domain.notification_type import NotificationType


@frozen(kw_only=True)
class InboxItem:
    """One message in somebody's inbox; there is at most one for a notification."""

    notification_id: int
    recipient_id: str
    type: NotificationType
    at: datetime
    subject: str | None = None
    body: str | None = None
    topic: str | None = None
    data: Mapping[str, str] = field(factory=lambda: MappingProxyType({}), hash=False)
    seen_at: datetime | None = None
    read_at: datetime | None = None
