"""Claiming: what is due becomes sending, with all that the gates and the renderer need, in one transaction."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from attrs import define, field

from adapters.sqlite.rows import (
    CONTENT_COLUMNS,
    LANE_COLUMNS,
    RECIPIENT_COLUMNS,
    Parameters,
    Row,
    content_of,
    from_ms,
    lane_of,
    recipient_of,
    to_json,
    to_ms,
)
from application.ports.dispatch_queue import Claimed, ClaimRequest
from domain.channel import Channel
from domain.claim import Claim
from domain.content import Content
from domain.lane import Lane, LaneState
from domain.recipient import Recipient
from domain.suppression import suppression_key
from domain.token_bucket import TokenBucket

# The lane as it stands now, with its pace.
SELECT_LANE = f"SELECT l.tokens, l.tokens_at_ms, {LANE_COLUMNS} FROM lanes AS l WHERE l.id = :lane_id"  # noqa: S608  (constant text)

# What is left of a lane's pace.
UPDATE_PACE = "UPDATE lanes SET tokens = :tokens, tokens_at_ms = :tokens_at_ms WHERE id = :lane_id"

# What a claim does to a row. The status is repeated as a literal beside each index, or SQLite does not use it.
_CLAIM = """
UPDATE notifications
   SET status = 'sending', attempts = attempts + 1, fence = fence + 1, owner = :owner, lease_until_ms = :lease_until_ms
 WHERE id IN (
         SELECT id
           FROM notifications INDEXED BY {index}
          WHERE status = 'pending' AND losses {losses} AND lane_id = :lane_id AND next_attempt_at_ms <= :now_ms
          ORDER BY next_attempt_at_ms, id
          LIMIT :limit
       )
RETURNING id, fence, attempts, losses, recipient_seq, content_id, expires_at_ms, topic, may_be_out, revived_at_fence,
          next_attempt_at_ms
"""

# The first one whose dispatcher died holding it; it goes alone, so that it can harm no neighbour.
CLAIM_SUSPECT = _CLAIM.format(index="notifications_suspect", losses="> 0")

# The others of a lane, the earliest due first.
CLAIM_READY = _CLAIM.format(index="notifications_ready", losses="= 0")

# The people that claims are for.
SELECT_RECIPIENTS = f"""
SELECT r.seq, {RECIPIENT_COLUMNS} FROM recipients AS r WHERE r.seq IN (SELECT value FROM json_each(:seqs))
"""  # noqa: S608  (constant text)

# What claims say.
SELECT_CONTENTS = f"""
SELECT c.id, {CONTENT_COLUMNS} FROM contents AS c WHERE c.id IN (SELECT value FROM json_each(:ids))
"""  # noqa: S608  (constant text)

# Which of some addresses must not be used.
SELECT_SUPPRESSED = """
SELECT address
  FROM suppressions
 WHERE channel = :channel AND address IN (SELECT value FROM json_each(:addresses))
"""

# What earlier attempts left: an acceptance is for ever, anything else until somebody revives it.
SELECT_EARLIER = """
SELECT notification_id, fence, gateway, address, outcome
  FROM hand_overs
 WHERE notification_id IN (SELECT value FROM json_each(:ids))
   AND outcome IN ('accepted', 'rejected', 'unreachable', 'gateway_down')
