"""Reports over SQLite, counted from the notifications and their history."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from attrs import frozen

from adapters.sqlite.database import Database
from adapters.sqlite.rows import Parameters, to_ms
from application.ports.report_repository import Grouping, ReportRow

# What each grouping calls the group of a notification, and what it needs for that.
_GROUPS: Final[Mapping[Grouping | None, tuple[str, str]]] = {
    None: ("'all'", ""),
    Grouping.CHANNEL: ("l.channel", "JOIN lanes AS l ON l.id = n.lane_id"),
    Grouping.TYPE: ("l.type", "JOIN lanes AS l ON l.id = n.lane_id"),
    Grouping.CAMPAIGN: ("g.name", "JOIN campaigns AS g ON g.id = n.campaign_id"),
    Grouping.DAY: ("strftime('%Y-%m-%d', n.created_at_ms / 1000, 'unixepoch')", ""),
    Grouping.GATEWAY: (
        "g.gateway",
        """JOIN (SELECT DISTINCT notification_id, gateway FROM hand_overs WHERE gateway <> '') AS g
      ON g.notification_id = n.id""",
    ),
}

# The notifications that count, each with the name of its group.
_MEMBERS = """
WITH member (id, name, status, attempts, due_at_ms) AS (
  SELECT n.id, {name}, n.status, n.attempts, max(n.send_at_ms, n.created_at_ms)
    FROM notifications AS n {joins}
   WHERE n.created_at_ms >= :since_ms
)
"""

# How many there are of each status, and how many of them had more than one attempt.
COUNT_STATUSES = """{members}
SELECT name, status, count(*), count(*) FILTER (WHERE attempts > 1) FROM member GROUP BY name, status
"""

# How many hand-overs there were.
COUNT_HAND_OVERS = """{members}
SELECT member.name, count(*)
  FROM member
  JOIN hand_overs AS h ON h.notification_id = member.id {of_gateway}
 GROUP BY member.name
"""

# The nearest rank of the time from due to the first acceptance: the smallest that so many percent do not exceed.
SELECT_LATENCIES = """{members}
, latency (name, ms) AS (
  SELECT member.name, min(h.at_ms) - member.due_at_ms
    FROM member
    JOIN hand_overs AS h ON h.notification_id = member.id AND h.outcome = 'accepted' {of_gateway}
   GROUP BY member.name, member.id
),
ranked (name, ms, rank, size) AS (
  SELECT name, ms, row_number() OVER (PARTITION BY name ORDER BY ms), count(*) OVER (PARTITION BY name) FROM latency
)
SELECT name, max(ms) FILTER (WHERE rank = (50 * size + 99) / 100), max(ms) FILTER (WHERE rank = (95 * size + 99) / 100)
  FROM ranked
 GROUP BY name
"""

_BEFORE_EVERYTHING_MS = -(1 << 62)


@frozen
class SqliteReportRepository:
    """Counts what is in tables (:class:`application.ports.report_repository.ReportRepository`)."""

    _database: Database

    def summary(self, since: datetime | None, by: Grouping | None) -> Sequence[ReportRow]:
        """Return a row a group, by name; without *by* one row whose group is ``all``."""
        parameters = {"since_ms": _BEFORE_EVERYTHING_MS if since is None else to_ms(since)}
        return self._database.read(lambda connection: _summary(connection, by, parameters))


def _summary(connection: sqlite3.Connection, by: Grouping | None, parameters: Parameters) -> Sequence[ReportRow]:
    name, joins = _GROUPS[by]
    members = _MEMBERS.format(name=name, joins=joins)
    of_gateway = "AND h.gateway = member.name" if by is Grouping.GATEWAY else ""

    def rows(statement: str) -> sqlite3.Cursor:
        return connection.execute(statement.format(members=members, of_gateway=of_gateway), parameters)

    statuses: dict[str, dict[str, int]] = defaultdict(dict)
    retried: dict[str, int] = defaultdict(int)
    if by is None:
        statuses["all"] = {}
    for group, status, count, retried_count in rows(COUNT_STATUSES):
        statuses[group][status] = count
        retried[group] += retried_count
    attempts = dict(rows(COUNT_HAND_OVERS))
    latencies = {group: (p50, p95) for group, p50, p95 in rows(SELECT_LATENCIES)}
    return [
        ReportRow(
            group=group,
            total=sum(statuses[group].values()),
            statuses=statuses[group],
            retried=retried[group],
            attempts=attempts.get(group, 0),
            latency_p50_ms=latencies.get(group, (None, None))[0],
            latency_p95_ms=latencies.get(group, (None, None))[1],
        )
        for group in sorted(statuses)
    ]
