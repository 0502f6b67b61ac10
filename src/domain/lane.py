"""Lanes: the claimable queues."""

from enum import StrEnum

from attrs import frozen

from domain.channel import Channel
from domain.notification_type import NotificationType


class LaneState(StrEnum):
    """Whether a lane is claimed from."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


@frozen(kw_only=True)
class Lane:
    """One claimable queue: a channel and a type, or a channel of one campaign.

    The unit of priority, pause, pace and fairness. ``rate`` is in notifications a second, None for no limit.
    """

    id: int
    channel: Channel
    type: NotificationType
    campaign_id: int | None = None
    state: LaneState = LaneState.OPEN
    rate: float | None = None

    @property
    def name(self) -> str:
        """Return what people call this lane, such as ``email/promotional/campaign-7``."""
        standing = f"{self.channel}/{self.type}"
        return standing if self.campaign_id is None else f"{standing}/campaign-{self.campaign_id}"
