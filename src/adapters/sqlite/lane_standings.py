"""How lanes stand: read from the gauges, so that it costs the same however many notifications there are."""

import json
import sqlite3
from typing import Final

from adapters.sqlite.rows import LANE_COLUMNS, Parameters, Row, lane_of, moment_or_none
from adapters.sqlite.waiting_lanes import LAST_READY, LAST_SUSPECT, NEXT_READY, NEXT_SUSPECT
from domain.lane import LaneStanding
from domain.lifecycle import Status

# Lanes with their gauges, with what falls due next and last, and with when they began, the standing ones first.
SELECT_STANDINGS: Final = f"""
SELECT (SELECT json_group_object(g.status, g.number) FROM gauges AS g WHERE g.lane_id = l.id AND g.number > 0),
       ({NEXT_READY}),
       ({NEXT_SUSPECT}),
       ({LAST_READY}),
       ({LAST_SUSPECT}),
       l.began_at_ms, l.ended_before,
       {LANE_COLUMNS}
  FROM lanes AS l
 WHERE {{condition}}
 ORDER BY l.campaign_id IS NOT NULL, l.id
"""  # noqa: S608  (constant text)

_LANE: Final = 7  # where the columns of the lane begin

# The lanes of one campaign.
SELECT_OF_CAMPAIGN: Final = SELECT_STANDINGS.format(condition="l.campaign_id = :campaign_id")


def standings_of_campaign(connection: sqlite3.Connection, campaign_id: int) -> list[LaneStanding]:
    """Return how the lanes of a campaign stand."""
    return standings(connection, SELECT_OF_CAMPAIGN, {"campaign_id": campaign_id})


def standings(connection: sqlite3.Connection, statement: str, parameters: Parameters) -> list[LaneStanding]:
    """Return how the lanes stand that *statement* selects."""
    return [_standing_of(row) for row in connection.execute(statement, parameters)]


def _standing_of(row: Row) -> LaneStanding:
    gauges, *moments, began_at_ms, ended_before = row[:_LANE]
    next_due = [one for one in moments[:2] if one is not None]
    last_due = [one for one in moments[2:] if one is not None]
    return LaneStanding(
        lane=lane_of(row[_LANE:]),
        statuses={Status(word): number for word, number in json.loads(gauges).items()},
        next_due=moment_or_none(min(next_due, default=None)),
        last_due=moment_or_none(max(last_due, default=None)),
        began_at=moment_or_none(began_at_ms),
        ended_before=ended_before,
    )