"""


@define
class _Earlier:
    """What earlier attempts of one notification left."""

    settled: set[str] = field(factory=set)
    accepted: bool = False
    down_at: set[str] = field(factory=set)


_NOTHING = _Earlier()


def claim(connection: sqlite3.Connection, request: ClaimRequest) -> Claimed:
    """Claim as *request* says, within the transaction of *connection*."""
    row = connection.execute(SELECT_LANE, {"lane_id": request.lane.id}).fetchone()
    lane = None if row is None else lane_of(row[2:])
    if lane is None or lane.state is not LaneState.OPEN:
        return Claimed([], {})
    if lane.rate is None:
        return _fetched(connection, lane, _take(connection, request, request.limit))
    bucket = _bucket(lane.rate, row, request.now)
    allowed, _ = bucket.take(request.limit, request.now)
    taken = _take(connection, request, allowed) if allowed else []
    _, rest = bucket.take(len(taken), request.now)  # what was allowed and not needed stays
    if taken or rest.at < bucket.at:  # a clock that was set back counts from where it is now
        pace = {"lane_id": lane.id, "tokens": rest.tokens, "tokens_at_ms": to_ms(rest.at)}
        connection.execute(UPDATE_PACE, pace)
    return _fetched(connection, lane, taken)


def suppressed_addresses(connection: sqlite3.Connection, channel: Channel, addresses: Iterable[str]) -> frozenset[str]:
    """Return those of *addresses* that must not be used, as they were given."""
    keys = {address: suppression_key(channel, address) for address in addresses}
    parameters = {"channel": str(channel), "addresses": to_json(list(keys.values()))}
    dead = {row[0] for row in connection.execute(SELECT_SUPPRESSED, parameters)}
    return frozenset(address for address, key in keys.items() if key in dead) if dead else frozenset()


def _bucket(rate: float, row: Row, now: datetime) -> TokenBucket:
    tokens, tokens_at_ms = row[:2]
    if tokens is None:
        return TokenBucket.full(rate, now)
    return TokenBucket(rate=rate, tokens=tokens, at=from_ms(tokens_at_ms))


def _take(connection: sqlite3.Connection, request: ClaimRequest, limit: int) -> list[Row]:
    """Return the rows claimed: one suspect if there is any, else up to *limit* others, in the order due."""
    parameters: Parameters = {
        "lane_id": request.lane.id,
        "owner": request.owner,
        "now_ms": to_ms(request.now),
        "lease_until_ms": to_ms(request.now + request.lease),
        "limit": min(limit, 1),
    }
    rows = connection.execute(CLAIM_SUSPECT, parameters).fetchall()
    if not rows:
        rows = connection.execute(CLAIM_READY, {**parameters, "limit": limit}).fetchall()
        rows.sort(key=lambda row: (row[10], row[0]))  # RETURNING promises no order
    return rows


def _fetched(connection: sqlite3.Connection, lane: Lane, rows: Sequence[Row]) -> Claimed:
    if not rows:
        return Claimed([], {})
    recipients = _recipients(connection, rows)
    addresses = {seq: recipient.addresses(lane.channel) for seq, recipient in recipients.items()}
    every_address = [address for some in addresses.values() for address in some]
    suppressed = suppressed_addresses(connection, lane.channel, every_address)
    earlier = _earlier(connection, rows)
    claims = [
        Claim(
            notification_id=row[0],
            fence=row[1],
            attempts=row[2],
            losses=row[3],
            channel=lane.channel,
            type=lane.type,
            recipient=recipients[row[4]],
            content_id=row[5],
            expires_at=from_ms(row[6]),
            topic=row[7],
            suppressed=suppressed.intersection(addresses[row[4]]) if suppressed else suppressed,
            settled=frozenset((known := earlier.get(row[0], _NOTHING)).settled),
            accepted_before=known.accepted,
            may_be_out=row[8] == 1,
            down_at=frozenset(known.down_at),
        )
        for row in rows
    ]
    return Claimed(claims, _contents(connection, rows))


def _recipients(connection: sqlite3.Connection, rows: Sequence[Row]) -> Mapping[int, Recipient]:
    found = connection.execute(SELECT_RECIPIENTS, {"seqs": to_json([row[4] for row in rows])})
    return {row[0]: recipient_of(row[1:]) for row in found}


def _contents(connection: sqlite3.Connection, rows: Sequence[Row]) -> Mapping[int, Content]:
    found = connection.execute(SELECT_CONTENTS, {"ids": to_json(list({row[5] for row in rows}))})
    return {row[0]: content_of(row[1:]) for row in found}


def _earlier(connection: sqlite3.Connection, rows: Sequence[Row]) -> Mapping[int, _Earlier]:
    """Return what earlier claims left; nobody asks for those that were never claimed before."""
    revived_at = {row[0]: row[9] for row in rows if row[1] > 1}
    if not revived_at:
        return {}
    found: dict[int, _Earlier] = {}
    hand_overs = connection.execute(SELECT_EARLIER, {"ids": to_json(list(revived_at))})
    for number, fence, gateway, address, outcome in hand_overs:
        is_accepted = outcome == "accepted"
        if fence <= revived_at[number] and not is_accepted:
            continue
        earlier = found.setdefault(number, _Earlier())
        if outcome == "gateway_down":
            earlier.down_at.add(gateway)
        else:
            earlier.settled.add(address)
            earlier.accepted |= is_accepted
    return found
