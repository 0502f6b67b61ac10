"""How long to wait before the next attempt, and how many there are."""

from collections.abc import Mapping
from datetime import timedelta

from attrs import field, frozen, validators

from domain.channel import Channel

SPREAD_MIN = 0.5
SPREAD_MAX = 1.0


@frozen(kw_only=True)
class RetryPolicy:
    """Exponential backoff with equal jitter, never shorter than what the provider asked for."""

    base: timedelta = field(default=timedelta(seconds=30), validator=validators.gt(timedelta(0)))
    factor: float = field(default=2.0, validator=validators.ge(1.0))
    cap: timedelta = field(default=timedelta(hours=1), validator=validators.gt(timedelta(0)))
    attempts_max: int = field(default=8, validator=validators.ge(1))

    def delay(self, attempt: int, spread: float, retry_after: timedelta | None = None) -> timedelta:
        """Return the wait after attempt number *attempt* (1 is the first).

        *spread* is a random number between 0.5 and 1, drawn by the caller so that this stays pure.
        """
        assert attempt >= 1
        assert SPREAD_MIN <= spread <= SPREAD_MAX
        try:
            steps = self.base * self.factor ** (attempt - 1)
        except OverflowError:
            steps = self.cap
        return max(retry_after or timedelta(0), min(self.cap, steps) * spread)

    def is_exhausted(self, attempts: int) -> bool:
        """Say whether *attempts* used up the budget."""
        return attempts >= self.attempts_max


RetryPolicies = Mapping[Channel, RetryPolicy]
