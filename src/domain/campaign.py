"""One content for an audience, turned into notifications set by set."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from attrs import evolve, field, frozen

from domain.audience import Audience
from domain.channel import Channel
from domain.content import Content
from domain.errors import Conflict
from domain.lane import LaneStanding, LaneState
from domain.lifecycle import Status
from domain.notification import IdempotencyKey
from domain.notification_type import NotificationType
from domain.suppression_reason import EVERY_REASON, SuppressionReason
from domain.template import NO_VARIABLES, Template, TemplateVersion


class CampaignStatus(StrEnum):
    """Where a campaign stands. ``finished``: every notification exists; they are sent in their own time."""

    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class CampaignStep(StrEnum):
    """What can happen to a campaign: it comes to the end of its audience, the rest is what a person asks for."""

    FINISH = "finish"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"


CAMPAIGN_STEPS: Mapping[tuple[CampaignStatus, CampaignStep], CampaignStatus] = MappingProxyType(
    {
        (CampaignStatus.RUNNING, CampaignStep.FINISH): CampaignStatus.FINISHED,
        (CampaignStatus.RUNNING, CampaignStep.PAUSE): CampaignStatus.PAUSED,
        (CampaignStatus.RUNNING, CampaignStep.RESUME): CampaignStatus.RUNNING,
        (CampaignStatus.RUNNING, CampaignStep.CANCEL): CampaignStatus.CANCELLED,
        (CampaignStatus.PAUSED, CampaignStep.PAUSE): CampaignStatus.PAUSED,
        (CampaignStatus.PAUSED, CampaignStep.RESUME): CampaignStatus.RUNNING,  # and finishes, if it is through
        (CampaignStatus.PAUSED, CampaignStep.CANCEL): CampaignStatus.CANCELLED,
        # What it made may still wait: that is held back, released and withdrawn like the rest.
        (CampaignStatus.FINISHED, CampaignStep.PAUSE): CampaignStatus.PAUSED,
        (CampaignStatus.FINISHED, CampaignStep.RESUME): CampaignStatus.FINISHED,
        (CampaignStatus.FINISHED, CampaignStep.CANCEL): CampaignStatus.CANCELLED,
        (CampaignStatus.CANCELLED, CampaignStep.CANCEL): CampaignStatus.CANCELLED,
    }
)
"""Every step of a campaign; what is asked for twice changes nothing, and a pair that is not here does not happen."""


def campaign_after(status: CampaignStatus, step: CampaignStep, *, is_through: bool) -> CampaignStatus:
    """Return where *step* leads from *status*; *is_through* says whether the whole audience was looked at.

    :raises Conflict: the campaign cannot take this step.
    """
    try:
        reached = CAMPAIGN_STEPS[status, step]
    except KeyError:
        raise Conflict(f"a campaign that is {status} cannot {step}; start another one with tocsin bulk") from None
    if reached is CampaignStatus.RUNNING and is_through:
        return CAMPAIGN_STEPS[reached, CampaignStep.FINISH]
    return reached


@frozen(kw_only=True)
class NewCampaign:
    """A campaign that the store has not numbered yet. ``rate`` is in notifications a second and channel.

    ``stopped_by`` has, for a channel, the reasons for which a suppressed address gets nothing of it; of a channel that
    is missing there, every reason counts. Of a *test* nothing reaches a gateway.

    Of a ``template``, which has a text for each channel, everybody gets the text of their locale, filled in with
    ``variables`` too; ``content`` is not looked at then.
    """

    name: str
    channels: tuple[Channel, ...]
    type: NotificationType
    content: Content
    audience: Audience
    send_at: datetime
    expires_at: datetime
    created_at: datetime
    stopped_by: Mapping[Channel, frozenset[SuppressionReason]] = field(factory=lambda: MappingProxyType({}), hash=False)
    rate: float | None = None
    topic: str | None = None
    key: IdempotencyKey | None = None
    test: bool = False
    template: Template | None = None
    variables: Mapping[str, Any] = field(default=NO_VARIABLES, hash=False)

    def stopped_on(self, channel: Channel) -> frozenset[SuppressionReason]:
        """Return the reasons for which a suppressed address of *channel* gets nothing of it."""
        return self.stopped_by.get(channel, EVERY_REASON)


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
    test: bool = False
    template: TemplateVersion | None = None
    variables: Mapping[str, Any] = field(default=NO_VARIABLES, hash=False)

    @property
    def is_complete(self) -> bool:
        """Say whether no more notifications will come of it."""
        return self.status in (CampaignStatus.FINISHED, CampaignStatus.CANCELLED)

    def as_started(self) -> "Campaign":
        """Return this campaign as it was when it was started: the answer that its key gives again."""
        return evolve(self, status=CampaignStatus.RUNNING, considered=0, created=0, no_address=0, suppressed=0)

    def has_the_name(self) -> Conflict:
        """Return why no other campaign can have the name of this one."""
        kind = "test campaign" if self.test else "campaign"
        return Conflict(f"a {kind} named {self.name!r} exists; take another name")

    def require_lanes_free(self) -> None:
        """Refuse to resume one of its lanes alone while all of it is paused.

        :raises Conflict: it is.
        """
        if self.status is CampaignStatus.PAUSED:
            raise Conflict(
                f"the campaign {self.id} is paused, and its lanes with it; resume it with: "
                f"tocsin campaigns resume {self.id}"
            )


@frozen(kw_only=True)
class CampaignProgress:
    """How far a campaign came, and how its notifications stand now, a lane a channel."""

    campaign: Campaign
    lanes: tuple[LaneStanding, ...]

    @property
    def statuses(self) -> Mapping[Status, int]:
        """Return how many notifications stand where."""
        return {status: sum(lane.statuses.get(status, 0) for lane in self.lanes) for status in Status}

    @property
    def time_left(self) -> timedelta | None:
        """Return how long what waits takes at the pace of its lanes; None where nothing waits or no pace says.

        No less than this: a gateway may be slower, and what is not due yet waits for its time.
        """
        waiting = [standing for standing in self.lanes if standing.waiting]
        if not waiting or any(one.lane.rate is None or one.lane.state is not LaneState.OPEN for one in waiting):
            return None
        return timedelta(seconds=max(one.waiting / one.lane.rate for one in waiting if one.lane.rate))


@frozen(kw_only=True)
class Reach:
    """How many a campaign would reach on one channel, and how many not and why."""

    channel: Channel
    would_get: int
    no_address: int
    suppressed: int
