"""Campaigns in SQLite: an audience becomes notifications inside the store."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from adapters.sqlite.audience_sql import (
    AudienceSql,
    audience_from_json,
    audience_to_json,
    compile_audience,
    counts,
    usable,
)
from adapters.sqlite.contents import keep_content
from adapters.sqlite.database import Database
from adapters.sqlite.rows import Parameters, Row, channel_of, from_ms, to_json, to_ms, type_of
from domain.audience import Listed
from domain.campaign import Campaign, CampaignStatus, NewCampaign, Reach
from domain.channel import Channel
from domain.errors import Conflict, NotFound

CHUNK_FIRST: Final = 2_000
CHUNK_MIN: Final = 100
CHUNK_MAX: Final = 50_000
CHUNK_TARGET_S: Final = 0.05
"""So long may one chunk keep other writers waiting."""

_COLUMNS: Final = """
       id, name, channels, type, status, send_at_ms, expires_at_ms, created_at_ms, considered, total, created,
       no_address, suppressed
"""
SELECT_BY_ID = f"SELECT {_COLUMNS} FROM campaigns WHERE id = :id"  # noqa: S608  (constant text)
SELECT_BY_NAME = f"SELECT {_COLUMNS} FROM campaigns WHERE name = :name"  # noqa: S608  (constant text)
SELECT_RUNNING = f"SELECT {_COLUMNS} FROM campaigns WHERE status = 'running' ORDER BY id"  # noqa: S608  (constant text)

# A new campaign. Whoever is stored later has a higher seq and does not belong to it.
INSERT_CAMPAIGN = """
INSERT INTO campaigns
       (name, channels, type, content_id, audience, topic, status, send_at_ms, expires_at_ms, created_at_ms,
        last_seq, total)
SELECT :name, :channels, :type, :content_id, :audience, :topic, 'running', :send_at_ms, :expires_at_ms, :created_at_ms,
       coalesce(max(seq), 0), count(*)
  FROM recipients
"""

# The queue of one channel of a campaign.
INSERT_LANE = "INSERT INTO lanes (channel, type, campaign_id, rate) VALUES (:channel, :type, :campaign_id, :rate)"

# Who is on the list of a campaign; ids that name nobody are left out.
INSERT_MEMBERS = """
INSERT INTO campaign_members (campaign_id, seq)
SELECT :campaign_id, seq FROM recipients WHERE id IN (SELECT value FROM json_each(:ids))
"""
COUNT_MEMBERS = (
    "UPDATE campaigns SET total = (SELECT count(*) FROM campaign_members WHERE campaign_id = :id) WHERE id = :id"
)

# The ids of a list that name nobody, in the order listed.
SELECT_UNKNOWN_IDS = """
SELECT value FROM json_each(:ids) WHERE value NOT IN (SELECT id FROM recipients) GROUP BY value ORDER BY min(key)
"""

# Where the cursor of a campaign stands, and what the next chunk is made of.
SELECT_PROGRESS = "SELECT cursor, last_seq, audience, content_id, topic FROM campaigns WHERE id = :id"
SELECT_LANES = "SELECT channel, id FROM lanes WHERE campaign_id = :id"

# The end of the next chunk: so many recipients on, whatever gaps there are.
_CHUNK_END = """
SELECT coalesce(max(seq), :last_seq), count(*)
  FROM (SELECT seq FROM {table} WHERE {condition} seq > :cursor AND seq <= :last_seq ORDER BY seq LIMIT :chunk)
"""
SELECT_CHUNK_END = _CHUNK_END.format(table="recipients", condition="")
SELECT_LISTED_CHUNK_END = _CHUNK_END.format(table="campaign_members", condition="campaign_id = :id AND")

# The recipients of one chunk, before the audience's own conditions.
CHUNK = "recipients AS r WHERE r.seq > :cursor AND r.seq <= :chunk_end"
LISTED_CHUNK = """campaign_members AS m
 CROSS JOIN recipients AS r ON r.seq = m.seq
 WHERE m.campaign_id = :id AND m.seq > :cursor AND m.seq <= :chunk_end"""

# One chunk on one channel.
INSERT_CHUNK = """
INSERT INTO notifications
       (recipient_seq, lane_id, content_id, campaign_id, send_at_ms, next_attempt_at_ms, expires_at_ms, created_at_ms,
        topic)
SELECT r.seq, :lane_id, :content_id, :id, :send_at_ms, :send_at_ms, :expires_at_ms, :now_ms, :topic
  FROM {chunk} AND ({audience}) AND {usable}
"""

# The cursor moves on in the transaction of its chunk.
UPDATE_PROGRESS = """
UPDATE campaigns
   SET cursor = :chunk_end, considered = considered + :considered, created = created + :created,
       no_address = no_address + :no_address, suppressed = suppressed + :suppressed,
       status = CASE WHEN :chunk_end = last_seq THEN 'finished' ELSE status END
 WHERE id = :id
