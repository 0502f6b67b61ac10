"""One chunk of a campaign: the next recipients become notifications, or the next pending ones are withdrawn."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime

from adapters.sqlite.audience_sql import (
    AudienceSql,
    address_counts,
    audience_from_json,
    compile_audience,
)
from adapters.sqlite.counting import Counts
from adapters.sqlite.local_times import times_of
from adapters.sqlite.rows import Parameters, channel_of, to_json, to_ms
from adapters.sqlite.suppressed_sql import Told, has_usable_address, reasons_json
from domain.audience import Listed
from domain.campaign import Campaign
from domain.channel import Channel
from domain.lifecycle import Event, Status
from domain.suppression_reason import EVERY_REASON
from domain.template import best_locale

# Where the cursor of a campaign stands, and what the next chunk is made of.
SELECT_PROGRESS = "SELECT cursor, last_seq, audience, content_id, topic FROM campaigns WHERE id = :id"
SELECT_LANES = "SELECT channel, id FROM lanes WHERE campaign_id = :id"

# Of each channel, the reasons for which a suppressed address gets nothing of it.
SELECT_STOPPED_BY = "SELECT stopped_by FROM campaigns WHERE id = :id"

# The end of the next chunk: so many recipients on, whatever gaps there are.
_CHUNK_END = """
SELECT coalesce(max(seq), :last_seq), count(*)
  FROM (SELECT seq FROM {table} WHERE {condition} seq > :cursor AND seq <= :last_seq ORDER BY seq LIMIT :chunk)
"""
SELECT_CHUNK_END = _CHUNK_END.format(
    table="recipients",
    condition="(erased_at_ms IS NULL OR erased_at_ms >= :started_at_ms) AND",  # whoever was there at the start
)
SELECT_LISTED_CHUNK_END = _CHUNK_END.format(table="campaign_members", condition="campaign_id = :id AND")

# The recipients of one chunk, before the audience's own conditions.
CHUNK = "recipients AS r WHERE r.seq > :cursor AND r.seq <= :chunk_end"
LISTED_CHUNK = """campaign_members AS m
 CROSS JOIN recipients AS r ON r.seq = m.seq
 WHERE m.campaign_id = :id AND m.seq > :cursor AND m.seq <= :chunk_end"""

# How many of a chunk match, and how many of these have an address on each channel.
COUNT_CHUNK = "SELECT count(*), {addresses} FROM {chunk} AND ({audience})"

# One chunk on one channel.
INSERT_CHUNK = """
INSERT INTO notifications
       (recipient_seq, lane_id, content_id, campaign_id, send_at_ms, next_attempt_at_ms, expires_at_ms, created_at_ms,
        topic)
{chosen}SELECT r.seq, :lane_id, {content}, :id, {times}, :now_ms, :topic
  FROM {chunk} AND ({audience}) AND {usable}
"""

# What everybody gets, or each by their locale; those whose locale is not among them get the same.
SAME_CONTENT = {"chosen": "", "content": ":content_id"}
CONTENT_BY_LOCALE = {
    "chosen": """WITH chosen (locale, content_id) AS MATERIALIZED (
  SELECT value ->> 0, value ->> 1 FROM json_each(:content_ids)
)
""",
    "content": "coalesce((SELECT content_id FROM chosen WHERE chosen.locale = r.locale), :content_id)",
}

# The texts of a campaign's template, and the locales of a chunk.
SELECT_TEXTS = """
SELECT x.channel, x.locale, x.content_id
  FROM campaigns AS k
  JOIN template_texts AS x ON x.template_id = k.template_id
 WHERE k.id = :id
"""
SELECT_LOCALES = "SELECT DISTINCT r.locale FROM {chunk} AND r.locale IS NOT NULL"

# The cursor moves on in the transaction of its chunk.
UPDATE_PROGRESS = """
UPDATE campaigns
   SET cursor = :chunk_end, considered = considered + :considered, created = created + :created,
       no_address = no_address + :no_address, suppressed = suppressed + :suppressed,
       status = CASE WHEN :chunk_end = last_seq THEN 'finished' ELSE status END
 WHERE id = :id
"""

# Withdraw the next chunk of what is pending in one lane.
_CANCEL_PENDING = """
UPDATE notifications
   SET status = 'cancelled', finished_at_ms = :now_ms
 WHERE id IN (
         SELECT id
           FROM notifications INDEXED BY {index}
          WHERE status = 'pending' AND losses {losses} AND lane_id = :lane_id
          LIMIT :chunk
       )
