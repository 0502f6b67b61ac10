"""What clocks on the wall show, and when they jump."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_HOUR = timedelta(hours=1)
_SECOND = timedelta(seconds=1)


def jumps(zone: tzinfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the instants between *begin* and *end* (UTC) at which clocks in *zone* are put forward or back.

    To the second; of two within one hour that undo each other neither is seen, which no zone has.
    """
    earlier = begin.astimezone(UTC)
    while earlier < end:
        later = min(earlier + _HOUR, end)
        if _offset(zone, earlier) != _offset(zone, later):
            yield _jump_between(zone, earlier, later)
        earlier = later


def begin_of_day(day: date, zone: tzinfo) -> datetime:
    """Return the first instant of *day* in *zone*, in UTC; where midnight is skipped, that is when clocks jump."""
    midnight = datetime.combine(day, time(), zone).astimezone(UTC)
    if midnight.astimezone(zone).date() == day:
        since = midnight - 2 * _HOUR
        return next((at for at in jumps(zone, since, midnight) if at.astimezone(zone).date() == day), midnight)
    return midnight


def _offset(zone: tzinfo, at: datetime) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


def _jump_between(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """Return the first second with the offset that *after* has."""
    old = _offset(zone, before)
    while after - before > _SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        middle = middle if middle > before else before + _SECOND
        if _offset(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
