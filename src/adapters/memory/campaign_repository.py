"""Campaigns in memory."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import Enum, auto
from itertools import islice
from typing import Final, assert_never

from attrs import evolve, frozen

from adapters.memory.capping import Places
from adapters.memory.lane_repository import standing_of
from adapters.memory.state import MemoryState, StoredCampaign, StoredKey, StoredNotification
from application.zones import Zones
from domain.audience import Audience, Everybody, Listed, Matching
from domain.campaign import (
    Campaign,
    CampaignProgress,
    CampaignStatus,
    CampaignStep,
    NewCampaign,
    PeopleAlike,
    campaign_after,
)
from domain.channel import Channel
from domain.content import Content
from domain.errors import KeyReused
from domain.lane import Lane, LaneState
from domain.lifecycle import Status
from domain.notification import IdempotencyKey, Notification
from domain.preferences import NO_PREFERENCES, Preferences
from domain.recipient import Recipient, is_erased, is_for_tests
from domain.suppression_reason import SuppressionReason

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
            known = None if campaign.key is None else self.find_by_key(campaign.key)
            if known is not None:
                return known
            earlier = self._by_name(campaign.name)
            if earlier is not None:
                raise earlier.has_the_name()
            members = self._members(campaign.audience)
            stored = StoredCampaign(
                campaign=_numbered(campaign, self._state.new_id("campaign"), len(members)),
                order=campaign,
                content_id=None if campaign.template else self._state.keep_content(campaign.content),
                members=members,
            )
            self._state.campaigns[stored.campaign.id] = stored
            for channel in campaign.channels:
                self._state.open_lane(channel, campaign.type, stored.campaign.id, campaign.rate, test=campaign.test)
            if campaign.key is not None:
                key = StoredKey(digest=campaign.key.digest, campaign_id=stored.campaign.id)
                self._state.keys[campaign.key.scope, campaign.key.key] = key
            self._state.tell()
            return stored.campaign

    def find_by_key(self, key: IdempotencyKey) -> Campaign | None:
        """Return the campaign that was started under *key*, as it stands now, or None."""
        with self._state.lock:
            known = self._state.keys.get((key.scope, key.key))
            if known is None:
                return None
            if known.digest != key.digest or known.campaign_id is None:
                raise KeyReused(key.key)
            return self._state.campaign(known.campaign_id).campaign

    def advance(self, campaign_id: int, now: datetime) -> Campaign:
        """Turn the next chunk of the audience into notifications."""
        with self._state.lock:
            stored = self._state.campaign(campaign_id)
            known = stored.campaign
            if known.status is CampaignStatus.CANCELLED:
                self._withdraw(campaign_id, now)
            if known.status is not CampaignStatus.RUNNING:
                return known
            chunk = stored.members[known.considered : known.considered + CHUNK]
            lanes = {lane.channel: lane for lane in self._lanes(campaign_id)}
            fates: Counter[_Fate] = Counter()
            for recipient in self._matching(chunk, stored.order):
                for channel in known.channels:
                    fate = self._fate(recipient, channel, stored.order)
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
        """Return the campaigns that somebody must go on with."""
        with self._state.lock:
            known = (stored.campaign for stored in self._state.campaigns.values())
            return [
                one
                for one in known
                if one.status is CampaignStatus.RUNNING
                or (one.status is CampaignStatus.CANCELLED and self._pending(one.id))
            ]

    def alike(self, campaign: NewCampaign, channel: Channel, capped_since: date | None = None) -> Sequence[PeopleAlike]:
        """Return the audience of *campaign* as groups of people of whom the gates see the same."""
        with self._state.lock:
            places = None if capped_since is None else Places.of(self._state)
            numbers: Counter[PeopleAlike] = Counter()
            for one in self._matching(self._members(campaign.audience), campaign):
                days: tuple[date, ...] = ()
                if places is not None and capped_since is not None:
                    days = places.days(one.id, campaign.type, capped_since, test=campaign.test)
                numbers[evolve(self._seen(one, channel, campaign), capped_days=days)] += 1
            return [evolve(alike, number=number) for alike, number in numbers.items()]

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

    def page(self, limit: int, after: int | None = None, *, test: bool | None = None) -> Sequence[Campaign]:
        """Return campaigns by falling id."""
        with self._state.lock:
            known = (stored.campaign for _, stored in sorted(self._state.campaigns.items(), reverse=True))
            wanted = (campaign for campaign in known if test is None or campaign.test is test)
            behind = (campaign for campaign in wanted if after is None or campaign.id < after)
            return list(islice(behind, limit or None))

    def progress(self, campaign_id: int) -> CampaignProgress:
        """Return how far one campaign came, and how its notifications stand."""
        with self._state.lock:
            campaign = self._state.campaign(campaign_id).campaign
            lanes = tuple(standing_of(self._state, lane) for lane in self._lanes(campaign_id))
            return CampaignProgress(campaign=campaign, lanes=lanes)

    def pause(self, campaign_id: int) -> Campaign:
        """Stop the cursor and pause the lanes."""
        with self._state.lock:
            paused = self._step(campaign_id, CampaignStep.PAUSE)
            for lane in self._lanes(campaign_id):
                self._state.lanes[lane.id] = evolve(lane, state=LaneState.PAUSED)
                self._state.lane_begins.pop(lane.id, None)
            return paused

    def resume(self, campaign_id: int) -> Campaign:
        """Let the cursor go on, and open the lanes that no person paused."""
        with self._state.lock:
            resumed = self._step(campaign_id, CampaignStep.RESUME)
            for lane in self._lanes(campaign_id):
                if lane.id not in self._state.lanes_paused_by_hand:
                    self._state.lanes[lane.id] = evolve(lane, state=LaneState.OPEN)
            self._state.tell()
            return resumed

    def cancel(self, campaign_id: int, now: datetime) -> int:
        """Stop the cursor, close the lanes and withdraw the next chunk of what is pending."""
        with self._state.lock:
            self._step(campaign_id, CampaignStep.CANCEL)
            for lane in self._lanes(campaign_id):
                self._state.lanes[lane.id] = evolve(lane, state=LaneState.CLOSED)
            for one in self._state.notifications.values():
                if one.notification.campaign_id == campaign_id and one.notification.status is Status.SENDING:
                    self._state.cancel(one, now)
            return self._withdraw(campaign_id, now)

    def _step(self, campaign_id: int, step: CampaignStep) -> Campaign:
        stored = self._state.campaign(campaign_id)
        is_through = stored.campaign.considered == stored.campaign.total
        status = campaign_after(stored.campaign.status, step, is_through=is_through)
        stored.campaign = evolve(stored.campaign, status=status)
        return stored.campaign

    def _withdraw(self, campaign_id: int, now: datetime) -> int:
        chunk = self._pending(campaign_id)[:CHUNK]
        for one in chunk:
            self._state.cancel(one, now)
        return len(chunk)

    def _pending(self, campaign_id: int) -> list[StoredNotification]:
        return [one for lane in self._lanes(campaign_id) for one in self._state.waiting.get(lane.id, {}).values()]

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

    def _matching(self, ids: Iterable[str], order: NewCampaign) -> Iterable[Recipient]:
        audience = order.audience
        takes_all = order.test or isinstance(audience, Listed)
        living = (one for one in ids if not is_erased(one))
        recipients = (self._state.recipients[one] for one in living if takes_all or not is_for_tests(one))
        if not isinstance(audience, Matching):
            return recipients
        return (one for one in recipients if audience.expression.matches(one))

    def _fate(self, recipient: Recipient, channel: Channel, order: NewCampaign) -> _Fate:
        if not recipient.addresses(channel):
            return _Fate.NO_ADDRESS
        suppressed = self._state.suppressed(recipient, channel, order.stopped_on(channel), order.type, order.topic)
        is_usable = any(address not in suppressed for address in recipient.addresses(channel))
        return _Fate.CREATED if is_usable else _Fate.SUPPRESSED

    def _seen(self, recipient: Recipient, channel: Channel, order: NewCampaign) -> PeopleAlike:
        """Return what the gates see of one person, but for the days on which a place under a cap was taken."""
        fate = self._fate(recipient, channel, order)
        why: set[SuppressionReason] = set()
        if fate is _Fate.SUPPRESSED:
            known = self._state.suppressed(recipient, channel, order.stopped_on(channel), order.type, order.topic)
            why = {reason for reasons in known.values() for reason in reasons}
        own = self._state.preferences.get(recipient.id, NO_PREFERENCES)
        choices = tuple(one for one in own.choices if one.scope.covers(channel, order.type, order.topic))
        return PeopleAlike(
            number=1,
            has_address=fate is not _Fate.NO_ADDRESS,
            stopped_by=tuple(sorted(why)),
            preferences=Preferences(choices=choices, quiet_hours=own.quiet_hours),
            timezone=recipient.timezone,
        )

    def _create(self, stored: StoredCampaign, recipient: Recipient, lane: Lane, now: datetime) -> None:
        content_id, content = _text(stored, recipient, lane.channel)
        send_at, expires_at = _times(stored.order, recipient)
        notification = Notification(
            id=self._state.new_id("notification"),
            recipient_id=recipient.id,
            channel=lane.channel,
            type=lane.type,
            content=content.texts,
            attached=content.attached,
            status=Status.PENDING,
            send_at=send_at,
            next_attempt_at=send_at,
            expires_at=expires_at,
            created_at=now,
            topic=stored.order.topic,
            campaign_id=stored.campaign.id,
            test=stored.order.test,
            template=stored.campaign.template,
            variables=stored.order.variables,
        )
        self._state.insert(StoredNotification(notification=notification, lane_id=lane.id, content_id=content_id))


def _text(stored: StoredCampaign, recipient: Recipient, channel: Channel) -> tuple[int, Content]:
    """Return what *recipient* gets of a campaign over *channel*, with its id."""
    if stored.order.template is None:
        assert stored.content_id is not None
        return stored.content_id, stored.order.content
    text = stored.order.template.choose(channel, recipient.locale)
    assert text is not None, "a campaign over a channel that its template has no text for"
    return text.content_id, text.content


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
        test=new.test,
        template=None if new.template is None else new.template.named,
        variables=new.variables,
        local=new.local,
    )


def _times(order: NewCampaign, recipient: Recipient) -> tuple[datetime, datetime]:
    """Return when *recipient* gets theirs, and when it expires."""
    if order.local is None:
        return order.send_at, order.expires_at
    send_at = order.local.send_at(order.send_at, Zones(order.local.fallback)(recipient.timezone))
    return send_at, order.local.expires_at(send_at, order.expires_at)