"""
CANCEL_PENDING = (
    _CANCEL_PENDING.format(index="notifications_ready", losses="= 0"),
    _CANCEL_PENDING.format(index="notifications_suspect", losses="> 0"),
)


def turn_chunk(connection: sqlite3.Connection, campaign: Campaign, now: datetime, chunk: int) -> int:
    """Turn the next *chunk* recipients into notifications and move the cursor; return how many there were."""
    cursor, last_seq, audience_json, content_id, topic = connection.execute(
        SELECT_PROGRESS, {"id": campaign.id}
    ).fetchone()
    audience = audience_from_json(audience_json)
    is_listed = isinstance(audience, Listed)
    parameters: Parameters = {
        "id": campaign.id,
        "cursor": cursor,
        "last_seq": last_seq,
        "chunk": chunk,
        "started_at_ms": to_ms(campaign.created_at),
    }
    chunk_end, considered = connection.execute(
        SELECT_LISTED_CHUNK_END if is_listed else SELECT_CHUNK_END, parameters
    ).fetchone()
    compiled = (
        AudienceSql("r.erased_at_ms IS NULL", {}) if is_listed else compile_audience(audience, test=campaign.test)
    )
    source = LISTED_CHUNK if is_listed else CHUNK
    parameters |= {
        **compiled.parameters,
        "chunk_end": chunk_end if considered == chunk else last_seq,
        "content_id": content_id,
        "topic": topic,
        "type": campaign.type,
        "send_at_ms": to_ms(campaign.send_at),
        "expires_at_ms": to_ms(campaign.expires_at),
        "now_ms": to_ms(now),
    }
    counting = COUNT_CHUNK.format(
        addresses=address_counts(campaign.channels), chunk=source, audience=compiled.condition
    )
    matching, *reachable = connection.execute(counting, parameters).fetchone()
    created = _insert(connection, campaign, source, compiled, parameters, now)
    progress = {
        "considered": considered,
        "created": created,
        "no_address": matching * len(campaign.channels) - sum(reachable),
        "suppressed": sum(reachable) - created,
    }
    connection.execute(UPDATE_PROGRESS, parameters | progress)
    return int(considered)


def _insert(
    connection: sqlite3.Connection,
    campaign: Campaign,
    source: str,
    audience: AudienceSql,
    parameters: Parameters,
    now: datetime,
) -> int:
    """Create the notifications of one chunk on every channel, and return how many."""
    lanes = _lanes(connection, campaign.id)
    stopped_by = _stopped_by(connection, campaign)
    texts = _texts(connection, campaign, source, parameters)
    times, moments = times_of(connection, campaign, source, parameters)
    counts = Counts()
    total = 0
    for channel in campaign.channels:
        content, ids = texts.get(channel, (SAME_CONTENT, {}))
        statement = INSERT_CHUNK.format(
            chunk=source,
            audience=audience.condition,
            usable=has_usable_address(channel, Told()),
            times=times,
            **content,
        )
        values = {**parameters, **ids, **moments, "lane_id": lanes[channel], "stopped_by": stopped_by[channel]}
        created = connection.execute(statement, values).rowcount
        counts.created(lanes[channel], created)
        total += created
    counts.write(connection, now)
    return total


def withdraw_chunk(connection: sqlite3.Connection, campaign_id: int, now: datetime, chunk: int) -> int:
    """Cancel up to *chunk* notifications of a campaign that are pending, and return how many there were."""
    counts = Counts()
    left = chunk
    for lane_id in _lanes(connection, campaign_id).values():
        for statement in CANCEL_PENDING:
            parameters = {"lane_id": lane_id, "now_ms": to_ms(now), "chunk": left}
            cancelled = connection.execute(statement, parameters).rowcount if left else 0
            counts.stepped(lane_id, Status.PENDING, Event.CANCEL, Status.CANCELLED, cancelled)
            left -= cancelled
    counts.write(connection, now)
    return chunk - left


def _texts(
    connection: sqlite3.Connection, campaign: Campaign, source: str, parameters: Parameters
) -> dict[Channel, tuple[Mapping[str, str], Parameters]]:
    """Return which content a template has for each channel of a campaign: a part of the statement, and its values.

    Which of its locales serves which of the recipients is decided here, once a locale, and not by SQL.
    """
    if campaign.template is None:
        return {}
    ids: dict[Channel, dict[str | None, int]] = {}
    for channel, locale, content_id in connection.execute(SELECT_TEXTS, parameters):
        ids.setdefault(channel_of(channel), {})[locale or None] = content_id
    locales: list[str] = []
    if any(len(ids[channel]) > 1 for channel in campaign.channels):
        locales = [row[0] for row in connection.execute(SELECT_LOCALES.format(chunk=source), parameters)]
    found: dict[Channel, tuple[Mapping[str, str], Parameters]] = {}
    for channel in campaign.channels:
        of_channel = ids[channel]
        better = [(locale, best) for locale in locales if (best := best_locale(of_channel, locale)) is not None]
        found[channel] = (
            CONTENT_BY_LOCALE if better else SAME_CONTENT,
            {
                "content_id": of_channel[None],
                "content_ids": to_json([(locale, of_channel[best]) for locale, best in better]),
            },
        )
    return found


def _stopped_by(connection: sqlite3.Connection, campaign: Campaign) -> dict[Channel, str]:
    """Return the reasons that count on each channel of a campaign, as :func:`reasons_json` gives them."""
    kept = json.loads(connection.execute(SELECT_STOPPED_BY, {"id": campaign.id}).fetchone()[0])
    return {channel: reasons_json(kept.get(channel, EVERY_REASON)) for channel in campaign.channels}


def _lanes(connection: sqlite3.Connection, campaign_id: int) -> dict[Channel, int]:
    """Return the lane of each channel of a campaign."""
    return dict(connection.execute(SELECT_LANES, {"id": campaign_id}))
