"""Reports over what was counted in memory."""

from collections import Counter
from datetime import date

from attrs import frozen

from adapters.memory.state import CounterKey, MemoryState
from application.ports.report_repository import ALL, Counted, Gauge, Grouping, Tally
from domain.lifecycle import Status


@frozen
class MemoryReportRepository:
    """Sums what was counted (:class:`application.ports.report_repository.ReportRepository`)."""

    _state: MemoryState

    def counted(self, since: date | None, by: Grouping | None, *, test: bool = False) -> Counted:
        """Return what was counted on the UTC day *since* and later, and how many stand where now."""
        tallies: Counter[tuple[str, str, int]] = Counter()
        gauges: Counter[tuple[str, Status]] = Counter()
        with self._state.lock:
            for key, number in self._state.counters.items():
                group = self._group_of_counter(key, by)
                if (
                    self._state.lanes[key.lane_id].test is test
                    and group is not None
                    and (since is None or key.day >= since)
                ):
                    tallies[group, key.what, key.bound_ms] += number
            for (lane_id, status), number in self._state.gauges.items():
                group = self._group_of_lane(lane_id, by)
                if self._state.lanes[lane_id].test is test and group is not None and number:
                    gauges[group, status] += number
        return Counted(
            [Tally(*what, number) for what, number in tallies.items()],
            [Gauge(*where, number) for where, number in gauges.items()],
        )

    def _group_of_counter(self, key: CounterKey, by: Grouping | None) -> str | None:
        match by:
            case Grouping.DAY:
                return key.day.isoformat()
            case Grouping.GATEWAY:
                return key.gateway or None
            case _:
                return self._group_of_lane(key.lane_id, by)

    def _group_of_lane(self, lane_id: int, by: Grouping | None) -> str | None:
        lane = self._state.lanes[lane_id]
        match by:
            case None:
                return ALL
            case Grouping.CHANNEL:
                return lane.channel.value
            case Grouping.TYPE:
                return lane.type.value
            case Grouping.CAMPAIGN if lane.campaign_id is not None:
                return self._state.campaign(lane.campaign_id).campaign.name
            case _:
                return None
