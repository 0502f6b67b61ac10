"""Lanes in SQLite."""

import sqlite3
from collections.abc import Sequence

from attrs import frozen

from adapters.sqlite.campaign_rows import campaign_by_id
from adapters.sqlite.database import Database
from adapters.sqlite.lane_standings import SELECT_STANDINGS, standings
from adapters.sqlite.news import News
from adapters.sqlite.rows import Parameters
from domain.errors import NotFound
from domain.lane import Lane, LaneName, LaneStanding

# The standing lanes (of tests, those that were used), and those of campaigns in which something may still happen.
SELECT_ALL = SELECT_STANDINGS.format(
    condition="""l.campaign_id IS NULL AND l.test = 0
    OR EXISTS (SELECT 1 FROM gauges AS g WHERE g.lane_id = l.id AND l.campaign_id IS NULL AND g.number > 0)
    OR EXISTS (
         SELECT 1
           FROM gauges AS g
          WHERE g.lane_id = l.id AND g.status IN ('pending', 'sending') AND g.number > 0
       )
    OR EXISTS (SELECT 1 FROM campaigns AS c WHERE c.id = l.campaign_id AND c.status IN ('running', 'paused'))"""
)

# One lane by its name.
SELECT_STANDING = SELECT_STANDINGS.format(
    condition="l.channel = :channel AND l.type = :type AND l.test = :test AND l.campaign_id IS NULL"
)
SELECT_OF_CAMPAIGN = SELECT_STANDINGS.format(
    condition="l.channel = :channel AND l.type = :type AND l.test = :test AND l.campaign_id = :campaign_id"
)

# No claim from now on, whatever becomes of its campaign; or claims again.
PAUSE = "UPDATE lanes SET state = 'paused', paused_by_hand = 1, began_at_ms = NULL WHERE id = :id"
RESUME = "UPDATE lanes SET state = 'open', paused_by_hand = 0 WHERE id = :id"

# Another pace. The bucket is cut to its new size when it is next taken from; without a pace there is none.
PACE = """
UPDATE lanes
   SET rate = :rate,
       tokens = CASE WHEN :rate IS NOT NULL THEN min(tokens, max(1.0, :rate)) END,
       tokens_at_ms = CASE WHEN :rate IS NOT NULL THEN tokens_at_ms END
 WHERE id = :id
"""


@frozen
class SqliteLaneRepository:
    """Keeps lanes in a table (:class:`application.ports.lane_repository.LaneRepository`)."""

    _database: Database
    _news: News

    def all(self) -> Sequence[LaneStanding]:
        """Return the lanes in which something may happen."""
        return self._database.read(lambda connection: standings(connection, SELECT_ALL, {}))

    def get(self, name: LaneName) -> LaneStanding:
        """Return one lane."""
        return self._database.read(lambda connection: _get(connection, name))

    def pause(self, name: LaneName) -> LaneStanding:
        """Let nothing be claimed from a lane."""
        return self._database.write(lambda connection: _changed(connection, name, PAUSE))

    def resume(self, name: LaneName) -> LaneStanding:
        """Let a lane be claimed from again."""

        def resume(connection: sqlite3.Connection) -> LaneStanding:
            lane = _get(connection, name).lane
            if lane.campaign_id is not None:
                campaign_by_id(connection, lane.campaign_id).require_lanes_free()
            return _changed(connection, name, RESUME)

        resumed = self._database.write(resume)
        self._news.tell()
        return resumed

    def pace(self, name: LaneName, rate: float | None) -> LaneStanding:
        """Let a lane give no more than *rate* notifications a second."""
        return self._database.write(lambda connection: _changed(connection, name, PACE, rate=rate))


def _get(connection: sqlite3.Connection, name: LaneName) -> LaneStanding:
    statement = SELECT_STANDING if name.campaign_id is None else SELECT_OF_CAMPAIGN
    parameters: Parameters = {
        "channel": name.channel,
        "type": name.type,
        "campaign_id": name.campaign_id,
        "test": name.test,
    }
    found = standings(connection, statement, parameters)
    if not found:
        raise NotFound("lane", str(name))
    return found[0]


def _changed(connection: sqlite3.Connection, name: LaneName, statement: str, **values: float | None) -> LaneStanding:
    """Return the lane of this name after *statement*, unless it was closed for good."""
    lane: Lane = _get(connection, name).lane
    lane.require_steerable()
    connection.execute(statement, {"id": lane.id, **values})
    return _get(connection, name)
