"""Campaigns as rows."""

import json
import sqlite3
from datetime import time, timedelta
from typing import Final

from adapters.sqlite.rows import Parameters, Row, channel_of, from_ms, template_of, type_of, variables_of
from domain.campaign import Campaign, CampaignStatus, LocalSchedule
from domain.errors import NotFound
from domain.local_time import LocalTime

_MILLISECOND: Final = timedelta(milliseconds=1)

CAMPAIGN_COLUMNS: Final = """
       id, name, channels, type, status, send_at_ms, expires_at_ms, created_at_ms, considered, total, created,
       no_address, suppressed, test,
       (SELECT json_array(t.name, t.version) FROM templates AS t WHERE t.id = template_id), variables,
       local_time, local_fallback, local_lifetime_ms
"""
"""What :func:`campaign_of` takes."""

SELECT_BY_ID = f"SELECT {CAMPAIGN_COLUMNS} FROM campaigns WHERE id = :id"  # noqa: S608  (constant text)


def campaign_by_id(connection: sqlite3.Connection, campaign_id: int) -> Campaign:
    """Return one campaign.

    :raises NotFound: there is none of this id.
    """
    row = connection.execute(SELECT_BY_ID, {"id": campaign_id}).fetchone()
    if row is None:
        raise NotFound("campaign", campaign_id)
    return campaign_of(row)


def campaign_of(row: Row) -> Campaign:
    """Return the campaign that a row of :data:`CAMPAIGN_COLUMNS` tells of."""
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
        test=row[13] == 1,
        template=template_of(row[14]),
        variables=variables_of(row[15]),
        local=_local_of(*row[16:19]),
    )


def local_parameters(local: LocalSchedule | None) -> Parameters:
    """Return the columns of a schedule by the recipients' clocks."""
    lifetime = None if local is None else local.lifetime
    return {
        "local_time": local and local.time.time.isoformat("seconds"),
        "local_fallback": local and local.fallback,
        "local_lifetime_ms": None if lifetime is None else lifetime // _MILLISECOND,
    }


def _local_of(clock: str | None, fallback: str | None, lifetime_ms: int | None) -> LocalSchedule | None:
    if clock is None or fallback is None:
        return None
    return LocalSchedule(
        time=LocalTime(time.fromisoformat(clock)),
        fallback=fallback,
        lifetime=None if lifetime_ms is None else lifetime_ms * _MILLISECOND,
    )
