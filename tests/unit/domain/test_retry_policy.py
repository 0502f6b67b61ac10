"""Backoff: its bounds, its growth, and what cannot make it overflow."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.retry_policy import RetryPolicy

spreads = st.floats(0.5, 1.0)
attempts = st.integers(1, 10_000)
spans = st.timedeltas(timedelta(milliseconds=1), timedelta(days=30))
policies = st.builds(RetryPolicy, base=spans, cap=spans, factor=st.floats(1, 1e6), attempts_max=st.integers(1, 100))


class TestByDefault:
    def test_it_starts_at_half_a_minute_doubles_up_to_an_hour_and_stops_after_eight_attempts(self) -> None:
        policy = RetryPolicy()
        waits = [policy.delay(attempt, 1.0).total_seconds() for attempt in range(1, 10)]
        assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
        assert next(attempt for attempt in range(20) if policy.is_exhausted(attempt)) == 8

    def test_the_spread_shortens_it_to_no_less_than_half(self) -> None:
        assert RetryPolicy().delay(1, 0.5) == timedelta(seconds=15)


@given(policies, attempts, spreads)
def test_a_delay_lies_between_half_of_the_steps_and_the_cap(policy: RetryPolicy, attempt: int, spread: float) -> None:
    delay = policy.delay(attempt, spread)
    assert min(policy.cap, policy.base) * 0.5 <= delay <= policy.cap


@given(policies, st.integers(1, 9_999), spreads)
def test_it_never_shrinks_with_the_attempts(policy: RetryPolicy, attempt: int, spread: float) -> None:
    assert policy.delay(attempt, spread) <= policy.delay(attempt + 1, spread)


@given(policies, attempts, spreads, st.timedeltas(timedelta(0), timedelta(days=9999)))
def test_it_is_never_shorter_than_the_provider_asked_for(
    policy: RetryPolicy, attempt: int, spread: float, retry_after: timedelta
) -> None:
    assert policy.delay(attempt, spread, retry_after) == max(retry_after, policy.delay(attempt, spread))


@pytest.mark.parametrize("factor", [1.0, 2.0, 1e300, float("inf")])
def test_the_ten_thousandth_attempt_waits_no_longer_than_the_cap(factor: float) -> None:
    policy = RetryPolicy(factor=factor)
    assert policy.delay(10_000, 1.0) == (policy.base if factor == 1 else policy.cap)


@given(policies, st.integers(0, 200))
def test_the_budget_is_used_up_at_its_number_and_stays_so(policy: RetryPolicy, attempt: int) -> None:
    assert policy.is_exhausted(attempt) is (attempt >= policy.attempts_max)


@pytest.mark.parametrize(
    "wrong",
    [{"base": timedelta(0)}, {"cap": timedelta(-1)}, {"factor": 0.9}, {"factor": float("nan")}, {"attempts_max": 0}],
)
def test_a_policy_that_makes_no_sense_cannot_be_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        RetryPolicy(**wrong)  # type: ignore[arg-type]  # wrong values are the point
