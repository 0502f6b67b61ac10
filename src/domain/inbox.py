"""What the in-app channel shows a person, and what the person does with it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from attrs import evolve, field, frozen

from domain.notification_type import NotificationType


class Mark(StrEnum):
    """What a person does with a message; the second of each pair takes the first back."""

    SEEN = "seen"
    UNSEEN = "unseen"
    READ = "read"
    UNREAD = "unread"
    ARCHIVED = "archived"
    UNARCHIVED = "unarchived"


class InboxHappening(StrEnum):
    """What can happen in an inbox: a message comes, or one is marked."""

    NEW = "new"
    SEEN = "seen"
    UNSEEN = "unseen"
    READ = "read"
    UNREAD = "unread"
    ARCHIVED = "archived"
    UNARCHIVED = "unarchived"


@frozen(kw_only=True)
class InboxItem:
    """One message in somebody's inbox; there is at most one for a notification. What is read has been seen."""

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
    archived_at: datetime | None = None

    def marked(self, mark: Mark, now: datetime) -> "InboxItem":
        """Return what *mark* makes of this item; a mark that it has already keeps its first time.

        Reading implies seeing, so what was never seen was never read either.
        """
        match mark:
            case Mark.SEEN:
                return evolve(self, seen_at=self.seen_at or now)
            case Mark.UNSEEN:
                return evolve(self, seen_at=None, read_at=None)
            case Mark.READ:
                return evolve(self, seen_at=self.seen_at or now, read_at=self.read_at or now)
            case Mark.UNREAD:
                return evolve(self, read_at=None)
            case Mark.ARCHIVED:
                return evolve(self, archived_at=self.archived_at or now)
            case Mark.UNARCHIVED:
                return evolve(self, archived_at=None)


@frozen
class InboxCounts:
    """How many messages an inbox shows; those put away are in none of the numbers."""

    total: int = 0
    unseen: int = 0
    unread: int = 0


@frozen(kw_only=True)
class InboxEvent:
    """One thing that happened in somebody's inbox.

    ``seq`` rises in the order in which things were committed. ``notification_id`` is None where every message was
    marked at once, except those put away.
    """

    seq: int
    notification_id: int | None
    what: InboxHappening
    at: datetime
