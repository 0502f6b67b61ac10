"""Campaigns in SQLite: an audience becomes notifications inside the store."""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from attrs import evolve

from adapters.sqlite.audience_sql import audience_to_json
from adapters.sqlite.campaign_chunks import turn_chunk, withdraw_chunk
from adapters.sqlite.campaign_rows import CAMPAIGN_COLUMNS, campaign_by_id, campaign_of, local_parameters
from adapters.sqlite.chunk_size import ChunkSize
from adapters.sqlite.contents import keep_content
from adapters.sqlite.database import Database
from adapters.sqlite.idempotency_keys import answer_of_key, known_key, use_key
from adapters.sqlite.lane_standings import standings_of_campaign
from adapters.sqlite.news import News
from adapters.sqlite.people_alike import people_alike
from adapters.sqlite.rows import Parameters, to_json, to_ms
from adapters.sqlite.waiting_lanes import WAITING_LANES
from domain.audience import Listed
from domain.campaign import (
    Campaign,
    CampaignProgress,
    CampaignStatus,
    CampaignStep,
    NewCampaign,
    PeopleAlike,
    campaign_after,
)
from domain.channel import Channel
from domain.errors import KeyReused
from domain.notification import IdempotencyKey

ID_MAX: Final = 2**63 - 1
"""What SQLite can number."""

_CAMPAIGN: Final = "campaign"  # what a key stands for that started one

SELECT_BY_NAME = f"SELECT {CAMPAIGN_COLUMNS} FROM campaigns WHERE name = :name"  # noqa: S608  (constant text)

# One page, the newest first, of tests, of others, or of all.
SELECT_PAGE = f"""
SELECT {CAMPAIGN_COLUMNS}
  FROM campaigns
 WHERE id < :before AND (:test IS NULL OR test = :test)
 ORDER BY id DESC
 LIMIT :limit
"""  # noqa: S608  (constant text)

# Those whose cursor runs, and those that were cancelled and have something left to withdraw: by one step into an index
# for each, and for each lane in which something waits.
SELECT_UNFINISHED = f"""{WAITING_LANES}
SELECT {CAMPAIGN_COLUMNS} FROM campaigns WHERE status = 'running'
 UNION ALL
SELECT {CAMPAIGN_COLUMNS}
  FROM campaigns
 WHERE id IN (
         SELECT l.campaign_id
           FROM lanes AS l
          WHERE l.id IN (SELECT lane_id FROM ready UNION SELECT lane_id FROM suspect) AND l.state = 'closed'
       )
"""  # noqa: S608  (constant text)

# A new campaign. Whoever is stored later has a higher seq and does not belong to it.
INSERT_CAMPAIGN = """
INSERT INTO campaigns
       (name, channels, type, content_id, audience, topic, status, send_at_ms, expires_at_ms, created_at_ms,
        test, stopped_by, template_id, variables, local_time, local_fallback, local_lifetime_ms, last_seq, total)
SELECT :name, :channels, :type, :content_id, :audience, :topic, 'running', :send_at_ms, :expires_at_ms, :created_at_ms,
       :test, :stopped_by,
       (SELECT t.id FROM templates AS t WHERE t.name = :template AND t.version = :template_version), :variables,
       :local_time, :local_fallback, :local_lifetime_ms, coalesce(max(seq), 0),
       count(*) - (SELECT count(*) FROM recipients WHERE erased_at_ms IS NOT NULL)
  FROM recipients
"""

# The queue of one channel of a campaign.
INSERT_LANE = """
INSERT INTO lanes (channel, type, campaign_id, rate, test) VALUES (:channel, :type, :campaign_id, :rate, :test)
"""

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

# A step of a campaign.
SELECT_IS_THROUGH = "SELECT cursor = last_seq FROM campaigns WHERE id = :id"
UPDATE_STATUS = "UPDATE campaigns SET status = :status WHERE id = :id"

# What a step does to the lanes, one row each: no claim from now on, or claims again, unless a person paused that lane.
PAUSE_LANES = "UPDATE lanes SET state = 'paused', began_at_ms = NULL WHERE campaign_id = :id AND state = 'open'"
OPEN_LANES = "UPDATE lanes SET state = 'open' WHERE campaign_id = :id AND state = 'paused' AND paused_by_hand = 0"
CLOSE_LANES = "UPDATE lanes SET state = 'closed' WHERE campaign_id = :id AND state <> 'closed'"

