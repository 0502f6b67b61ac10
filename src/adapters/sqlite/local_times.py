"""When the recipients of a campaign get theirs: computed once a time zone, and looked up by SQL."""

import sqlite3
from datetime import datetime
from functools import lru_cache
from typing import Final

from adapters.sqlite.rows import Parameters, to_json, to_ms
from application.zones import Zones
from domain.campaign import Campaign, LocalSchedule

# The time zones of a chunk.
SELECT_ZONES: Final = "SELECT DISTINCT r.timezone FROM {chunk} AND r.timezone IS NOT NULL"

SAME_TIMES: Final = ":send_at_ms, :send_at_ms, :expires_at_ms"
"""When everybody gets it at the same moment."""

_BY_ZONE: Final = "coalesce(:{times}_of_zones ->> ('$.\"' || r.timezone || '\"'), :{times}_of_others)"
TIMES_BY_ZONE: Final = ", ".join(_BY_ZONE.format(times=times) for times in ("send_at", "send_at", "expires_at"))
"""When each gets it by their own clock; those without a time zone as the fallback says."""

ZONES_MAX: Final = 4096
"""More zones, each with a campaign's time, are not kept at once: there are about 600."""


def times_of(
    connection: sqlite3.Connection, campaign: Campaign, chunk: str, parameters: Parameters
) -> tuple[str, Parameters]:
    """Return the columns of the times of a chunk, a part of the statement, and their values."""
    if campaign.local is None:
        return SAME_TIMES, {}
    zones = [row[0] for row in connection.execute(SELECT_ZONES.format(chunk=chunk), parameters)]
    found = {zone: _times(campaign, zone) for zone in zones}
    send_at_ms, expires_at_ms = _times(campaign, None)
    return TIMES_BY_ZONE, {
        "send_at_of_zones": to_json({zone: times[0] for zone, times in found.items()}),
        "expires_at_of_zones": to_json({zone: times[1] for zone, times in found.items()}),
        "send_at_of_others": send_at_ms,
        "expires_at_of_others": expires_at_ms,
    }


def _times(campaign: Campaign, zone: str | None) -> tuple[int, int]:
    assert campaign.local is not None
    return _times_in(campaign.local, campaign.send_at, campaign.expires_at, zone)


@lru_cache(maxsize=ZONES_MAX)
def _times_in(local: LocalSchedule, begin: datetime, last: datetime, zone: str | None) -> tuple[int, int]:
    """Return when those in *zone* get theirs, and when it expires; the same for every chunk of a campaign."""
    send_at = local.send_at(begin, _zones(local.fallback)(zone))
    return to_ms(send_at), to_ms(local.expires_at(send_at, last))


@lru_cache(maxsize=8)
def _zones(fallback: str) -> Zones:
    return Zones(fallback=fallback)
