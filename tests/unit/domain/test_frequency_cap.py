"""Frequency caps: periods of the recipient's own calendar."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.frequency_cap import FrequencyCap, Period

TOKYO, LOS_ANGELES = ZoneInfo("Asia/Tokyo"), ZoneInfo("America/Los_Angeles")


@pytest.mark.parametrize(
    ("text", "cap"),
    [
        ("3/day", FrequencyCap(3, Period.DAY)),
        (" 10 / week", FrequencyCap(10, Period.WEEK)),
        ("1/month", FrequencyCap(1, Period.MONTH)),
    ],
)
def test_a_cap_is_read(text: str, cap: FrequencyCap) -> None:
    assert FrequencyCap.parse(text) == cap
    assert FrequencyCap.parse(str(cap)) == cap


@pytest.mark.parametrize(
    "text", ["", "3", "0/day", "-1/day", "3/hour", "3 per day", "1.5/day", "9999999/day", "three/day"]
)
def test_what_is_no_cap_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="such as 3/day"):
        FrequencyCap.parse(text)


@pytest.mark.parametrize(
    ("period", "first", "following"),
    [
        (Period.DAY, date(2026, 11, 22), date(2026, 11, 23)),
        (Period.WEEK, date(2026, 11, 16), date(2026, 11, 23)),  # the 22nd is a Sunday
        (Period.MONTH, date(2026, 11, 1), date(2026, 12, 1)),
    ],
)
def test_a_day_is_in_one_period_and_another_one_follows(period: Period, first: date, following: date) -> None:
    assert period.first_day(date(2026, 11, 22)) == first
    assert period.next_first_day(date(2026, 11, 22)) == following


@given(day=st.dates(date(1990, 1, 1), date(2090, 1, 1)), period=st.sampled_from(Period))
def test_periods_follow_each_other_without_a_gap(day: date, period: Period) -> None:
    first, following = period.first_day(day), period.next_first_day(day)
    assert first <= day < following
    assert {period.first_day(first + timedelta(days=step)) for step in range((following - first).days)} == {first}
    assert period.first_day(following) == following


class TestUse:
    def test_counts_what_is_of_the_same_period(self) -> None:
        days = [date(2026, 11, 15), date(2026, 11, 16), date(2026, 11, 21), date(2026, 11, 22)]
        sunday = date(2026, 11, 22)
        assert FrequencyCap(1, Period.DAY).used(days, sunday) == 1
        assert FrequencyCap(1, Period.WEEK).used(days, sunday) == 3
        assert FrequencyCap(1, Period.MONTH).used(days, sunday) == 4

    def test_counts_what_lies_ahead_for_who_moved_to_where_the_calendar_is_behind(self) -> None:
        assert FrequencyCap(1, Period.DAY).used([date(2026, 11, 23)], date(2026, 11, 22)) == 1

    @pytest.mark.parametrize(
        ("zone", "period", "free_at"),
        [
            (TOKYO, Period.DAY, datetime(2026, 11, 22, 15, tzinfo=UTC)),
            (LOS_ANGELES, Period.DAY, datetime(2026, 11, 22, 8, tzinfo=UTC)),
            (TOKYO, Period.WEEK, datetime(2026, 11, 22, 15, tzinfo=UTC)),
            (LOS_ANGELES, Period.MONTH, datetime(2026, 12, 1, 8, tzinfo=UTC)),
        ],
    )
    def test_is_free_again_when_the_next_one_begins_there(
        self, zone: ZoneInfo, period: Period, free_at: datetime
    ) -> None:
        now = datetime(2026, 11, 22, 3, tzinfo=UTC)  # in Los Angeles still the 21st
        assert FrequencyCap(1, period).free_at(now, zone) == free_at
