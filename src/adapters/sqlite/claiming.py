"""Claiming: what is due becomes sending, with all that the gates and the renderer need, in one transaction.

What fetches or changes many rows is one step of SQLite, which then works beside Python: rows leave as one JSON array,
and arrive as one (https://docs.python.org/3/glossary.html#term-global-interpreter-lock).
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import frozen

from adapters.sqlite.capping import to_day
from adapters.sqlite.contents import attachments_of
from adapters.sqlite.counting import Counts
from adapters.sqlite.due_rows import DUE, ClaimsOfRows, Earlier, urgency
from adapters.sqlite.gateway_repository import health_of, pace_of, put_health, put_pace
from adapters.sqlite.receiving import CAME_BACK
from adapters.sqlite.rows import (
    CONTENT_COLUMNS,
    LANE_COLUMNS,
    Parameters,
    Row,
    content_of,
    from_ms,
    lane_of,
    to_json,
    to_ms,
    variables_of,
)
from adapters.sqlite.suppressed_sql import reasons_json
from application.ports.dispatch_queue import Claimed, ClaimRequest
from domain.claim import LOSSES_MAX
from domain.content import Content
from domain.gateway_health import GatewayHealth
from domain.lane import Lane, LaneState
from domain.lifecycle import Event, Status
from domain.token_bucket import TokenBucket

# The lane as it stands now, with its pace, and with what the template of its campaign is filled in with.
SELECT_LANE = f"""
SELECT l.tokens, l.tokens_at_ms, (SELECT k.variables FROM campaigns AS k WHERE k.id = l.campaign_id), {LANE_COLUMNS}
  FROM lanes AS l
 WHERE l.id = :lane_id
"""  # noqa: S608  (constant text)

# A lane of a campaign begins, or begins again after a pause: from then on it is measured how fast it goes.
BEGIN_LANE = """
UPDATE lanes
   SET began_at_ms = :now_ms,
       ended_before = (
         SELECT coalesce(sum(number), 0)
           FROM gauges
          WHERE lane_id = :lane_id AND status NOT IN ('pending', 'sending', 'cancelled')
       )
 WHERE id = :lane_id AND began_at_ms IS NULL
"""

# What is left of a lane's pace.
UPDATE_PACE = "UPDATE lanes SET tokens = :tokens, tokens_at_ms = :tokens_at_ms WHERE id = :lane_id"

# What a claim does to them.
CLAIM = """
UPDATE notifications
   SET status = 'sending', attempts = attempts + 1, fence = fence + 1, owner = :owner, lease_until_ms = :lease_until_ms
 WHERE id IN (SELECT value FROM json_each(:ids))
"""

# What claims say.
SELECT_CONTENTS = f"""
SELECT c.id, c.attachments, {CONTENT_COLUMNS} FROM contents AS c WHERE c.id IN (SELECT value FROM json_each(:ids))
"""  # noqa: S608  (constant text)

# What earlier attempts left: an acceptance is for ever unless it came back, anything else until somebody revives it.
SELECT_EARLIER = f"""
SELECT h.notification_id, h.fence, h.gateway, h.address, h.outcome
  FROM hand_overs AS h
 WHERE h.notification_id IN (SELECT value FROM json_each(:ids))
   AND h.outcome IN ('accepted', 'rejected', 'unreachable', 'gateway_down')
   AND NOT (h.outcome = 'accepted' AND {CAME_BACK})
