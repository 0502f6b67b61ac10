"""Clocks on the wall: when they jump, and when a day begins."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.wall_clock import begin_of_day, jumps

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "UTC",
)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


class TestJumps:
    @pytest.mark.parametrize(
        ("zone", "begin", "found"),
        [
            ("Europe/Berlin", utc(2026, 3, 28, 12), [utc(2026, 3, 29, 1)]),
            ("Europe/Berlin", utc(2026, 10, 24, 12), [utc(2026, 10, 25, 1)]),
            ("Europe/Berlin", utc(2026, 6, 1), []),
            ("Australia/Lord_Howe", utc(2026, 4, 4, 0), [utc(2026, 4, 4, 15)]),  # by half an hour
            ("Pacific/Apia", utc(2011, 12, 30, 0), [utc(2011, 12, 30, 10)]),  # by a whole day
            ("UTC", utc(2026, 3, 28, 12), []),
        ],
    )
    def test_are_found_to_the_second(self, zone: str, begin: datetime, found: list[datetime]) -> None:
        assert list(jumps(ZoneInfo(zone), begin, begin + timedelta(days=1))) == found

    @given(
        at=st.integers(0, 35 * 365 * 24).map(lambda hours: utc(2000, 1, 1) + timedelta(hours=hours)),
        zone=st.sampled_from(ZONES),
    )
    def test_change_the_offset_and_nothing_else_does(self, at: datetime, zone: str) -> None:
        where = ZoneInfo(zone)
        known = list(jumps(where, at, at + timedelta(hours=30)))
        for one in known:
            before = (one - timedelta(seconds=1)).astimezone(where).utcoffset()
            assert before != one.astimezone(where).utcoffset()
        if not known:
            offsets = {(at + timedelta(minutes=10 * step)).astimezone(where).utcoffset() for step in range(181)}
            assert len(offsets) == 1


class TestBeginOfDay:
    @pytest.mark.parametrize(
        ("zone", "day", "begin"),
        [
            ("Europe/Berlin", date(2026, 7, 1), utc(2026, 6, 30, 22)),
            ("America/Sao_Paulo", date(2018, 11, 4), utc(2018, 11, 4, 3)),  # midnight is skipped
            ("America/Sao_Paulo", date(2018, 2, 18), utc(2018, 2, 18, 3)),  # the hour before comes twice
            ("Asia/Beirut", date(2025, 3, 30), utc(2025, 3, 29, 22)),
            ("America/Toronto", date(1919, 3, 31), utc(1919, 3, 31, 4, 30)),  # 23:30 is followed by 00:30
        ],
    )
    def test_is_known_also_where_clocks_jump(self, zone: str, day: date, begin: datetime) -> None:
        assert begin_of_day(day, ZoneInfo(zone)) == begin

    @given(day=st.dates(date(2000, 1, 1), date(2035, 1, 1)), zone=st.sampled_from(ZONES))
    def test_is_the_first_moment_that_the_calendar_shows_it(self, day: date, zone: str) -> None:
        where = ZoneInfo(zone)
        begin = begin_of_day(day, where)
        if (day, zone) == (date(2011, 12, 30), "Pacific/Apia"):
            return  # a day that never was
        assert begin.astimezone(where).date() == day
        assert (begin - timedelta(milliseconds=1)).astimezone(where).date() < day
