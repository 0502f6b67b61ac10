"""Lanes in memory."""

from collections.abc import Sequence

from attrs import evolve, frozen

from adapters.memory.state import MemoryState
from domain.campaign import CampaignStatus
from domain.errors import NotFound
from domain.lane import Lane, LaneName, LaneStanding, LaneState
from domain.lifecycle import Status

_BEGUN = (CampaignStatus.RUNNING, CampaignStatus.PAUSED)


@frozen
class MemoryLaneRepository:
    """Keeps lanes in a dict (:class:`application.ports.lane_repository.LaneRepository`)."""

    _state: MemoryState

    def all(self) -> Sequence[LaneStanding]:
        """Return the lanes in which something may happen."""
        with self._state.lock:
            standings = [standing_of(self._state, lane) for lane in self._state.lanes.values()]
            return [one for one in standings if one.waiting or one.sending or self._may_get_more(one.lane)]

    def get(self, name: LaneName) -> LaneStanding:
        """Return one lane."""
        with self._state.lock:
            return standing_of(self._state, self._lane(name))

    def pause(self, name: LaneName) -> LaneStanding:
        """Let nothing be claimed from a lane."""
        with self._state.lock:
            lane = self._steerable(name)
            self._state.lanes_paused_by_hand.add(lane.id)
            self._state.lane_begins.pop(lane.id, None)
            return self._keep(evolve(lane, state=LaneState.PAUSED))

    def resume(self, name: LaneName) -> LaneStanding:
        """Let a lane be claimed from again."""
        with self._state.lock:
            lane = self._steerable(name)
            if lane.campaign_id is not None:
                self._state.campaign(lane.campaign_id).campaign.require_lanes_free()
            self._state.lanes_paused_by_hand.discard(lane.id)
            self._state.tell()
            return self._keep(evolve(lane, state=LaneState.OPEN))

    def pace(self, name: LaneName, rate: float | None) -> LaneStanding:
        """Let a lane give no more than *rate* notifications a second."""
        with self._state.lock:
            lane = self._steerable(name)
            bucket = self._state.lane_paces.pop(lane.id, None)
            if bucket is not None and rate is not None:
                self._state.lane_paces[lane.id] = bucket.at_rate(rate)
            return self._keep(evolve(lane, rate=rate))

    def _may_get_more(self, lane: Lane) -> bool:
        if lane.campaign_id is None:
            return not lane.test or any(self._state.gauges[lane.id, status] for status in Status)
        return self._state.campaign(lane.campaign_id).campaign.status in _BEGUN

    def _steerable(self, name: LaneName) -> Lane:
        lane = self._lane(name)
        lane.require_steerable()
        return lane

    def _lane(self, name: LaneName) -> Lane:
        found = [lane for lane in self._state.lanes.values() if lane.name == str(name)]
        if not found:
            raise NotFound("lane", str(name))
        return found[0]

    def _keep(self, lane: Lane) -> LaneStanding:
        self._state.lanes[lane.id] = lane
        return standing_of(self._state, lane)


def standing_of(state: MemoryState, lane: Lane) -> LaneStanding:
    """Return how *lane* stands; the caller holds the lock."""
    waiting = [one.notification.next_attempt_at for one in state.waiting.get(lane.id, {}).values()]
    began_at, ended_before = state.lane_begins.get(lane.id, (None, 0))
    return LaneStanding(
        lane=lane,
        statuses={status: number for status in Status if (number := state.gauges[lane.id, status])},
        next_due=min(waiting, default=None),
        last_due=max(waiting, default=None),
        began_at=began_at,
        ended_before=ended_before,
    )
