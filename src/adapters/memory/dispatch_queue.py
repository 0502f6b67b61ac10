"""The queue in memory."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from heapq import nsmallest

from attrs import evolve, frozen

from adapters.memory.capping import Places
from adapters.memory.erasure import forget_notification
from adapters.memory.receiving import apply_waiting, name_as_provider_does, told_provider_id
from adapters.memory.state import MemoryState, StoredNotification
from adapters.memory.suppressing import suppress
from application.ports.dispatch_queue import Claimed, ClaimRequest, Hold
from domain.claim import LOSSES_MAX, Claim, Conclusion, LostClaim
from domain.hand_over import HandOver
from domain.lane import Lane, LaneState
from domain.lifecycle import Event, Status, after
from domain.notification import Notification
from domain.outcome import NAMES, GatewayDown, Rejected, Unreachable
from domain.preferences import NO_PREFERENCES
from domain.recipient import is_erased
from domain.suppression import suppressed_for
from domain.token_bucket import TokenBucket

_DOWN = NAMES[GatewayDown]
_REFUSED = frozenset({NAMES[Rejected], NAMES[Unreachable]})


@frozen
class MemoryDispatchQueue:
    """Claims, begins and concludes in dicts (:class:`application.ports.dispatch_queue.DispatchQueue`)."""

    _state: MemoryState

    def register(self, now: datetime) -> int:  # noqa: ARG002  (an owner lives until it is unregistered)
        """Return an owner number that no dispatcher had before."""
        with self._state.lock:
            owner = self._state.new_id("owner")
            self._state.living_owners.add(owner)
            return owner

    def unregister(self, owner: int) -> None:
        """Say that *owner* is done."""
        with self._state.lock:
            self._state.living_owners.discard(owner)

    def due_lanes(self, now: datetime) -> Sequence[Lane]:
        """Return the open lanes that have something due at *now*."""
        with self._state.lock:
            return [lane for lane in self._open_lanes() if any(self._due(lane, now))]

    def claim(self, request: ClaimRequest) -> Claimed:
        """Take up to ``limit`` due notifications of a lane."""
        with self._state.lock:
            lane = self._state.lanes[request.lane.id]
            if lane.state is not LaneState.OPEN:
                return Claimed([], {})
            buckets = self._buckets(lane, request)
            health = self._state.health_of(request.gateway)
            allowed = health.admits(request.limit, request.now)
            for bucket in buckets.values():
                allowed, _ = bucket.take(allowed, request.now)
            taken = self._first(lane, request, allowed, health.opened_by if health.is_down else None)
            self._state.health[request.gateway] = health.claimed(len(taken), request.now + request.lease)
            again_at = self._spend(lane, request, buckets, len(taken))
            if taken:
                self._state.begin_lane(lane, request.now)
            places = None if request.capped_since is None else Places.of(self._state)
            claims = [self._claim(stored, request, places) for stored in taken]
            contents = {one.content_id: self._state.contents[one.content_id] for one in claims}
            return Claimed(claims, contents, again_at if len(taken) == allowed < request.limit else None)

    def begin(self, holds: Collection[Hold], now: datetime) -> frozenset[int]:  # noqa: ARG002  (kept by no table)
        """Record that the hand-over of *holds* begins, and return the ids that may go."""
        with self._state.lock:
            places = Places.of(self._state) if any(hold.cap is not None for hold in holds) else Places()
            return frozenset(hold.notification_id for hold in holds if self._begin(hold, places))

    def conclude(self, conclusions: Sequence[Conclusion], now: datetime) -> Mapping[int, Event]:
        """Write what became of claims, and return by id the step each one took."""
        with self._state.lock:
            steps = [(one.notification_id, self._write(one, now)) for one in conclusions]
            apply_waiting(self._state, {number for number, _ in steps} & self._state.notifications.keys(), now)
            return {number: step for number, step in steps if step is not None}

    def lost_claims(self, now: datetime, limit: int) -> Sequence[LostClaim]:
        """Return claims whose lease ended before *now* or whose owner is gone, the oldest lease first."""
        with self._state.lock:
            lost = (
                (stored.lease_until, number, stored)
                for number, stored in self._state.notifications.items()
                if stored.lease_until is not None and (stored.lease_until < now or self._owner_is_dead(stored))
            )
            return [self._lost(stored) for _, _, stored in nsmallest(limit, lost)]

    def next_due(self) -> datetime | None:
        """Return when the next pending notification of an open lane falls due."""
        with self._state.lock:
            waiting = (stored for lane in self._open_lanes() for stored in self._waiting(lane))
            return min((stored.notification.next_attempt_at for stored in waiting), default=None)

    def listen(self, heard: Callable[[], None]) -> Callable[[], None]:
        """Call *heard* whenever this process may have made something due; what is returned ends that."""
        self._state.listeners.append(heard)
        return lambda: self._state.listeners.remove(heard)

    def _open_lanes(self) -> Iterator[Lane]:
        return (lane for lane in self._state.lanes.values() if lane.state is LaneState.OPEN)

    def _waiting(self, lane: Lane) -> Collection[StoredNotification]:
        return self._state.waiting.get(lane.id, {}).values()

    def _due(self, lane: Lane, now: datetime) -> Iterator[StoredNotification]:
        return (stored for stored in self._waiting(lane) if stored.notification.next_attempt_at <= now)

    def _owner_is_dead(self, stored: StoredNotification) -> bool:
        return stored.owner not in self._state.living_owners

    def _first(self, lane: Lane, request: ClaimRequest, limit: int, but: int | None) -> Sequence[StoredNotification]:
        """Return what is due first; a suspect goes alone, and the notification *but* only where no other is due."""
        losses_max = LOSSES_MAX - 1 if request.last_chances else LOSSES_MAX - 2
        due = [one for one in self._due(lane, request.now) if one.losses <= losses_max]
        due = [one for one in due if one.notification.id != but] or due
        suspects = nsmallest(min(1, limit), (one for one in due if one.losses), key=_urgency)
        return suspects or nsmallest(limit, due, key=_urgency)

    def _buckets(self, lane: Lane, request: ClaimRequest) -> dict[str, TokenBucket]:
        buckets = {}
        if lane.rate is not None:
            known = self._state.lane_paces.get(lane.id)
            buckets["lane"] = known.at_rate(lane.rate) if known else TokenBucket.full(lane.rate, request.now)
        if request.rate is not None:
            buckets["gateway"] = self._state.gateway_pace(request.gateway, request.rate, request.now)
        return buckets

    def _spend(
        self, lane: Lane, request: ClaimRequest, buckets: Mapping[str, TokenBucket], taken: int
    ) -> datetime | None:
        """Keep what is left of the paces, and return when the slowest gives something again; None if that is now."""
        rests = {name: bucket.take(taken, request.now)[1] for name, bucket in buckets.items()}
        if "lane" in rests:
            self._state.lane_paces[lane.id] = rests["lane"]
        if "gateway" in rests:
            self._state.gateway_paces[request.gateway] = rests["gateway"]
        moments = [bucket.again_at(request.now) for bucket in rests.values()]
        resting = self._state.health_of(request.gateway).again_at(request.now)
        return max((at for at in (*moments, resting) if at is not None and at > request.now), default=None)

    def _claim(self, stored: StoredNotification, request: ClaimRequest, places: Places | None) -> Claim:
        known = stored.notification
        self._state.step(stored, Event.CLAIM, Status.SENDING, request.now)
        stored.notification = evolve(stored.notification, attempts=known.attempts + 1, fence=known.fence + 1)
        stored.owner, stored.lease_until = request.owner, request.now + request.lease
        recipient = self._state.whom(known.recipient_id)
        history = self._state.history(known.id)
        accepted = self._state.accepted(known.id)
        return Claim(
            notification_id=known.id,
            fence=known.fence + 1,
            attempts=known.attempts + 1,
            losses=stored.losses,
            channel=known.channel,
            type=known.type,
            recipient=recipient,
            recipient_number=self._state.recipient_numbers.get(recipient.id, 0),
            content_id=stored.content_id,
            expires_at=known.expires_at,
            topic=known.topic,
            variables=known.variables,
            suppressed=self._state.suppressed(recipient, known.channel, request.stopped_by, known.type, known.topic),
            preferences=self._state.preferences.get(known.recipient_id, NO_PREFERENCES),
            revision=self._state.revisions[known.recipient_id],
            capped_days=_capped_days(known, request, places),
            settled=frozenset(one.address for one in (*accepted, *_refused(history, stored))),
            accepted_before=bool(accepted),
            may_be_out=stored.may_be_out,
            down_at=_down_at(history, stored),
        )

    def _begin(self, hold: Hold, places: Places) -> bool:
        """Begin one hand-over if it may go, and take its place."""
        stored = self._state.notifications.get(hold.notification_id)
        if stored is None or stored.notification.fence != hold.fence or stored.lease_until is None:
            return False
        known = stored.notification
        if known.cancel_requested or self._state.revisions[known.recipient_id] != hold.revision:
            return False
        listed = {address: self._state.suppressions_of(known.channel, address) for address in hold.addresses}
        if suppressed_for(listed, hold.stopped_by, known.type, known.topic):
            return False
        if hold.cap is not None:
            taken = places.days(known.recipient_id, known.type, hold.cap.first_day, test=known.test, but=known.id)
            if len(taken) >= hold.cap.number:
                return False
            places.take(stored, hold.cap.day)
            stored.capped_on = hold.cap.day
        stored.begun = True
        return True

    def _lost(self, stored: StoredNotification) -> LostClaim:
        known = stored.notification
        return LostClaim(
            notification_id=known.id,
            fence=known.fence,
            attempts=known.attempts,
            losses=stored.losses,
            channel=known.channel,
            type=known.type,
            expires_at=known.expires_at,
            begun=stored.begun,
            owner_is_dead=self._owner_is_dead(stored),
            accepted_before=bool(self._state.accepted(known.id)),
            may_be_out=stored.may_be_out,
            test=known.test,
        )

    def _write(self, conclusion: Conclusion, now: datetime) -> Event | None:
        """Write one conclusion and return its step; of a stale one, only what happened to its addresses."""
        stored = self._state.notifications.get(conclusion.notification_id)
        if stored is None:
            return None
        known = stored.notification
        is_current = known.fence == conclusion.fence
        is_held = is_current and known.status is Status.SENDING
        self._keep_history(stored, conclusion.hand_overs, now, is_held=is_held)
        step = conclusion.step(known.status, cancel_requested=known.cancel_requested) if is_current else None
        if not is_held and self._state.has_bounced(known.id, conclusion.fence):
            step = None
        if step is not None:
            self._conclude(stored, step, conclusion, now)
        for suppression in conclusion.suppressions:
            suppress(self._state, suppression, known.recipient_id)
        if is_erased(known.recipient_id):
            forget_notification(self._state, stored)
        return step

    def _conclude(self, stored: StoredNotification, step: Event, conclusion: Conclusion, now: datetime) -> None:
        known = stored.notification
        self._state.step(stored, step, after(known.status, step), now)
        stored.losses += conclusion.lost
        stored.may_be_out = conclusion.may_be_out
        stored.notification = evolve(
            stored.notification,
            attempts=known.attempts if conclusion.spent else max(0, known.attempts - 1),
            next_attempt_at=conclusion.next_attempt_at or known.next_attempt_at,
            reason=conclusion.reason,
        )

    def _keep_history(
        self, stored: StoredNotification, hand_overs: Sequence[HandOver], now: datetime, *, is_held: bool
    ) -> None:
        """Add to the history; what is concluded late may have been named by a receipt before."""
        for one in hand_overs:
            named = one if is_held else evolve(one, provider_id=one.provider_id or told_provider_id(self._state, one))
            self._state.keep_hand_over(stored, named, now)
        name_as_provider_does(self._state, stored)


def _capped_days(known: Notification, request: ClaimRequest, places: Places | None) -> tuple[date, ...]:
    if places is None or request.capped_since is None:
        return ()
    return places.days(known.recipient_id, known.type, request.capped_since, test=known.test, but=known.id)


def _urgency(stored: StoredNotification) -> tuple[datetime, int]:
    return stored.notification.next_attempt_at, stored.notification.id


def _refused(history: Sequence[HandOver], stored: StoredNotification) -> list[HandOver]:
    """Return what was refused: that is the last word on its address until somebody revives it."""
    return [one for one in history if one.outcome in _REFUSED and one.fence > stored.budget_began_at]


def _down_at(history: Sequence[HandOver], stored: StoredNotification) -> frozenset[str]:
    return frozenset(one.gateway for one in history if one.outcome == _DOWN and one.fence > stored.budget_began_at)
