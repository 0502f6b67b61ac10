"""One content for an audience, turned into notifications set by set."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
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
from domain.local_time import LocalTime
from domain.notification import IdempotencyKey
from domain.notification_type import NotificationType
from domain.preferences import NO_PREFERENCES, Preferences
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
class LocalSchedule:
    """When each recipient of a campaign gets theirs: at the next *time* of their own clock once it has begun.

    ``fallback`` names the timezone of those who have none. Each lives for ``lifetime`` from then on; without one, all
    expire together with the campaign.
    """

    time: LocalTime
    fallback: str
    lifetime: timedelta | None = None

    def send_at(self, begin: datetime, zone: tzinfo) -> datetime:
        """Return when those in *zone* get theirs of a campaign that begins at *begin*."""
        return self.time.next_at(begin, zone)

    def expires_at(self, send_at: datetime, last: datetime) -> datetime:
        """Return when one expires that is to be sent at *send_at*, of a campaign that expires at *last*."""
        return last if self.lifetime is None else send_at + self.lifetime


@frozen(kw_only=True)
class NewCampaign:
    """A campaign that the store has not numbered yet. ``rate`` is in notifications a second and channel.

    With a ``local`` schedule everybody gets theirs by their own clock, counted from ``send_at``, and ``expires_at`` is
    when the last of them expire.

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
    local: LocalSchedule | None = None

    def stopped_on(self, channel: Channel) -> frozenset[SuppressionReason]:
        """Return the reasons for which a suppressed address of *channel* gets nothing of it."""
        return self.stopped_by.get(channel, EVERY_REASON)


@frozen(kw_only=True)
class Campaign:
    """A campaign as the store knows it.

    ``considered`` of ``total`` recipients have been looked at; ``created`` notifications exist, ``no_address`` pairs of
    recipient and channel had no address, ``suppressed`` ones had one that must not be used. ``local``, ``send_at`` and
    ``expires_at`` as in :class:`NewCampaign`.
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
    local: LocalSchedule | None = None

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


class Basis(StrEnum):
    """What an estimate of the time left rests on."""

    RATE = "rate"  # the pace that somebody set for a lane
    PACE = "pace"  # how fast it went since it began, or was last resumed
    DUE = "due"  # when the last of them falls due


@frozen
class Estimate:
    """How long it takes until nothing of a campaign waits any more, and what says so.

    No less than this: a gateway may become slower, and what fails for now is tried again.
    """

    left: timedelta
    basis: Basis


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
    def share_done(self) -> float | None:
        """Return which share of it came to an end, from 0 to 1; None where nobody can say yet.

        While its audience is not through, those who follow are taken to be as many as those before them.
        """
        campaign = self.campaign
        if not campaign.created:
            return 1.0 if campaign.is_complete else None
        ended = sum(lane.ended for lane in self.lanes) / campaign.created
        is_through = campaign.is_complete or not campaign.total
        return min(1.0, ended if is_through else ended * campaign.considered / campaign.total)

    def estimate(self, now: datetime) -> Estimate | None:
        """Return how long it takes at *now*; None where nothing waits, something is held back, or nothing says."""
        if self.campaign.status in (CampaignStatus.PAUSED, CampaignStatus.CANCELLED):
            return None
        waiting = [standing for standing in self.lanes if standing.waiting]
        found = [self._of_lane(standing, now) for standing in waiting]
        if any(one is None for one in found):
            return None
        return max((one for one in found if one is not None), key=lambda one: one.left, default=None)

    def _of_lane(self, standing: LaneStanding, now: datetime) -> Estimate | None:
        if standing.lane.state is not LaneState.OPEN:
            return None
        speeds = [(standing.lane.rate, Basis.RATE), (standing.pace(now), Basis.PACE)]
        known = [(speed, basis) for speed, basis in speeds if speed is not None]
        last_due = standing.last_due or now
        begin = max(now, standing.next_due or now)
        if known:
            speed, basis = min(known)
            busy = Estimate(begin - now + timedelta(seconds=self._expected(standing) / speed), basis)
            return max(busy, Estimate(last_due - now, Basis.DUE), key=lambda one: one.left)
        return Estimate(last_due - now, Basis.DUE) if last_due > now else None

    def _expected(self, standing: LaneStanding) -> float:
        """Return how many wait in a lane, with those that the rest of the audience is likely to add."""
        campaign = self.campaign
        if campaign.status is not CampaignStatus.RUNNING or not campaign.considered:
            return standing.waiting
        return standing.waiting + sum(standing.statuses.values()) * (campaign.total / campaign.considered - 1)


@frozen(kw_only=True)
class PeopleAlike:
    """So many people of an audience of whom the gates see the same on one channel.

    ``stopped_by`` has the reasons for which none of their addresses may be used; it is empty where one may.
    ``preferences`` are what of them is about the campaign; ``capped_days`` as in :class:`domain.claim.Claim`.
    """

    number: int
    has_address: bool
    stopped_by: tuple[SuppressionReason, ...] = ()
    preferences: Preferences = NO_PREFERENCES
    timezone: str | None = None
    capped_days: tuple[date, ...] = ()