# Ask whoever is sending to withdraw what comes back.
CANCEL_SENDING = """
UPDATE notifications
   SET cancel_requested = 1
 WHERE id IN (
         SELECT n.id
           FROM notifications AS n INDEXED BY notifications_held
          WHERE n.status = 'sending' AND n.lane_id IN (SELECT id FROM lanes WHERE campaign_id = :id)
       )
"""


class SqliteCampaignRepository:
    """Keeps campaigns in tables (:class:`application.ports.campaign_repository.CampaignRepository`).

    *elapsed_s* tells seconds since some moment; a chunk is made so large that it takes about 40 ms on this machine.
    """

    def __init__(self, database: Database, news: News, elapsed_s: Callable[[], float]) -> None:
        self._database = database
        self._news = news
        self._elapsed_s = elapsed_s
        self._to_create = ChunkSize()
        self._to_withdraw = ChunkSize()

    def start(self, campaign: NewCampaign) -> Campaign:
        """Store a campaign with its content, its audience and a lane a channel, and fix who belongs to it."""

        def start(connection: sqlite3.Connection) -> Campaign:
            known = None if campaign.key is None else _by_key(connection, campaign.key)
            if known is not None:
                return known
            earlier = connection.execute(SELECT_BY_NAME, {"name": campaign.name}).fetchone()
            if earlier is not None:
                raise campaign_of(earlier).has_the_name()
            content_id = _own_content(connection, campaign)
            campaign_id = connection.execute(INSERT_CAMPAIGN, _parameters(campaign, content_id)).lastrowid
            assert campaign_id is not None
            for channel in campaign.channels:
                lane = {
                    "channel": channel,
                    "type": campaign.type,
                    "campaign_id": campaign_id,
                    "rate": campaign.rate,
                    "test": campaign.test,
                }
                connection.execute(INSERT_LANE, lane)
            if isinstance(campaign.audience, Listed):
                members = {"campaign_id": campaign_id, "ids": to_json(campaign.audience.ids)}
                connection.execute(INSERT_MEMBERS, members)
                connection.execute(COUNT_MEMBERS, {"id": campaign_id})
            if campaign.key is not None:
                use_key(connection, campaign.key, campaign.created_at)
                answer_of_key(connection, campaign.key, to_json({_CAMPAIGN: campaign_id}))
            return campaign_by_id(connection, campaign_id)

        started = self._database.write(start)
        self._news.tell()
        return started

    def find_by_key(self, key: IdempotencyKey) -> Campaign | None:
        """Return the campaign that was started under *key*, as it stands now, or None."""
        return self._database.read(lambda connection: _by_key(connection, key))

    def advance(self, campaign_id: int, now: datetime) -> Campaign:
        """Turn the next chunk of the audience into notifications, or withdraw the next chunk of a cancelled one."""

        def advance(connection: sqlite3.Connection) -> tuple[Campaign, ChunkSize | None, int, float]:
            began_s = self._elapsed_s()  # the wait for other writers is over
            campaign = campaign_by_id(connection, campaign_id)
            match campaign.status:
                case CampaignStatus.RUNNING:
                    rows = turn_chunk(connection, campaign, now, self._to_create.rows)
                    return campaign_by_id(connection, campaign_id), self._to_create, rows, began_s
                case CampaignStatus.CANCELLED:
                    rows = withdraw_chunk(connection, campaign_id, now, self._to_withdraw.rows)
                    return campaign, self._to_withdraw, rows, began_s
                case _:
                    return campaign, None, 0, began_s

        campaign, size, rows, began_s = self._database.write(advance)
        if size is not None:
            size.learn(rows, self._elapsed_s() - began_s)
        return campaign

    def unfinished(self) -> Sequence[Campaign]:
        """Return the campaigns that somebody must go on with."""
        rows = self._database.read(lambda connection: connection.execute(SELECT_UNFINISHED).fetchall())
        return [campaign_of(row) for row in rows]

    def alike(self, campaign: NewCampaign, channel: Channel, capped_since: date | None = None) -> Sequence[PeopleAlike]:
        """Return the audience of *campaign* as groups of people of whom the gates see the same."""
        return self._database.read(lambda connection: people_alike(connection, campaign, channel, capped_since))

    def unknown_ids(self, campaign: NewCampaign) -> Sequence[str]:
        """Return the ids of a listed audience that name no recipient, in the order listed."""
        if not isinstance(campaign.audience, Listed):
            return []
        parameters = {"ids": to_json(campaign.audience.ids)}
        rows = self._database.read(lambda connection: connection.execute(SELECT_UNKNOWN_IDS, parameters).fetchall())
        return [row[0] for row in rows]

    def get(self, campaign_id: int) -> Campaign:
        """Return one campaign."""
        return self._database.read(lambda connection: campaign_by_id(connection, campaign_id))

    def find(self, name: str) -> Campaign | None:
        """Return the campaign of this name, or None."""
        row = self._database.read(lambda connection: connection.execute(SELECT_BY_NAME, {"name": name}).fetchone())
        return None if row is None else campaign_of(row)

    def page(self, limit: int, after: int | None = None, *, test: bool | None = None) -> Sequence[Campaign]:
        """Return campaigns by falling id."""
        parameters = {"limit": limit or -1, "before": ID_MAX if after is None else after, "test": test}
        rows = self._database.read(lambda connection: connection.execute(SELECT_PAGE, parameters).fetchall())
        return [campaign_of(row) for row in rows]

    def progress(self, campaign_id: int) -> CampaignProgress:
        """Return how far one campaign came, and how its notifications stand; read from the gauges of its lanes."""
        return self._database.read(
            lambda connection: CampaignProgress(
                campaign=campaign_by_id(connection, campaign_id),
                lanes=tuple(standings_of_campaign(connection, campaign_id)),
            )
        )

    def pause(self, campaign_id: int) -> Campaign:
        """Stop the cursor and pause the lanes."""
        return self._database.write(lambda connection: _step(connection, campaign_id, CampaignStep.PAUSE))

    def resume(self, campaign_id: int) -> Campaign:
        """Let the cursor go on, and open the lanes that no person paused."""
        resumed = self._database.write(lambda connection: _step(connection, campaign_id, CampaignStep.RESUME))
        self._news.tell()
        return resumed

    def cancel(self, campaign_id: int, now: datetime) -> int:
        """Stop the cursor, close the lanes and withdraw the next chunk of what is pending."""

        def cancel(connection: sqlite3.Connection) -> tuple[int, float]:
            began_s = self._elapsed_s()
            _step(connection, campaign_id, CampaignStep.CANCEL)
            connection.execute(CANCEL_SENDING, {"id": campaign_id})
            return withdraw_chunk(connection, campaign_id, now, self._to_withdraw.rows), began_s

        withdrawn, began_s = self._database.write(cancel)
        self._to_withdraw.learn(withdrawn, self._elapsed_s() - began_s)
        return withdrawn


