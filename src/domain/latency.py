"""How long it took, counted in buckets: so small that nobody sees them, so few that a year of them is soon read."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import Final

LATENCY_MAX_MS: Final = 10 * 366 * 24 * 60 * 60 * 1000
"""What took longer than ten years counts as about ten years."""


def _bounds() -> Iterator[int]:
    bound = 1
    while bound < LATENCY_MAX_MS:
        yield bound
        bound += max(1, bound // 10)
    yield bound


BOUNDS_MS: Final = tuple(_bounds())
"""The upper bounds of the buckets, in milliseconds. One is 5 to 10 % above the one before, and 1 ms up to 20 ms."""

_LAST: Final = len(BOUNDS_MS) - 1


def bound_of(latency_ms: int) -> int:
    """Return the upper bound of the bucket that *latency_ms* belongs to: the smallest bound that it does not exceed."""
    return BOUNDS_MS[bisect_left(BOUNDS_MS, latency_ms, 0, _LAST)]


def percentile(buckets: Mapping[int, int], percent: int) -> int | None:
    """Return the bound that *percent* of all do not exceed (nearest rank), or None if nothing was counted.

    *buckets* has by upper bound how many there were; so the answer is up to 10 % above the exact one, never below it.
    """
    rank = -(-percent * sum(buckets.values()) // 100)  # rounded up
    for bound in sorted(buckets):
        rank -= buckets[bound]
        if rank <= 0:
            return bound
    return None
