"""A time of day wherever the recipient is, and the instant it means there."""

from datetime import UTC, datetime, time, timedelta, tzinfo

from attrs import field, frozen

WAIT_MAX = timedelta(hours=25)
"""How long it may take until clocks show a time of day again: the day on which they are put back is longer."""


def _is_wall_clock(_: object, __: object, value: time) -> None:
    assert value.tzinfo is None, "a local time has no zone of its own"


@frozen
class LocalTime:
    """A time on the wall, such as 09:00, in a zone that is not known yet."""

    time: time = field(validator=_is_wall_clock)

    def next_at(self, now: datetime, zone: tzinfo) -> datetime:
        """Return the first such time in *zone* at or after *now*, in UTC.

        Where the clocks go forward over it, it comes later by what they skipped (RFC 5545 3.3.5); where they go back
        and it comes twice, the first one counts.
        """
        today = now.astimezone(zone).date()
        # The day before counts too: a time that was skipped can lie past midnight.
        days = (today + timedelta(days=offset) for offset in (-1, 0, 1, 2))
        instants = (datetime.combine(day, self.time, zone).astimezone(UTC) for day in days)
        return min(instant for instant in instants if instant >= now)

    @property
    def clock(self) -> str:
        """Return what the clock shows, such as ``09:00``."""
        return self.time.isoformat(timespec="auto" if self.time.second else "minutes")

    def __str__(self) -> str:
        return f"{self.clock} local"
