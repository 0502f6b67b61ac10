"""Reports over what is in memory."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import assert_never

from attrs import frozen

from adapters.memory.state import MemoryState
from application.ports.report_repository import Grouping, ReportRow
from domain.hand_over import HandOver
from domain.notification import Notification
from domain.outcome import NAMES, Accepted

_ACCEPTED = NAMES[Accepted]
_MILLISECOND = timedelta(milliseconds=1)


@frozen
class _Entry:
    """One notification with the hand-overs that count for one group."""

    notification: Notification
    hand_overs: Sequence[HandOver]


@frozen
class MemoryReportRepository:
    """Counts what is in dicts (:class:`application.ports.report_repository.ReportRepository`)."""

    _state: MemoryState

    def summary(self, since: datetime | None, by: Grouping | None) -> Sequence[ReportRow]:
        """Return a row a group, by name; without *by* one row whose group is ``all``."""
        with self._state.lock:
            entries = [
                _Entry(stored.notification, self._state.history(number))
                for number, stored in self._state.notifications.items()
                if since is None or stored.notification.created_at >= since
            ]
            groups: dict[str, list[_Entry]] = defaultdict(list)
            if by is None:
                groups["all"] = entries
            else:
                for entry in entries:
                    for name, part in self._parts(entry, by):
                        groups[name].append(part)
        return [_row(name, groups[name]) for name in sorted(groups)]

    def _parts(self, entry: _Entry, by: Grouping) -> Iterable[tuple[str, _Entry]]:
        """Yield the groups that *entry* belongs to; only by gateway may there be several."""
        one = entry.notification
        match by:
            case Grouping.CHANNEL:
                yield one.channel, entry
            case Grouping.TYPE:
                yield one.type, entry
            case Grouping.DAY:
                yield one.created_at.astimezone(UTC).date().isoformat(), entry
            case Grouping.CAMPAIGN:
                if one.campaign_id is not None:
                    yield self._state.campaign(one.campaign_id).campaign.name, entry
            case Grouping.GATEWAY:
                for gateway in {hand_over.gateway for hand_over in entry.hand_overs if hand_over.gateway}:
                    yield gateway, _Entry(one, [each for each in entry.hand_overs if each.gateway == gateway])
            case _:
                assert_never(by)


def _row(group: str, entries: Sequence[_Entry]) -> ReportRow:
    latencies = sorted(latency for latency in map(_latency_ms, entries) if latency is not None)
    return ReportRow(
        group=group,
        total=len(entries),
        statuses=dict(Counter(str(entry.notification.status) for entry in entries)),
        retried=sum(entry.notification.attempts > 1 for entry in entries),
        attempts=sum(len(entry.hand_overs) for entry in entries),
        latency_p50_ms=_percentile(latencies, 0.50),
        latency_p95_ms=_percentile(latencies, 0.95),
    )


def _latency_ms(entry: _Entry) -> int | None:
    accepted = [hand_over.at for hand_over in entry.hand_overs if hand_over.outcome == _ACCEPTED]
    due_at = max(entry.notification.send_at, entry.notification.created_at)
    return (min(accepted) - due_at) // _MILLISECOND if accepted else None


def _percentile(ordered: Sequence[int], share: float) -> int | None:
    """Return the nearest rank: the smallest value that *share* of all do not exceed."""
    return ordered[ceil(share * len(ordered)) - 1] if ordered else None
