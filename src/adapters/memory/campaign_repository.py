"""Campaigns in memory."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum, auto
from typing import Final, assert_never

from attrs import evolve, frozen

from adapters.memory.state import MemoryState, StoredCampaign, StoredNotification
from domain.audience import Audience, Everybody, Listed, Matching
from domain.campaign import Campaign, CampaignStatus, NewCampaign, Reach
from domain.channel import Channel
from domain.errors import Conflict
from domain.lane import Lane, LaneState
from domain.lifecycle import Status
from domain.notification import Notification
from domain.recipient import Recipient

CHUNK: Final = 500
"""How many recipients one advance looks at; small, so that tests see a campaign half way."""


class _Fate(Enum):
    """What becomes of one recipient on one channel."""

    CREATED = auto()
    NO_ADDRESS = auto()
    SUPPRESSED = auto()


@frozen
class MemoryCampaignRepository:
    """Keeps campaigns in dicts (:class:`application.ports.campaign_repository.CampaignRepository`)."""

    _state: MemoryState

    def start(self, campaign: NewCampaign) -> Campaign:
        """Store a campaign with its content, its audience and a lane a channel, and fix who belongs to it."""
        with self._state.lock:
            if self._by_name(campaign.name) is not None:
                raise Conflict(f"a campaign named {campaign.name!r} exists; take another name")
            members = self._members(campaign.audience)
            stored = StoredCampaign(
                campaign=_numbered(campaign, self._state.new_id("campaign"), len(members)),
                order=campaign,
                content_id=self._state.keep_content(campaign.content),
                members=members,
            )
            self._state.campaigns[stored.campaign.id] = stored
            for channel in campaign.channels:
                self._state.open_lane(channel, campaign.type, stored.campaign.id, campaign.rate)
            return stored.campaign

    def advance(self, campaign_id: int, now: datetime) -> Campaign:
        """Turn the next chunk of the audience into notifications."""
        with self._state.lock:
            stored = self._state.campaign(campaign_id)
            known = stored.campaign
            if known.status is not CampaignStatus.RUNNING:
                return known
            chunk = stored.members[known.considered : known.considered + CHUNK]
            lanes = {lane.channel: lane for lane in self._lanes(campaign_id)}
            fates: Counter[_Fate] = Counter()
            for recipient in self._matching(chunk, stored.order.audience):
                for channel in known.channels:
                    fate = self._fate(recipient, channel)
                    fates[fate] += 1
                    if fate is _Fate.CREATED:
                        self._create(stored, recipient, lanes[channel], now)
            considered = known.considered + len(chunk)
            stored.campaign = evolve(
                known,
                considered=considered,
                created=known.created + fates[_Fate.CREATED],
                no_address=known.no_address + fates[_Fate.NO_ADDRESS],
                suppressed=known.suppressed + fates[_Fate.SUPPRESSED],
                status=CampaignStatus.FINISHED if considered == known.total else CampaignStatus.RUNNING,
            )
            return stored.campaign

    def unfinished(self) -> Sequence[Campaign]:
        """Return the running campaigns whose audience is not yet through."""
        with self._state.lock:
            known = (stored.campaign for stored in self._state.campaigns.values())
            return [campaign for campaign in known if campaign.status is CampaignStatus.RUNNING]

    def reach(self, campaign: NewCampaign) -> Sequence[Reach]:
        """Return, a channel each, how many *campaign* would reach now."""
        with self._state.lock:
            audience = list(self._matching(self._members(campaign.audience), campaign.audience))
            return [self._reach(audience, channel) for channel in campaign.channels]

    def unknown_ids(self, campaign: NewCampaign) -> Sequence[str]:
        """Return the ids of a listed audience that name no recipient, in the order listed."""
        with self._state.lock:
            listed = campaign.audience.ids if isinstance(campaign.audience, Listed) else ()
            return [one for one in dict.fromkeys(listed) if one not in self._state.recipients]

    def get(self, campaign_id: int) -> Campaign:
        """Return one campaign."""
        with self._state.lock:
            return self._state.campaign(campaign_id).campaign

    def find(self, name: str) -> Campaign | None:
        """Return the campaign of this name, or None."""
        with self._state.lock:
            return self._by_name(name)

    def cancel(self, campaign_id: int, now: datetime) -> int:
        """Stop the cursor, close the lanes and cancel what is pending."""
        with self._state.lock:
            stored = self._state.campaign(campaign_id)
            stored.campaign = evolve(stored.campaign, status=CampaignStatus.CANCELLED)
            for lane in self._lanes(campaign_id):
                self._state.lanes[lane.id] = evolve(lane, state=LaneState.CLOSED)
            ours = [one for one in self._state.notifications.values() if one.notification.campaign_id == campaign_id]
            pending = sum(one.notification.status is Status.PENDING for one in ours)
            for one in ours:
                self._state.cancel(one, now)
            return pending

    def _by_name(self, name: str) -> Campaign | None:
        known = (stored.campaign for stored in self._state.campaigns.values())
        return next((campaign for campaign in known if campaign.name == name), None)

    def _lanes(self, campaign_id: int) -> list[Lane]:
        return [lane for lane in self._state.lanes.values() if lane.campaign_id == campaign_id]

    def _members(self, audience: Audience) -> tuple[str, ...]:
        match audience:
            case Listed(ids):
                listed = frozenset(ids)
                return tuple(one for one in self._state.recipients if one in listed)
            case Everybody() | Matching():
                return tuple(self._state.recipients)
            case _:
                assert_never(audience)

    def _matching(self, ids: Iterable[str], audience: Audience) -> Iterable[Recipient]:
        conditions = audience.conditions if isinstance(audience, Matching) else ()
        recipients = (self._state.recipients[one] for one in ids)
        return (one for one in recipients if all(condition.matches(one) for condition in conditions))

    def _fate(self, recipient: Recipient, channel: Channel) -> _Fate:
        if not recipient.addresses(channel):
            return _Fate.NO_ADDRESS
        return _Fate.CREATED if self._state.usable(recipient, channel) else _Fate.SUPPRESSED

    def _reach(self, audience: Iterable[Recipient], channel: Channel) -> Reach:
        fates = Counter(self._fate(recipient, channel) for recipient in audience)
        return Reach(
            channel=channel,
            would_get=fates[_Fate.CREATED],
            no_address=fates[_Fate.NO_ADDRESS],
            suppressed=fates[_Fate.SUPPRESSED],
        )

    def _create(self, stored: StoredCampaign, recipient: Recipient, lane: Lane, now: datetime) -> None:
        notification = Notification(
            id=self._state.new_id("notification"),
            recipient_id=recipient.id,
            channel=lane.channel,
            type=lane.type,
            content=stored.order.content,
            status=Status.PENDING,
            send_at=stored.order.send_at,
            next_attempt_at=stored.order.send_at,
            expires_at=stored.order.expires_at,
            created_at=now,
            topic=stored.order.topic,
            campaign_id=stored.campaign.id,
        )
        self._state.insert(StoredNotification(notification=notification, lane_id=lane.id, content_id=stored.content_id))


def _numbered(new: NewCampaign, number: int, total: int) -> Campaign:
    return Campaign(
        id=number,
        name=new.name,
        channels=new.channels,
        type=new.type,
        status=CampaignStatus.RUNNING,
        send_at=new.send_at,
        expires_at=new.expires_at,
        created_at=new.created_at,
        total=total,
    )
