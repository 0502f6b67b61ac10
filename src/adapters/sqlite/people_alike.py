"""People of an audience grouped by what the gates look at, so that each group is judged once and not each person."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Final

from adapters.sqlite.audience_sql import ADDRESSES, compile_audience
from adapters.sqlite.capping import day_of, places, to_day
from adapters.sqlite.preference_rows import preferences_of
from adapters.sqlite.rows import Parameters, Row, to_json
from adapters.sqlite.suppressed_sql import Told, has_usable_address, reasons_json, suppressed_addresses
from domain.audience import Listed
from domain.campaign import NewCampaign, PeopleAlike
from domain.channel import Channel
from domain.suppression_reason import SuppressionReason

WINDOW: Final = 20_000
"""How many recipients are grouped at a time: what SQLite sorts stays small, however many there are."""

SELECT_LAST_SEQ: Final = "SELECT coalesce(max(seq), 0) FROM recipients"

# The people of one window, those of whom the gates see the same together.
SELECT_ALIKE: Final = """
SELECT count(*), has_address, stopped_by, preferences, timezone, capped_days
  FROM (
         SELECT {address} IS NOT NULL AS has_address, {stopped_by} AS stopped_by, {preferences} AS preferences,
                r.timezone AS timezone, {capped_days} AS capped_days
           FROM recipients AS r
          WHERE ({audience}) AND {window}
       )
 GROUP BY 2, 3, 4, 5, 6
"""
IN_WINDOW: Final = "r.seq > :after AND r.seq <= :until"

# Why none of the addresses may be used, where that is so.
_STOPPED_BY: Final = """CASE WHEN {address} IS NOT NULL AND NOT ({usable}) THEN (
                  SELECT json_group_array(value)
                    FROM (SELECT DISTINCT why.value
                            FROM json_each({suppressed}) AS listed, json_each(listed.value) AS why
                           ORDER BY 1)
                ) END"""

# What somebody chose that is about this campaign on this channel, and their quiet hours; NULL for most.
_PREFERENCES: Final = """CASE WHEN r.preferences IS NOT NULL THEN json_object(
                  'choices', json((
                    SELECT json_group_array(json(choice.value))
                      FROM json_each(r.preferences, '$.choices') AS choice
                     WHERE coalesce(choice.value ->> 0, :channel) = :channel
                       AND coalesce(choice.value ->> 1, :type) = :type
                       AND (choice.value ->> 2 IS NULL OR choice.value ->> 2 = :topic)
                  )),
                  'quiet_hours', r.preferences ->> '$.quiet_hours'
                ) END"""

_CAPPED_DAYS: Final = f"""(
                  SELECT json_group_array(day)
                    FROM (SELECT o.capped_on AS day
                            {places(recipient_seq="r.seq", type_=":type", test=":test", since=":capped_since")}
                           ORDER BY 1)
                )"""  # noqa: S608  (constant text)


def select_alike(channel: Channel, audience: str, *, capped: bool, windowed: bool = True) -> str:
    """Return the statement that groups those who meet the condition *audience*; *capped* where uses of a cap count."""
    address = ADDRESSES[channel]
    usable, suppressed = has_usable_address(channel, Told()), suppressed_addresses(channel, Told())
    return SELECT_ALIKE.format(
        address=address,
        stopped_by=_STOPPED_BY.format(address=address, usable=usable, suppressed=suppressed),
        preferences=_PREFERENCES,
        capped_days=_CAPPED_DAYS if capped else "NULL",
        audience=audience,
        window=IN_WINDOW if windowed else "TRUE",
    )


def people_alike(
    connection: sqlite3.Connection, campaign: NewCampaign, channel: Channel, capped_since: date | None
) -> list[PeopleAlike]:
    """Return the audience of *campaign* as groups; *capped_since* is the first day whose uses of a cap are told."""
    parameters: Parameters = {
        "channel": channel,
        "type": campaign.type,
        "topic": campaign.topic,
        "test": campaign.test,
        "stopped_by": reasons_json(campaign.stopped_on(channel)),
        "capped_since": None if capped_since is None else to_day(capped_since),
    }
    windowed = not isinstance(campaign.audience, Listed)
    compiled = compile_audience(campaign.audience, test=campaign.test)
    statement = select_alike(channel, compiled.condition, capped=capped_since is not None, windowed=windowed)
    numbers: Counter[Row] = Counter()
    for window in _windows(connection, campaign):
        for number, *alike in connection.execute(statement, {**compiled.parameters, **parameters, **window}):
            numbers[tuple(alike)] += number
    return [_people_of(number, *alike) for alike, number in numbers.items()]


def _windows(connection: sqlite3.Connection, campaign: NewCampaign) -> Iterator[Parameters]:
    """Yield the parameters of each window: so many places in the table, or so many ids of a list."""
    if isinstance(campaign.audience, Listed):
        ids = list(dict.fromkeys(campaign.audience.ids))
        for begin in range(0, len(ids), WINDOW):
            yield {"listed_ids": to_json(ids[begin : begin + WINDOW])}
        return
    (last_seq,) = connection.execute(SELECT_LAST_SEQ).fetchone()
    for begin in range(0, last_seq, WINDOW):
        yield {"after": begin, "until": begin + WINDOW}


def _people_of(
    number: int,
    has_address: int,
    stopped_by: str | None,
    preferences: str | None,
    timezone: str | None,
    capped_days: str | None,
) -> PeopleAlike:
    return PeopleAlike(
        number=number,
        has_address=has_address == 1,
        stopped_by=tuple(SuppressionReason(word) for word in json.loads(stopped_by)) if stopped_by else (),
        preferences=preferences_of(preferences),
        timezone=timezone,
        capped_days=tuple(day_of(day) for day in json.loads(capped_days)) if capped_days else (),
    )
