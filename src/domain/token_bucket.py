"""A pace: so many a second, with a small reserve for what comes at once."""

from datetime import datetime

from attrs import evolve, field, frozen, validators


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

        A clock that went backwards adds nothing and takes nothing.
        """
        elapsed = max(0.0, (now - self.at).total_seconds())
        tokens = min(max(1.0, self.rate), self.tokens + elapsed * self.rate)
        granted = min(wanted, int(tokens))
        return granted, evolve(self, tokens=tokens - granted, at=max(now, self.at))

    def give_back(self, unused: int) -> "TokenBucket":
        """Return the bucket with tokens that were taken and not used."""
        return evolve(self, tokens=min(max(1.0, self.rate), self.tokens + unused))
