"""How many notifications of a type one person gets at most in a day, a week or a month of their own."""

import re
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum

from attrs import frozen

from domain.wall_clock import begin_of_day

_TEXT = re.compile(r"([0-9]{1,6})\s*/\s*(day|week|month)\Z")
NUMBER_MAX = 100_000


class Period(StrEnum):
    """A stretch of the calendar; weeks begin on Monday (ISO 8601)."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def first_day(self, day: date) -> date:
        """Return the first day of the one that *day* is in."""
        match self:
            case Period.DAY:
                return day
            case Period.WEEK:
                return day - timedelta(days=day.weekday())
            case Period.MONTH:
                return day.replace(day=1)

    def next_first_day(self, day: date) -> date:
        """Return the first day of the one after that which *day* is in."""
        longest = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 31}[self]
        return self.first_day(self.first_day(day) + timedelta(days=longest))


@frozen
class FrequencyCap:
    """At most *number* in one *period* of the calendar, as the recipient's clock has it."""

    number: int
    period: Period

    @classmethod
    def parse(cls, text: str) -> "FrequencyCap":
        """Return the cap that *text* names, such as ``3/day``.

        :raises ValueError: it names none.
        """
        match = _TEXT.match(text.strip())
        if match is None or not 1 <= int(match[1]) <= NUMBER_MAX:
            raise ValueError(f"must be a number from 1 to {NUMBER_MAX} and day, week or month, such as 3/day")
        return cls(int(match[1]), Period(match[2]))

    def told_since(self, now: datetime) -> date:
        """Return the first day of which uses may count at *now*, wherever the recipient is.

        Where the calendar is furthest behind it is still yesterday.
        """
        return self.period.first_day(now.astimezone(UTC).date() - timedelta(days=1))

    def used(self, days: Collection[date], today: date) -> int:
        """Return how many of *days*, one a notification, are of the same period as *today*, or later.

        Later ones are there where somebody moved to a zone in which the calendar is behind.
        """
        first = self.period.first_day(today)
        return sum(day >= first for day in days)

    def free_at(self, now: datetime, zone: tzinfo) -> datetime:
        """Return when the next period begins in *zone*, in UTC."""
        return begin_of_day(self.period.next_first_day(now.astimezone(zone).date()), zone)

    def __str__(self) -> str:
        return f"{self.number}/{self.period}"
