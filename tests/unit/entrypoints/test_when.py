"""Times and spans as people write them."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInput
from domain.local_time import LocalTime
from entrypoints.when import parse_duration, parse_when

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class TestAMoment:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("now", NOW),
            (" NOW ", NOW),
            ("+10m", NOW + timedelta(minutes=10)),
            ("+2h", NOW + timedelta(hours=2)),
            ("+2s", NOW + timedelta(seconds=2)),
            ("+3d", NOW + timedelta(days=3)),
            ("+1h30m", NOW + timedelta(minutes=90)),
            ("-2h", NOW - timedelta(hours=2)),
            ("+0s", NOW),
            ("+0.0004s", NOW),
            ("2026-06-01T09:00:00+02:00", datetime(2026, 6, 1, 7, tzinfo=UTC)),
            ("2026-06-01T09:00+02:00", datetime(2026, 6, 1, 7, tzinfo=UTC)),
            ("2026-06-01 09:00:00Z", datetime(2026, 6, 1, 9, tzinfo=UTC)),
            ("20260601T090000Z", datetime(2026, 6, 1, 9, tzinfo=UTC)),
            ("2026-06-01T09:00:00.123987-05:30", datetime(2026, 6, 1, 14, 30, 0, 123000, tzinfo=UTC)),
            ("1999-01-01T00:00:00Z", datetime(1999, 1, 1, tzinfo=UTC)),
        ],
    )
    def test_is_read_in_utc_and_whole_milliseconds(self, text: str, expected: datetime) -> None:
        found = parse_when(text, NOW)
        assert found == expected
        assert isinstance(found, datetime)
        assert found.tzinfo is UTC

    @pytest.mark.parametrize(
        ("text", "clock"),
        [
            ("09:00 local", time(9)),
            ("9:05 local", time(9, 5)),
            ("23:59:30  LOCAL", time(23, 59, 30)),
            ("00:00 local", time(0)),
        ],
    )
    def test_of_the_recipients_day_is_a_local_time(self, text: str, clock: time) -> None:
        assert parse_when(text, NOW) == LocalTime(clock)

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("2026-06-01T09:00:00", "has no offset, so it could mean any place; add one, as in +02:00, or Z for UTC"),
            ("2026-06-01", "has no offset"),
            ("", "is not a time; write 2026-06-01T09:00:00+02:00, +10m"),
            ("tomorrow", "is not a time"),
            ("09:00", "is not a time"),
            ("2026-13-01T00:00:00Z", "is not a time"),
            ("2026-02-29T00:00:00Z", "is not a time"),
            ("2026-06-01T09:00:00+25:00", "is not a time"),
            ("+", "is not a length of time"),
            ("+10", "has no unit; write 10s"),
            ("+10y", "is not a length of time"),
            ("+-10m", "is not a length of time"),
            ("+99999999d", "is further away than the calendar goes"),
            ("-99999999d", "is further away than the calendar goes"),
            ("+9999999999999999999d", "is longer than the calendar"),
            ("0001-01-01T00:00:00+23:00", "is further away than the calendar goes"),
            ("9999-12-31T23:59:59-23:00", "is further away than the calendar goes"),
            ("24:00 local", "is no time of day"),
            ("12:60 local", "is no time of day"),
            ("9 local", "is not a time"),
            ("9" * 10_000, "is too long for a time"),
        ],
    )
    def test_that_is_none_is_refused_by_the_field_with_the_remedy(self, text: str, problem: str) -> None:
        with pytest.raises(InvalidInput) as raised:
            parse_when(text, NOW, "expires")
        (error,) = raised.value.errors
        assert error.field == "expires"
        assert error.message.startswith(problem)

    @given(st.text(st.characters() | st.sampled_from("0123456789+-:TZhmsd. local"), max_size=70))
    def test_may_be_any_text_without_breaking(self, text: str) -> None:
        try:
            found = parse_when(text, NOW)
        except InvalidInput as error:
            assert [one.field for one in error.errors] == ["at"]  # noqa: PT017  (some texts are fine, others are not)
        else:
            assert isinstance(found, LocalTime) or found.microsecond % 1000 == 0

    @given(st.datetimes(timezones=st.timezones()))
    def test_survives_being_written_with_its_offset(self, moment: datetime) -> None:
        found = parse_when(moment.isoformat(), NOW) if abs(moment.year - 5000) < 4990 else None
        if found is not None:
            assert isinstance(found, datetime)
            assert timedelta(0) <= moment - found < timedelta(milliseconds=1)


class TestASpan:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("250ms", timedelta(milliseconds=250)),
            ("30s", timedelta(seconds=30)),
            ("1.5s", timedelta(milliseconds=1500)),
            ("10m", timedelta(minutes=10)),
            ("2h", timedelta(hours=2)),
            ("90d", timedelta(days=90)),
            ("2w", timedelta(days=14)),
            ("1h30m", timedelta(minutes=90)),
            ("1d2h3m4s5ms", timedelta(days=1, hours=2, minutes=3, seconds=4, milliseconds=5)),
            (" 0s ", timedelta(0)),
        ],
    )
    def test_is_read(self, text: str, expected: timedelta) -> None:
        assert parse_duration(text, "timeout") == expected

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("30", "has no unit; write 30s; units are ms, s, m, h, d and w"),
            ("", "is not a length of time"),
            ("s", "is not a length of time"),
            ("-30s", "is not a length of time"),
            ("30 s", "is not a length of time"),
            ("30S", "is not a length of time"),
            ("1e9s", "is not a length of time"),
            ("٣s", "is not a length of time"),
            ("infs", "is not a length of time"),
            ("30s\x00", "is not a length of time"),
            ("999999999999w", "is longer than the calendar"),
            ("9" * 60 + "d", "is longer than the calendar"),
            ("9" * 5000 + "d", "is not a length of time"),
        ],
    )
    def test_that_is_none_is_refused_by_its_field(self, text: str, problem: str) -> None:
        with pytest.raises(InvalidInput) as raised:
            parse_duration(text, "retry.base")
        (error,) = raised.value.errors
        assert error.field == "retry.base"
        assert error.message.startswith(problem)

    @given(st.integers(0, 10**6), st.sampled_from(["ms", "s", "m", "h", "d", "w"]))
    def test_is_its_number_of_units(self, number: int, unit: str) -> None:
        assert parse_duration(f"{number}{unit}", "x") == number * parse_duration(f"1{unit}", "x")