"""  # noqa: S608  (constant text)


@frozen
class _Paces:
    """The buckets that bound a claim, and the gateway's health: how much they allow, and what a claim leaves of them.

    What was allowed and not needed stays in the buckets.
    """

    lane: TokenBucket | None
    gateway: TokenBucket | None
    health: GatewayHealth

    def allow(self, wanted: int, now: datetime) -> int:
        allowed = self.health.admits(wanted, now)
        for bucket in (self.lane, self.gateway):
            if bucket is not None and allowed:
                allowed, _ = bucket.take(allowed, now)
        return allowed

    def again_at(self, now: datetime) -> datetime | None:
        """Return when the slowest of them gives something again; None if that is now."""
        moments = [bucket.again_at(now) for bucket in (self.lane, self.gateway) if bucket is not None]
        resting = self.health.again_at(now)
        return max((at for at in (*moments, resting) if at is not None and at > now), default=None)


def claim(connection: sqlite3.Connection, request: ClaimRequest) -> Claimed:
    """Claim as *request* says, within the transaction of *connection*."""
    row = connection.execute(SELECT_LANE, {"lane_id": request.lane.id}).fetchone()
    lane = None if row is None else lane_of(row[3:])
    if lane is None or lane.state is not LaneState.OPEN:
        return Claimed([], {})
    paces = _paces(connection, request, lane, row)
    allowed = paces.allow(request.limit, request.now)
    rows = _take(connection, request, allowed, paces.health) if allowed else []
    rest = _spend(connection, request, lane, paces, len(rows))
    again_at = rest.again_at(request.now) if len(rows) == allowed < request.limit else None
    if not rows:
        return Claimed([], {}, again_at)
    counts = Counts()
    counts.stepped(lane.id, Status.PENDING, Event.CLAIM, Status.SENDING, len(rows))
    counts.write(connection, request.now)
    if lane.campaign_id is not None:
        connection.execute(BEGIN_LANE, {"lane_id": lane.id, "now_ms": to_ms(request.now)})
    claims = ClaimsOfRows(lane, rows, _earlier(connection, rows), variables_of(row[2]))
    return Claimed(claims, _contents(connection, rows), again_at)


def _paces(connection: sqlite3.Connection, request: ClaimRequest, lane: Lane, row: Row) -> _Paces:
    tokens, tokens_at_ms = row[:2]
    bucket = None
    if lane.rate is not None:
        known = None if tokens is None else TokenBucket(rate=lane.rate, tokens=tokens, at=from_ms(tokens_at_ms))
        bucket = known or TokenBucket.full(lane.rate, request.now)
    rate = request.rate
    return _Paces(
        bucket,
        None if rate is None else pace_of(connection, request.gateway, rate, request.now),
        health_of(connection, request.gateway),
    )


def _spend(connection: sqlite3.Connection, request: ClaimRequest, lane: Lane, paces: _Paces, taken: int) -> _Paces:
    """Write what *taken* messages leave of the paces, and return it; who took nothing writes nothing."""
    now = request.now
    lane_rest = gateway_rest = None
    if paces.lane is not None:
        _, lane_rest = paces.lane.take(taken, now)
        if taken or lane_rest.at < paces.lane.at:  # a clock that was set back counts from where it is now
            parameters = {"lane_id": lane.id, "tokens": lane_rest.tokens, "tokens_at_ms": to_ms(lane_rest.at)}
            connection.execute(UPDATE_PACE, parameters)
    if paces.gateway is not None:
        _, gateway_rest = paces.gateway.take(taken, now)
        if taken or gateway_rest.at < paces.gateway.at:
            put_pace(connection, request.gateway, gateway_rest)
    health = paces.health.claimed(taken, now + request.lease)
    if health != paces.health:
        put_health(connection, health)
    return _Paces(lane_rest, gateway_rest, health)


def _take(connection: sqlite3.Connection, request: ClaimRequest, limit: int, health: GatewayHealth) -> list[Row]:
    """Return the rows claimed: one suspect if there is any, else up to *limit* others, in the order due."""
    parameters: Parameters = {
        "losses_max": LOSSES_MAX - 1 if request.last_chances else LOSSES_MAX - 2,
        "lane_id": request.lane.id,
        "owner": request.owner,
        "now_ms": to_ms(request.now),
        "lease_until_ms": to_ms(request.now + request.lease),
        "limit": limit,
        "stopped_by": reasons_json(request.stopped_by),
        "type": request.lane.type,
    }
    if request.capped_since is not None:
        parameters |= {"test": request.lane.test, "capped_since": to_day(request.capped_since)}
    rows = _first(connection, request, parameters, health.opened_by if health.is_down else None)
    if rows:
        connection.execute(CLAIM, {**parameters, "ids": to_json([row[0] for row in rows])})
        rows.sort(key=urgency)
    return rows


def _first(connection: sqlite3.Connection, request: ClaimRequest, parameters: Parameters, but: int | None) -> list[Row]:
    """Return what is due first; the notification *but* only where no other one is."""
    capped = request.capped_since is not None
    for leaves_out in (True, False) if but is not None else (False,):
        for suspect in (True, False):
            values = {**parameters, "limit": 1 if suspect else parameters["limit"]}
            if leaves_out:
                values["but"] = but
            rows: list[Row] = json.loads(
                connection.execute(DUE[request.lane.channel, suspect, leaves_out, capped], values).fetchone()[0]
            )
            if rows:
                return rows
    return []


def _contents(connection: sqlite3.Connection, rows: Sequence[Row]) -> Mapping[int, Content]:
    found = connection.execute(SELECT_CONTENTS, {"ids": to_json(list({row[4] for row in rows}))})
    kept = found.fetchall()
    with_files = [row[0] for row in kept if row[1]]
    files = attachments_of(connection, with_files) if with_files else {}
    return {row[0]: content_of(row[2:], files.get(row[0], ())) for row in kept}


def _earlier(connection: sqlite3.Connection, rows: Sequence[Row]) -> Mapping[int, Earlier]:
    """Return what earlier claims left; nobody asks for those that were never claimed before."""
    revived_at = {row[0]: row[8] for row in rows if row[1] > 1}
    if not revived_at:
        return {}
    found: dict[int, Earlier] = {}
    hand_overs = connection.execute(SELECT_EARLIER, {"ids": to_json(list(revived_at))})
    for number, fence, gateway, address, outcome in hand_overs:
        is_accepted = outcome == "accepted"
        if fence <= revived_at[number] and not is_accepted:
            continue
        earlier = found.setdefault(number, Earlier())
        if outcome == "gateway_down":
            earlier.down_at.add(gateway)
        else:
            earlier.settled.add(address)
            earlier.accepted |= is_accepted
    return found
