"""How lanes stand: read from the gauges, so that it costs the same however many notifications there are."""

import json
import sqlite3
from typing import Final

from adapters.sqlite.rows import LANE_COLUMNS, Parameters, Row, lane_of, moment_or_none
from adapters.sqlite.waiting_lanes import NEXT_READY, NEXT_SUSPECT
from domain.lane import LaneStanding
from domain.lifecycle import Status

# Lanes with their gauges and what falls due next, the standing ones first.
SELECT_STANDINGS: Final = f"""
SELECT (SELECT json_group_object(g.status, g.number) FROM gauges AS g WHERE g.lane_id = l.id AND g.number > 0),
       ({NEXT_READY}),
       ({NEXT_SUSPECT}),
       {LANE_COLUMNS}
  FROM lanes AS l
 WHERE {{condition}}
 ORDER BY l.campaign_id IS NOT NULL, l.id
"""  # noqa: S608  (constant text)

# The lanes of one campaign.
SELECT_OF_CAMPAIGN: Final = SELECT_STANDINGS.format(condition="l.campaign_id = :campaign_id")


def standings_of_campaign(connection: sqlite3.Connection, campaign_id: int) -> list[LaneStanding]:
    """Return how the lanes of a campaign stand."""
    return standings(connection, SELECT_OF_CAMPAIGN, {"campaign_id": campaign_id})


def standings(connection: sqlite3.Connection, statement: str, parameters: Parameters) -> list[LaneStanding]:
    """Return how the lanes stand that *statement* selects."""
    return [_standing_of(row) for row in connection.execute(statement, parameters)]


def _standing_of(row: Row) -> LaneStanding:
    gauges, ready_ms, suspect_ms = row[:3]
    due_ms = min((one for one in (ready_ms, suspect_ms) if one is not None), default=None)
    return LaneStanding(
        lane=lane_of(row[3:]),
        statuses={Status(word): number for word, number in json.loads(gauges).items()},
        next_due=moment_or_none(due_ms),
    )
