"""Seeing what would become of a campaign: who would get it, who not, and why."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from attrs import define, evolve, field, frozen

from application.ports.campaign_repository import CampaignRepository
from application.sending.bulk import BulkCommand, CampaignPlan
from application.zones import Zones
from domain.campaign import NewCampaign, PeopleAlike
from domain.channel import Channel
from domain.gates import GATES, NONE_SUPPRESSED, GateContext, Pass, Postpone, Stop, decisive
from domain.preferences import Defaults
from domain.recipient import FIELD_OF_CHANNEL

POSTPONEMENTS_MAX: Final = 10
"""How often the gates may put somebody off before nobody looks further ahead."""

_ADDRESS: Final = "address"
_SUPPRESSION: Final = "suppression"
_EXPIRY: Final = "expiry"
_SOME_ADDRESS: Final = "an address"  # the gates need to know that there is one, and not which
_DAY = timedelta(days=1)


@frozen
class OnTime:
    """They would get it at *at*, when it is due for them."""

    at: datetime


@frozen
class Later:
    """They would get it at *at*, because *gate* would put them off until then."""

    gate: str
    at: datetime


@frozen
class Stopped:
    """They would not get it, because of *gate*."""

    gate: str
    reason: str


Fate: TypeAlias = OnTime | Later | Stopped


def fate_of(context: GateContext) -> Fate:
    """Return what becomes of a notification that is due at ``context.now``, as far as can be known ahead.

    Who is put off is judged again at the end of that: quiet hours may follow upon a cap.
    """
    first: str | None = None
    for _ in range(POSTPONEMENTS_MAX):
        gate, verdict = decisive(context)
        match verdict:
            case Stop(_, reason):
                return Stopped(gate, reason)
            case Postpone(until) if until >= context.expires_at:
                return Stopped(_EXPIRY, f"expires before its time comes ({gate})")
            case Postpone(until):
                first = first or gate
                context = evolve(context, now=until)
            case Pass():
                break
    return OnTime(context.now) if first is None else Later(first, context.now)


@frozen(kw_only=True)
class HeldBack:
    """So many who would get it later, because of one gate: between *first* and *last*."""

    gate: str
    number: int
    first: datetime
    last: datetime


@frozen(kw_only=True)
class LeftOut:
    """So many who would not get it, because of one gate and for one reason."""

    gate: str
    reason: str
    number: int


@frozen(kw_only=True)
class ChannelPreview:
    """What would become of a campaign on one channel.

    ``on_time`` would get it when it is due, by their own clocks between ``first`` and ``last``. Of a schedule by local
    time, ``without_timezone`` would get it by the zone of the configuration.
    """

    channel: Channel
    on_time: int
    first: datetime | None
    last: datetime | None
    later: Sequence[HeldBack]
    stopped: Sequence[LeftOut]
    without_timezone: int = 0

    @property
    def would_get(self) -> int:
        """Return how many would get it, on time or later."""
        return self.on_time + sum(one.number for one in self.later)

    @property
    def no_address(self) -> int:
        """Return how many have no address; no notification is made for them."""
        return self._stopped_by(_ADDRESS)

    @property
    def suppressed(self) -> int:
        """Return how many have one that must not be used; no notification is made for them."""
        return self._stopped_by(_SUPPRESSION)

    @property
    def notifications(self) -> int:
        """Return how many notifications it would be: also for those whom a later gate stops, so that it can say why."""
        in_vain = sum(one.number for one in self.stopped if one.gate not in (_ADDRESS, _SUPPRESSION))
        return self.would_get + in_vain

    def _stopped_by(self, gate: str) -> int:
        return sum(one.number for one in self.stopped if one.gate == gate)


@frozen(kw_only=True)
class Preview:
    """Whom a campaign would reach, a channel each, and how many listed ids name nobody."""

    campaign: NewCampaign
    channels: Sequence[ChannelPreview]
    unknown_ids: Sequence[str]

    @property
    def would_get(self) -> int:
        """Return how many people would get it, one on two channels counted twice."""
        return sum(one.would_get for one in self.channels)

    @property
    def notifications(self) -> int:
        """Return how many notifications it would be."""
        return sum(one.notifications for one in self.channels)


@frozen(kw_only=True)
class PreviewBulk:
    """Say whom a campaign would reach, without starting it.

    The gates judge each group of people alike once; what they say of one stands for all of it. Each channel is looked
    at by itself: what one of them would use of a frequency cap is not taken from the others.
    """

    plan: CampaignPlan
    campaigns: CampaignRepository
    zones: Zones = field(factory=Zones)
    defaults: Defaults = ()

    def __call__(self, command: BulkCommand) -> Preview:
        """Return the counts; nothing is written.

        :raises InvalidInput: a field is wrong.
        """
        planned = self.plan.campaign(command)
        return Preview(
            campaign=planned,
            channels=[self._channel(planned, channel) for channel in planned.channels],
            unknown_ids=self.campaigns.unknown_ids(planned),
        )

    def _channel(self, campaign: NewCampaign, channel: Channel) -> ChannelPreview:
        cap = self.plan.policies[campaign.type].frequency_cap
        since = None if cap is None else cap.told_since(max(campaign.send_at, campaign.created_at))
        tally = _Tally(channel)
        for people in self.campaigns.alike(campaign, channel, since):
            fate = fate_of(self._context(campaign, channel, people))
            if not people.has_address:
                fate = Stopped(_ADDRESS, f"no {FIELD_OF_CHANNEL[channel]}")
            tally.add(fate, people, by_zone=campaign.local is not None)
        return tally.preview()

    def _context(self, campaign: NewCampaign, channel: Channel, people: PeopleAlike) -> GateContext:
        zone = self.zones(people.timezone)
        now = max(campaign.send_at, campaign.created_at)
        expires_at = campaign.expires_at
        if campaign.local is not None:
            now = campaign.local.send_at(campaign.send_at, zone)
            expires_at = campaign.local.expires_at(now, campaign.expires_at)
        return GateContext(
            now=now,
            channel=channel,
            type=campaign.type,
            policy=self.plan.policies[campaign.type],
            expires_at=expires_at,
            addresses=(_SOME_ADDRESS,) if people.has_address else (),
            zone=zone,
            topic=campaign.topic,
            suppressed={_SOME_ADDRESS: people.stopped_by} if people.stopped_by else NONE_SUPPRESSED,
            preferences=people.preferences,
            defaults=self.defaults,
            capped_days=people.capped_days,
        )


@define(eq=False)
class _Tally:
    """Counts what becomes of the groups of one channel."""

    channel: Channel
    moments: dict[str, Counter[datetime]] = field(factory=dict)  # by the gate that puts off, none of those on time
    stopped: Counter[tuple[str, str]] = field(factory=Counter)  # by gate and reason
    without_timezone: int = 0

    def add(self, fate: Fate, people: PeopleAlike, *, by_zone: bool) -> None:
        match fate:
            case Stopped(gate, reason):
                self.stopped[gate, reason] += people.number
                return
            case OnTime(at):
                self.moments.setdefault("", Counter())[at] += people.number
            case Later(gate, at):
                self.moments.setdefault(gate, Counter())[at] += people.number
        if by_zone and people.timezone is None:
            self.without_timezone += people.number

    def preview(self) -> ChannelPreview:
        """Return the sums, gates in their order."""
        on_time = self.moments.get("", Counter())
        return ChannelPreview(
            channel=self.channel,
            on_time=on_time.total(),
            first=min(on_time, default=None),
            last=max(on_time, default=None),
            later=[
                HeldBack(gate=gate, number=found.total(), first=min(found), last=max(found))
                for gate in _PLACES
                if (found := self.moments.get(gate))
            ],
            stopped=[
                LeftOut(gate=gate, reason=reason, number=number)
                for (gate, reason), number in sorted(self.stopped.items(), key=_in_order)
            ],
            without_timezone=self.without_timezone,
        )


_PLACES: Final[Mapping[str, int]] = {gate.name: place for place, gate in enumerate(GATES)}


def _in_order(counted: tuple[tuple[str, str], int]) -> tuple[int, int, str]:
    """Sort by gate as they decide, then the most first."""
    (gate, reason), number = counted
    return _PLACES[gate], -number, reason
