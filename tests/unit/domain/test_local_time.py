"""A time of the recipient's day, on ordinary days and when clocks change."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.local_time import LocalTime

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    ZoneInfo(name)
    for name in (
        *("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo"),
        *("Pacific/Apia", "Africa/Cairo", "America/Havana", "Asia/Beirut", "Pacific/Kiritimati", "America/Nuuk"),
    )
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("zone", "clock", "now", "expected"),
    [
        # ordinary days
        ("Europe/Berlin", "09:00", "2026-01-10T07:00+00:00", "2026-01-10T08:00+00:00"),
        ("Europe/Berlin", "09:00", "2026-01-10T08:00+00:00", "2026-01-10T08:00+00:00"),
        ("Europe/Berlin", "09:00", "2026-01-10T08:00:00.001+00:00", "2026-01-11T08:00+00:00"),
        ("Asia/Tokyo", "09:00", "2026-01-10T23:30+00:00", "2026-01-11T00:00+00:00"),
        ("Pacific/Kiritimati", "00:00", "2026-01-10T10:00+00:00", "2026-01-10T10:00+00:00"),
        ("America/New_York", "23:59", "2026-01-11T04:00+00:00", "2026-01-11T04:59+00:00"),
        # the clocks go forward, 02:00 to 03:00: what is skipped comes an hour later
        ("Europe/Berlin", "02:30", "2026-03-29T00:00+00:00", "2026-03-29T01:30+00:00"),
        ("Europe/Berlin", "02:30", "2026-03-29T01:31+00:00", "2026-03-30T00:30+00:00"),
        ("Europe/Berlin", "03:00", "2026-03-29T00:00+00:00", "2026-03-29T01:00+00:00"),
        ("Europe/Berlin", "09:00", "2026-03-28T09:00+00:00", "2026-03-29T07:00+00:00"),
        # the clocks go back, 03:00 to 02:00: the first of two counts
        ("Europe/Berlin", "02:30", "2026-10-25T00:00+00:00", "2026-10-25T00:30+00:00"),
        ("Europe/Berlin", "02:30", "2026-10-25T00:31+00:00", "2026-10-26T01:30+00:00"),
        ("Europe/Berlin", "02:30", "2026-10-25T01:15+00:00", "2026-10-26T01:30+00:00"),
        ("Europe/Berlin", "09:00", "2026-10-24T08:00+00:00", "2026-10-25T08:00+00:00"),
        # half an hour only
        ("Australia/Lord_Howe", "02:15", "2026-10-03T12:00+00:00", "2026-10-03T15:45+00:00"),
        # midnight itself is skipped
        ("Africa/Cairo", "00:30", "2026-04-23T20:00+00:00", "2026-04-23T22:30+00:00"),
        # a whole day is skipped: 30 December 2011 did not happen in Samoa
        ("Pacific/Apia", "09:00", "2011-12-30T09:00+00:00", "2011-12-30T19:00+00:00"),
    ],
)
def test_the_next_such_time_is_found(zone: str, clock: str, now: str, expected: str) -> None:
    found = LocalTime(time.fromisoformat(clock)).next_at(at(now), ZoneInfo(zone))
    assert found == at(expected)
    assert found.tzinfo is UTC


def test_now_may_come_in_any_zone() -> None:
    now = datetime(2026, 1, 10, 7, tzinfo=UTC).astimezone(timezone(timedelta(hours=-11)))
    assert LocalTime(time(9)).next_at(now, BERLIN) == at("2026-01-10T08:00+00:00")


@given(
    st.timedeltas(timedelta(0), timedelta(days=13_000)).map(lambda span: datetime(2000, 1, 1, tzinfo=UTC) + span),
    st.times().map(lambda clock: clock.replace(microsecond=0)),
    st.sampled_from(ZONES),
)
def test_it_is_at_or_after_now_within_a_day_and_shows_that_time_unless_it_was_skipped(
    now: datetime, clock: time, zone: ZoneInfo
) -> None:
    found = LocalTime(clock).next_at(now, zone)
    assert now <= found <= now + timedelta(hours=49)
    shown = found.astimezone(zone)
    if shown.time() != clock:
        gap = shown.utcoffset() != (found - timedelta(days=1)).astimezone(zone).utcoffset()
        assert gap, "only a change of the clocks moves it"
    assert LocalTime(clock).next_at(found, zone) == found


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_every_minute_of_a_day_of_change_has_one_instant_and_they_keep_their_order(day: date) -> None:
    before = datetime.combine(day, time(0), BERLIN).astimezone(UTC)
    found = [LocalTime(time(hour, minute)).next_at(before, BERLIN) for hour in range(24) for minute in (0, 30)]
    assert all(instant.astimezone(BERLIN).date() == day for instant in found)
    first_three = found[:4] + found[6:]  # 02:00 and 02:30 are the ones that move
    assert first_three == sorted(first_three)


def test_it_reads_as_it_is_written() -> None:
    assert str(LocalTime(time(9))) == "09:00 local"
    assert str(LocalTime(time(9, 0, 30))) == "09:00:30 local"


def test_it_has_no_zone_of_its_own() -> None:
    with pytest.raises(AssertionError):
        LocalTime(time(9, tzinfo=UTC))
