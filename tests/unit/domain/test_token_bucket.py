"""A pace, held over whole histories of taking."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.token_bucket import CLOCK_STEP_MAX, TokenBucket

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
rates = st.floats(0.01, 5000)
steps = st.lists(st.tuples(st.timedeltas(timedelta(0), timedelta(seconds=30)), st.integers(0, 10_000)), max_size=40)


def test_a_full_bucket_holds_one_second_and_at_least_one_token() -> None:
    assert TokenBucket.full(50, START).take(1000, START)[0] == 50
    assert TokenBucket.full(0.1, START).take(1000, START)[0] == 1


def test_it_fills_at_its_rate() -> None:
    _, bucket = TokenBucket.full(10, START).take(10, START)
    granted, bucket = bucket.take(10, START + timedelta(milliseconds=350))
    assert granted == 3
    assert bucket.take(10, START + timedelta(milliseconds=400))[0] == 1  # the half token was kept
    assert bucket.take(10, START + timedelta(hours=1))[0] == 10


def test_a_slow_rate_gives_a_token_after_its_time() -> None:
    _, bucket = TokenBucket.full(0.1, START).take(1, START)
    assert bucket.take(1, START + timedelta(seconds=9.9))[0] == 0
    assert bucket.take(1, START + timedelta(seconds=10))[0] == 1


@given(rates, steps)
def test_never_more_than_the_rate_allows_since_the_start(rate: float, history: list[tuple[timedelta, int]]) -> None:
    bucket, now, used = TokenBucket.full(rate, START), START, 0
    burst = max(1.0, rate)
    for wait, wanted in history:
        now += wait
        granted, bucket = bucket.take(wanted, now)
        assert 0 <= granted <= wanted
        used += granted
        assert used <= rate * (now - START).total_seconds() + burst + 1e-6 * (1 + used)
        assert 0 <= bucket.tokens <= burst


@given(rates, steps)
def test_a_patient_caller_gets_what_the_rate_promises(rate: float, history: list[tuple[timedelta, int]]) -> None:
    bucket, now = TokenBucket.full(rate, START), START
    for wait, wanted in history:
        now += wait
        _, bucket = bucket.take(wanted, now)
    assert bucket.take(1, now + timedelta(seconds=1 / rate + 0.001))[0] == 1


def test_a_clock_that_lags_adds_nothing_and_takes_nothing() -> None:
    _, bucket = TokenBucket.full(10, START).take(10, START)
    for lag in (timedelta(milliseconds=1), CLOCK_STEP_MAX):
        granted, lagging = bucket.take(5, START - lag)
        assert granted == 0
        assert lagging.take(5, START)[0] == 0


def test_a_clock_that_was_set_back_does_not_stop_the_pace() -> None:
    ahead = START + timedelta(days=1)
    _, bucket = TokenBucket.full(10, ahead).take(10, ahead)
    granted, bucket = bucket.take(5, START)
    assert granted == 0
    assert bucket.take(5, START + timedelta(seconds=1))[0] == 5


@given(rates, steps)
def test_it_says_when_the_next_token_is_there(rate: float, history: list[tuple[timedelta, int]]) -> None:
    bucket, now = TokenBucket.full(rate, START), START
    for wait, wanted in history:
        now += wait
        _, bucket = bucket.take(wanted, now)
        again_at = bucket.again_at(now)
        assert again_at >= now
        assert bucket.take(1, again_at + timedelta(milliseconds=1))[0] == 1
        if again_at > now + timedelta(milliseconds=1):
            assert bucket.take(1, again_at - timedelta(milliseconds=1))[0] == 0


@given(rates, rates, steps)
def test_under_a_changing_rate_no_more_than_the_faster_one_allows(
    slow: float, fast: float, history: list[tuple[timedelta, int]]
) -> None:
    slow, fast = sorted((slow, fast))
    bucket, now, used = TokenBucket.full(slow, START), START, 0
    for number, (wait, wanted) in enumerate(history):
        now += wait
        granted, bucket = bucket.at_rate(fast if number % 2 else slow).take(wanted, now)
        used += granted
        assert used <= fast * (now - START).total_seconds() + max(1.0, fast) + 1e-6 * (1 + used)


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_a_rate_is_more_than_nothing(rate: float) -> None:
    with pytest.raises(ValueError, match="'rate' must be"):
        TokenBucket.full(rate, START)
