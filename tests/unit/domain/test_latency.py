"""Buckets of latency, and what they say of the whole."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.latency import BOUNDS_MS, LATENCY_MAX_MS, bound_of, percentile

latencies = st.integers(0, LATENCY_MAX_MS)


def test_buckets_are_narrow_and_few() -> None:
    assert len(BOUNDS_MS) < 300
    for lower, upper in pairwise(BOUNDS_MS):
        width = upper - lower
        assert width == 1 or lower < 20 * width <= 2 * lower


@given(latencies)
def test_a_bucket_ends_at_or_above_what_counts_in_it_but_by_less_than_a_tenth(latency_ms: int) -> None:
    bound = bound_of(latency_ms)

    assert bound in BOUNDS_MS
    assert latency_ms <= bound <= max(1, latency_ms + latency_ms // 10)


@given(st.sampled_from(BOUNDS_MS))
def test_a_bound_belongs_to_its_own_bucket_and_one_more_to_the_next(bound: int) -> None:
    assert bound_of(bound) == bound
    assert bound_of(bound + 1) > bound or bound == BOUNDS_MS[-1]


@pytest.mark.parametrize(("latency_ms", "bound"), [(-5, 1), (0, 1), (1, 1), (10**15, BOUNDS_MS[-1])])
def test_what_lies_outside_counts_at_the_edge(latency_ms: int, bound: int) -> None:
    assert bound_of(latency_ms) == bound


@given(st.lists(latencies, min_size=1), st.integers(1, 100))
def test_a_percentile_is_the_bound_of_the_nearest_rank(taken: list[int], percent: int) -> None:
    exact = sorted(taken)[-(-percent * len(taken) // 100) - 1]

    assert percentile(Counter(map(bound_of, taken)), percent) == bound_of(exact)


def test_of_nothing_there_is_no_percentile() -> None:
    assert percentile({}, 50) is None