_LANES_AFTER: Mapping[CampaignStep, str] = MappingProxyType(
    {CampaignStep.PAUSE: PAUSE_LANES, CampaignStep.RESUME: OPEN_LANES, CampaignStep.CANCEL: CLOSE_LANES}
)


def _step(connection: sqlite3.Connection, campaign_id: int, step: CampaignStep) -> Campaign:
    """Take a step that a person asked for, the lanes with it, and return the campaign after it."""
    before = campaign_by_id(connection, campaign_id)
    (is_through,) = connection.execute(SELECT_IS_THROUGH, {"id": campaign_id}).fetchone()
    status = campaign_after(before.status, step, is_through=is_through == 1)
    connection.execute(UPDATE_STATUS, {"id": campaign_id, "status": status})
    connection.execute(_LANES_AFTER[step], {"id": campaign_id})
    return evolve(before, status=status)


def _own_content(connection: sqlite3.Connection, campaign: NewCampaign) -> int:
    """Return the id of what a campaign says, of a template of one of its texts: each chunk chooses among them."""
    if campaign.template is None:
        return keep_content(connection, campaign.content)
    text = campaign.template.choose(campaign.channels[0], None)
    assert text is not None, "a campaign over a channel that its template has no text for"
    return text.content_id


def _by_key(connection: sqlite3.Connection, key: IdempotencyKey) -> Campaign | None:
    known = known_key(connection, key)
    if known is None:
        return None
    answer = json.loads(known.answer or "{}")
    if _CAMPAIGN not in answer:
        raise KeyReused(key.key)
    return campaign_by_id(connection, answer[_CAMPAIGN])


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
        "test": campaign.test,
        "template": campaign.template and campaign.template.name,
        "template_version": campaign.template and campaign.template.version,
        "variables": to_json(dict(campaign.variables)) if campaign.variables else None,
        "stopped_by": to_json({channel: sorted(campaign.stopped_on(channel)) for channel in campaign.channels}),
        **local_parameters(campaign.local),
    }
