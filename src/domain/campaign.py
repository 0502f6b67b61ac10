"""One content for an audience, turned into notifications set by set."""

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from domain.audience import Audience
from domain.channel import Channel
from domain.content import Content
from domain.notification_type import NotificationType


class CampaignStatus(StrEnum):
    """Where a campaign stands. ``finished``: every notification exists; they are sent in their own time."""

    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


@frozen(kw_only=True)
class NewCampaign:
    """A campaign that the store has not numbered yet. ``rate`` is in notifications a second and channel."""

    name: str
    channels: tuple[Channel, ...]
    type: NotificationType
    content: Content
    audience: Audience
    send_at: datetime
    expires_at: datetime
    created_at: datetime
    rate: float | None = None
    topic: str | None = None


@frozen(kw_only=True)
class Campaign:
    """A campaign as the store knows it.

    ``considered`` of ``total`` recipients have been looked at; ``created`` notifications exist, ``no_address`` pairs of
    recipient and channel had no address, ``suppressed`` ones had one that must not be used.
    """

    id: int
    name: str
    channels: tuple[Channel, ...]
    type: NotificationType
    status: CampaignStatus
    send_at: datetime
    expires_at: datetime
    created_at: datetime
    considered: int = 0
    total: int = 0
    created: int = 0
    no_address: int = 0
    suppressed: int = 0

    @property
    def is_complete(self) -> bool:
        """Say whether no more notifications will come of it."""
        return self.status in (CampaignStatus.FINISHED, CampaignStatus.CANCELLED)


@frozen(kw_only=True)
class Reach:
    """How many a campaign would reach on one channel, and how many not and why."""

    channel: Channel
    would_get: int
    no_address: int
    suppressed: int
