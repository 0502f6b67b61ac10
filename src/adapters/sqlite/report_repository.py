"""Reports over SQLite: sums of the counters and gauges, never a look at a notification."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from attrs import frozen

from adapters.sqlite.database import Database
from adapters.sqlite.rows import status_of
from application.ports.report_repository import Counted, Gauge, Grouping, Tally

_CAMPAIGNS: Final = "JOIN campaigns AS g ON g.id = l.campaign_id"

# What each grouping calls the group of a counter or a gauge, and what it needs for that beside the lane.
_GROUPS: Final[Mapping[Grouping | None, tuple[str, str]]] = {
    None: ("'all'", ""),
    Grouping.CHANNEL: ("l.channel", ""),
    Grouping.TYPE: ("l.type", ""),
    Grouping.CAMPAIGN: ("g.name", _CAMPAIGNS),
    Grouping.DAY: ("date(c.day * 86400, 'unixepoch')", ""),
    Grouping.GATEWAY: ("nullif(c.gateway, '')", ""),
}

# What happened since some day, to tests or to all else.
_SUM_COUNTERS: Final = """
SELECT {group} AS name, c.what, c.bound_ms, sum(c.number)
  FROM counters AS c
  JOIN lanes AS l ON l.id = c.lane_id AND l.test = :test {joins}
 WHERE c.day >= :since AND name IS NOT NULL
 GROUP BY name, c.what, c.bound_ms
"""
SUM_COUNTERS: Final = {by: _SUM_COUNTERS.format(group=group, joins=joins) for by, (group, joins) in _GROUPS.items()}

# How many stand where now, of tests or of all else.
_SUM_GAUGES: Final = """
SELECT {group} AS name, c.status, sum(c.number)
  FROM gauges AS c
  JOIN lanes AS l ON l.id = c.lane_id AND l.test = :test {joins}
 WHERE c.number > 0
 GROUP BY name, c.status
"""
SUM_GAUGES: Final = {
    by: _SUM_GAUGES.format(group=group, joins=joins)
    for by, (group, joins) in _GROUPS.items()
    if by not in (Grouping.DAY, Grouping.GATEWAY)
}

_BEFORE_EVERYTHING: Final = -(1 << 62)
_EPOCH: Final = date(1970, 1, 1)


@frozen
class SqliteReportRepository:
    """Sums what was counted (:class:`application.ports.report_repository.ReportRepository`)."""

    _database: Database

    def counted(self, since: date | None, by: Grouping | None, *, test: bool = False) -> Counted:
        """Return what was counted on the UTC day *since* and later, and how many stand where now."""
        parameters = {"since": _BEFORE_EVERYTHING if since is None else (since - _EPOCH).days, "test": test}
        counters, gauges = self._database.read(
            lambda connection: (
                connection.execute(SUM_COUNTERS[by], parameters).fetchall(),
                connection.execute(SUM_GAUGES[by], {"test": test}).fetchall() if by in SUM_GAUGES else [],
            )
        )
        return Counted(
            [Tally(*row) for row in counters],
            [Gauge(group, status_of(word), number) for group, word, number in gauges],
        )
