"""The hours of the day in which somebody wants to be left alone, by the clock on their own wall."""

import re
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import Enum, auto
from functools import lru_cache

from attrs import frozen

from domain.wall_clock import jumps

_TEXT = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})\Z")
_REMEDY = "must be two times of day, such as 21:00-08:00"
_LOOK_AHEAD = timedelta(hours=26)  # a day, and what clocks may be put back


class NoQuietHours(Enum):
    """What somebody says who wants to be told at any hour, whatever the configuration says of the type."""

    NONE = auto()


@frozen
class QuietHours:
    """From *begin* until *end*, which does not belong to them; across midnight where *end* is the earlier one."""

    begin: time
    end: time

    def __attrs_post_init__(self) -> None:
        assert self.begin != self.end, "quiet hours that begin when they end"
        assert self.begin.tzinfo is None is self.end.tzinfo, "quiet hours have no zone of their own"

    @classmethod
    def parse(cls, text: str) -> "QuietHours":
        """Return the hours that *text* names, such as ``21:00-08:00``.

        :raises ValueError: it names none.
        """
        match = _TEXT.match(text.strip())
        if match is None:
            raise ValueError(_REMEDY)
        try:
            begin, end = time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
        except ValueError:
            raise ValueError(_REMEDY) from None
        if begin == end:
            raise ValueError("must begin and end at different times, such as 21:00-08:00")
        return cls(begin, end)

    def contain(self, wall: time) -> bool:
        """Say whether a clock that shows *wall* is within them."""
        if self.begin < self.end:
            return self.begin <= wall < self.end
        return wall >= self.begin or wall < self.end

    def over_at(self, now: datetime, zone: tzinfo) -> datetime | None:
        """Return the first instant at which clocks in *zone* are no longer within them, in UTC; None if they are not.

        They may end by a clock that is put forward or back, and where it is put back they may come twice.
        """
        return _over_at(self, now, zone)

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"


@lru_cache(maxsize=1024)  # many people of a zone are asked about at the same moment
def _over_at(hours: QuietHours, now: datetime, zone: tzinfo) -> datetime | None:
    local = now.astimezone(zone)
    if not hours.contain(local.time()):
        return None
    days = (local.date() + timedelta(days=offset) for offset in (-1, 0, 1, 2))
    ends = [
        datetime.combine(day, hours.end, zone).replace(fold=fold).astimezone(UTC) for day in days for fold in (0, 1)
    ]
    candidates = [*ends, *jumps(zone, now, now + _LOOK_AHEAD)]
    return min(at for at in candidates if at > now and not hours.contain(at.astimezone(zone).time()))
