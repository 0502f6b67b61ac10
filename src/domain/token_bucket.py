"""A pace: so many a second, with a small reserve for what comes at once."""

from datetime import datetime, timedelta

from attrs import evolve, field, frozen, validators

CLOCK_STEP_MAX = timedelta(seconds=5)
"""Dispatchers' clocks may differ by so much; a clock further back than that was set."""


@frozen(kw_only=True)
class TokenBucket:
    """A bucket that fills at ``rate`` tokens a second up to one second's worth, and at least one token."""

    rate: float = field(validator=validators.gt(0))
    tokens: float
    at: datetime

    @classmethod
    def full(cls, rate: float, now: datetime) -> "TokenBucket":
        """Return a bucket that has not been used."""
        return cls(rate=rate, tokens=max(1.0, rate), at=now)

    def take(self, wanted: int, now: datetime) -> tuple[int, "TokenBucket"]:
        """Return how many of *wanted* tokens are there now, and the bucket without them.

        A clock that went backwards adds nothing and takes nothing; one that was set back counts from where it is now,
        or the bucket would stay empty until it has caught up.
        """
        assert wanted >= 0
        elapsed = max(0.0, (now - self.at).total_seconds())
        tokens = min(max(1.0, self.rate), self.tokens + elapsed * self.rate)
        granted = min(wanted, int(tokens))
        return granted, evolve(
            self, tokens=tokens - granted, at=self.at if timedelta(0) <= self.at - now <= CLOCK_STEP_MAX else now
        )

    def again_at(self, now: datetime) -> datetime:
        """Return when the next token is there, if none is taken before."""
        missing = 1.0 - self.tokens
        return now if missing <= 0 else now + timedelta(seconds=missing / self.rate)

    def at_rate(self, rate: float) -> "TokenBucket":
        """Return the bucket filling at another *rate* from now on; what it holds stays, as far as there is room."""
        return self if rate == self.rate else evolve(self, rate=rate, tokens=min(max(1.0, rate), self.tokens))