"""

# Stop the cursor and the claims of a campaign, one row each; ask whoever is sending to withdraw what comes back.
CANCEL_CAMPAIGN = "UPDATE campaigns SET status = 'cancelled' WHERE id = :id"
CLOSE_LANES = "UPDATE lanes SET state = 'closed' WHERE campaign_id = :id"
CANCEL_SENDING = """
UPDATE notifications
   SET cancel_requested = 1
 WHERE id IN (
         SELECT n.id
           FROM notifications AS n INDEXED BY notifications_held
          WHERE n.status = 'sending' AND n.lane_id IN (SELECT id FROM lanes WHERE campaign_id = :id)
       )
"""

# Withdraw the next chunk of what is pending in the lanes of a campaign.
_CANCEL_PENDING = """
UPDATE notifications
   SET status = 'cancelled', finished_at_ms = :now_ms
 WHERE id IN (
         SELECT n.id
           FROM notifications AS n INDEXED BY {index}
          WHERE n.status = 'pending' AND n.losses {losses}
            AND n.lane_id IN (SELECT id FROM lanes WHERE campaign_id = :id)
          LIMIT :chunk
       )
"""
CANCEL_PENDING = (
    _CANCEL_PENDING.format(index="notifications_ready", losses="= 0"),
    _CANCEL_PENDING.format(index="notifications_suspect", losses="> 0"),
)


class SqliteCampaignRepository:
    """Keeps campaigns in tables (:class:`application.ports.campaign_repository.CampaignRepository`).

    *elapsed_s* tells seconds since some moment; a chunk is made so large that it takes about 50 ms on this machine.
    """

    def __init__(self, database: Database, elapsed_s: Callable[[], float]) -> None:
        self._database = database
        self._elapsed_s = elapsed_s
        self._chunk = CHUNK_FIRST

    def start(self, campaign: NewCampaign) -> Campaign:
        """Store a campaign with its content, its audience and a lane a channel, and fix who belongs to it."""

        def start(connection: sqlite3.Connection) -> Campaign:
            if connection.execute(SELECT_BY_NAME, {"name": campaign.name}).fetchone():
                raise Conflict(f"a campaign named {campaign.name!r} exists; take another name")
            content_id = keep_content(connection, campaign.content)
            campaign_id = connection.execute(INSERT_CAMPAIGN, _parameters(campaign, content_id)).lastrowid
            assert campaign_id is not None
            for channel in campaign.channels:
                lane = {"channel": channel, "type": campaign.type, "campaign_id": campaign_id, "rate": campaign.rate}
                connection.execute(INSERT_LANE, lane)
            if isinstance(campaign.audience, Listed):
                members = {"campaign_id": campaign_id, "ids": to_json(campaign.audience.ids)}
                connection.execute(INSERT_MEMBERS, members)
                connection.execute(COUNT_MEMBERS, {"id": campaign_id})
            return _get(connection, campaign_id)

        return self._database.write(start)

    def advance(self, campaign_id: int, now: datetime) -> Campaign:
        """Turn the next chunk of the audience into notifications."""
        return self._database.write(lambda connection: self._advance(connection, campaign_id, to_ms(now)))

    def unfinished(self) -> Sequence[Campaign]:
        """Return the running campaigns whose audience is not yet through."""
        rows = self._database.read(lambda connection: connection.execute(SELECT_RUNNING).fetchall())
        return [_campaign_of(row) for row in rows]

    def reach(self, campaign: NewCampaign) -> Sequence[Reach]:
        """Return, a channel each, how many *campaign* would reach now."""
        audience = compile_audience(campaign.audience)
        statement = counting("recipients AS r WHERE TRUE", campaign.channels, audience)
        matching, *numbers = self._database.read(
            lambda connection: connection.execute(statement, audience.parameters).fetchone()
        )
        return [
            Reach(channel=channel, would_get=may, no_address=matching - has, suppressed=has - may)
            for channel, has, may in zip(campaign.channels, numbers[::2], numbers[1::2], strict=True)
        ]

    def unknown_ids(self, campaign: NewCampaign) -> Sequence[str]:
        """Return the ids of a listed audience that name no recipient, in the order listed."""
        if not isinstance(campaign.audience, Listed):
            return []
        parameters = {"ids": to_json(campaign.audience.ids)}
        rows = self._database.read(lambda connection: connection.execute(SELECT_UNKNOWN_IDS, parameters).fetchall())
        return [row[0] for row in rows]

    def get(self, campaign_id: int) -> Campaign:
        """Return one campaign."""
        return self._database.read(lambda connection: _get(connection, campaign_id))

    def find(self, name: str) -> Campaign | None:
        """Return the campaign of this name, or None."""
        row = self._database.read(lambda connection: connection.execute(SELECT_BY_NAME, {"name": name}).fetchone())
        return None if row is None else _campaign_of(row)

    def cancel(self, campaign_id: int, now: datetime) -> int:
        """Stop the cursor, close the lanes and cancel what is pending.

        These are several transactions, so that others may write between them. The first one stops everything; if the
        process dies after it, nothing more is sent, and another call withdraws the rest.
        """

        def stop(connection: sqlite3.Connection) -> None:
            _get(connection, campaign_id)
            for statement in (CANCEL_CAMPAIGN, CLOSE_LANES, CANCEL_SENDING):
                connection.execute(statement, {"id": campaign_id})

        self._database.write(stop)
        withdrawn = 0
        for statement in CANCEL_PENDING:
            while some := self._cancel_chunk(statement, campaign_id, now):
                withdrawn += some
        return withdrawn

    def _cancel_chunk(self, statement: str, campaign_id: int, now: datetime) -> int:
        parameters = {"id": campaign_id, "now_ms": to_ms(now), "chunk": CHUNK_FIRST}
        return self._database.write(lambda connection: connection.execute(statement, parameters).rowcount)

    def _advance(self, connection: sqlite3.Connection, campaign_id: int, now_ms: int) -> Campaign:
        campaign = _get(connection, campaign_id)
        if campaign.status is not CampaignStatus.RUNNING:
            return campaign
        began_s = self._elapsed_s()
        considered = _turn_chunk(connection, campaign, now_ms, self._chunk)
        if considered == self._chunk:  # a smaller one says little
            self._chunk = _next_chunk(self._chunk, self._elapsed_s() - began_s)
        return _get(connection, campaign_id)


def _next_chunk(chunk: int, took_s: float) -> int:
    """Return the size that would have taken the time aimed at, in steps of at most twice or half."""
    wanted = int(chunk * min(2.0, max(0.5, CHUNK_TARGET_S / max(took_s, 1e-6))))
    return min(CHUNK_MAX, max(CHUNK_MIN, wanted))


def _turn_chunk(connection: sqlite3.Connection, campaign: Campaign, now_ms: int, chunk: int) -> int:
    """Turn the next *chunk* recipients into notifications and move the cursor; return how many there were."""
    cursor, last_seq, audience_json, content_id, topic = connection.execute(
        SELECT_PROGRESS, {"id": campaign.id}
    ).fetchone()
    audience = audience_from_json(audience_json)
    is_listed = isinstance(audience, Listed)
    parameters: Parameters = {"id": campaign.id, "cursor": cursor, "last_seq": last_seq, "chunk": chunk}
    chunk_end, considered = connection.execute(
        SELECT_LISTED_CHUNK_END if is_listed else SELECT_CHUNK_END, parameters
    ).fetchone()
    compiled = AudienceSql("TRUE", {}) if is_listed else compile_audience(audience)
    source = LISTED_CHUNK if is_listed else CHUNK
    parameters |= {
        **compiled.parameters,
        "chunk_end": chunk_end if considered == chunk else last_seq,
        "content_id": content_id,
        "topic": topic,
        "send_at_ms": to_ms(campaign.send_at),
        "expires_at_ms": to_ms(campaign.expires_at),
        "now_ms": now_ms,
    }
    matching, *numbers = connection.execute(counting(source, campaign.channels, compiled), parameters).fetchone()
    lanes = dict(connection.execute(SELECT_LANES, {"id": campaign.id}))
    for channel in campaign.channels:
        statement = INSERT_CHUNK.format(chunk=source, audience=compiled.condition, usable=usable(channel))
        connection.execute(statement, {**parameters, "lane_id": lanes[channel]})
    reachable, created = sum(numbers[::2]), sum(numbers[1::2])
    progress = {
        "considered": considered,
        "created": created,
        "no_address": matching * len(campaign.channels) - reachable,
        "suppressed": reachable - created,
    }
    connection.execute(UPDATE_PROGRESS, parameters | progress)
    return int(considered)


def counting(source: str, channels: Sequence[Channel], audience: AudienceSql) -> str:
    """Return the statement that counts who matches, and for each channel who has an address and who may be told."""
    columns = ", ".join(("count(*)", *counts(channels)))
    return f"SELECT {columns} FROM {source} AND ({audience.condition})"  # noqa: S608  (values are parameters)


def _parameters(campaign: NewCampaign, content_id: int) -> Parameters:
    return {
        "name": campaign.name,
        "channels": to_json(campaign.channels),
        "type": campaign.type,
        "content_id": content_id,
        "audience": audience_to_json(campaign.audience),
        "topic": campaign.topic,
        "send_at_ms": to_ms(campaign.send_at),
        "expires_at_ms": to_ms(campaign.expires_at),
        "created_at_ms": to_ms(campaign.created_at),
    }


def _get(connection: sqlite3.Connection, campaign_id: int) -> Campaign:
    row = connection.execute(SELECT_BY_ID, {"id": campaign_id}).fetchone()
    if row is None:
        raise NotFound("campaign", campaign_id)
    return _campaign_of(row)


def _campaign_of(row: Row) -> Campaign:
    return Campaign(
        id=row[0],
        name=row[1],
        channels=tuple(channel_of(word) for word in json.loads(row[2])),
        type=type_of(row[3]),
        status=CampaignStatus(row[4]),
        send_at=from_ms(row[5]),
        expires_at=from_ms(row[6]),
        created_at=from_ms(row[7]),
        considered=row[8],
        total=row[9],
        created=row[10],
        no_address=row[11],
        suppressed=row[12],
    )
