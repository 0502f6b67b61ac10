"""Quiet hours: across midnight, and across both changes of the clocks."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from domain.quiet_hours import QuietHours
from domain.wall_clock import jumps

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo", "UTC")
TIMES = st.times().map(lambda one: one.replace(second=0, microsecond=0))


def wall(year: int, month: int, day: int, hour: int, minute: int, *, fold: int = 0) -> datetime:
    """Return what a clock in Berlin shows."""
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN, fold=fold)


class TestAsText:
    @pytest.mark.parametrize(
        ("text", "hours"),
        [
            ("21:00-08:00", QuietHours(time(21), time(8))),
            (" 9:05 - 17:30 ", QuietHours(time(9, 5), time(17, 30))),
            ("00:00-23:59", QuietHours(time(0), time(23, 59))),
        ],
    )
    def test_is_read(self, text: str, hours: QuietHours) -> None:
        assert QuietHours.parse(text) == hours

    @pytest.mark.parametrize("text", ["", "21:00", "21-8", "25:00-08:00", "21:60-08:00", "21:00-08:00 CET", "a-b"])
    def test_that_names_no_hours_is_refused_with_an_example(self, text: str) -> None:
        with pytest.raises(ValueError, match="21:00-08:00"):
            QuietHours.parse(text)

    def test_hours_of_no_length_are_refused(self) -> None:
        with pytest.raises(ValueError, match="different times"):
            QuietHours.parse("08:00-8:00")

    @given(begin=TIMES, end=TIMES)
    def test_comes_back_as_it_was(self, begin: time, end: time) -> None:
        assume(begin != end)
        assert QuietHours.parse(str(QuietHours(begin, end))) == QuietHours(begin, end)


class TestOver:
    @pytest.mark.parametrize(
        ("hours", "now", "over"),
        [
            # An ordinary night and an ordinary day.
            ("21:00-08:00", wall(2026, 6, 1, 20, 59), None),
            ("21:00-08:00", wall(2026, 6, 1, 21, 0), wall(2026, 6, 2, 8, 0)),
            ("21:00-08:00", wall(2026, 6, 2, 7, 59), wall(2026, 6, 2, 8, 0)),
            ("21:00-08:00", wall(2026, 6, 2, 8, 0), None),
            ("12:00-14:00", wall(2026, 6, 2, 13, 0), wall(2026, 6, 2, 14, 0)),
            # Clocks go forward from 02:00 to 03:00 on 29 March 2026, and the night is an hour shorter.
            ("21:00-08:00", wall(2026, 3, 28, 22, 0), wall(2026, 3, 29, 8, 0)),
            ("23:00-02:30", wall(2026, 3, 29, 1, 30), wall(2026, 3, 29, 3, 0)),  # its end is skipped
            ("12:00-02:30", wall(2026, 3, 28, 12, 0), wall(2026, 3, 29, 3, 0)),  # and it is, half a day later
            ("02:15-02:45", wall(2026, 3, 29, 3, 0), None),  # all of it is
            # They go back from 03:00 to 02:00 on 25 October 2026, and the night is an hour longer.
            ("21:00-08:00", wall(2026, 10, 24, 22, 0), wall(2026, 10, 25, 8, 0)),
            ("23:00-02:30", wall(2026, 10, 25, 2, 10), wall(2026, 10, 25, 2, 30)),
            ("23:00-02:30", wall(2026, 10, 25, 2, 10, fold=1), wall(2026, 10, 25, 2, 30, fold=1)),
            ("02:30-04:00", wall(2026, 10, 25, 2, 50), wall(2026, 10, 25, 2, 0, fold=1)),  # until it is 02:00 again
            ("02:30-04:00", wall(2026, 10, 25, 2, 40, fold=1), wall(2026, 10, 25, 4, 0)),
        ],
    )
    def test_at_the_first_moment_that_the_clock_shows_no_quiet_hour(
        self, hours: str, now: datetime, over: datetime | None
    ) -> None:
        found = QuietHours.parse(hours).over_at(now.astimezone(UTC), BERLIN)
        assert found == (None if over is None else over.astimezone(UTC))

    def test_on_the_day_before_where_clocks_are_put_back_across_midnight(self) -> None:
        just_after_midnight = datetime(2010, 11, 7, 2, 30, 30, tzinfo=UTC)  # at 00:01 it is 23:01 again
        zone = ZoneInfo("America/St_Johns")

        over_at = QuietHours.parse("23:50-23:30").over_at(just_after_midnight, zone)

        assert over_at == datetime(2010, 11, 7, 3, 0, tzinfo=UTC)

    @example(begin=time(2, 30), end=time(4), zone="Europe/Berlin", at=datetime(2026, 10, 25, 0, 50, tzinfo=UTC))
    @given(
        begin=TIMES,
        end=TIMES,
        zone=st.sampled_from(ZONES),
        at=st.one_of(
            st.integers(0, 15 * 365 * 24 * 60).map(lambda m: datetime(2015, 1, 1, tzinfo=UTC) + timedelta(minutes=m)),
            st.integers(-36 * 60, 36 * 60).map(lambda m: datetime(2026, 3, 29, 1, tzinfo=UTC) + timedelta(minutes=m)),
            st.integers(-36 * 60, 36 * 60).map(lambda m: datetime(2026, 10, 25, 1, tzinfo=UTC) + timedelta(minutes=m)),
        ),
    )
    def test_whatever_the_zone_and_the_night(self, begin: time, end: time, zone: str, at: datetime) -> None:
        assume(begin != end)
        hours, where = QuietHours(begin, end), ZoneInfo(zone)
        over_at = hours.over_at(at, where)
        assert (over_at is None) is not hours.contain(at.astimezone(where).time())
        if over_at is None:
            return
        assert at < over_at <= at + timedelta(hours=25)
        assert hours.over_at(over_at, where) is None
        # It is quiet all the time until then: at its last moment, and around every jump of the clocks.
        moments = [over_at, *jumps(where, at, over_at)]
        for moment in moments:
            last = moment - timedelta(milliseconds=1)
            assert last < at or hours.contain(last.astimezone(where).time())
        steps = int((over_at - at) / timedelta(minutes=7))
        assert all(hours.contain((at + timedelta(minutes=7 * step)).astimezone(where).time()) for step in range(steps))
