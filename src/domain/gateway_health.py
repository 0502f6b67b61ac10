"""Whether a gateway is fit to send: how often it failed in a row, and until when it rests."""

from datetime import datetime, timedelta

from attrs import evolve, frozen

from domain.outcome import Cause, GatewayDown, Outcome, Throttled, Unknown

PAUSE_FIRST = timedelta(seconds=2)
PAUSE_MAX = timedelta(minutes=5)
PAUSE_CONFIGURATION = timedelta(minutes=1)
UNKNOWN_RUN_MAX = 5
"""So many lost answers in a row make a gateway rest, as if it were down."""


@frozen(kw_only=True)
class GatewayHealth:
    """What is known of one gateway. It rests until ``paused_until``; ``failures`` and ``unknowns`` are runs."""

    gateway: str
    failures: int = 0
    unknowns: int = 0
    paused_until: datetime | None = None
    reason: str | None = None

    def is_usable(self, now: datetime) -> bool:
        """Say whether messages may be handed to it now."""
        return self.paused_until is None or self.paused_until <= now

    def rest(self, now: datetime) -> timedelta:
        """Return how much longer it rests; zero if it does not."""
        return max(timedelta(0), self.paused_until - now) if self.paused_until else timedelta(0)

    def observe(self, outcome: Outcome, now: datetime) -> "GatewayHealth":
        """Return the health after one call ended with *outcome*, the worst of the call."""
        match outcome:
            case Throttled(reason, retry_after):
                until = now + max(retry_after or PAUSE_FIRST, PAUSE_FIRST)
                return evolve(self, paused_until=max(until, self.paused_until or until), reason=reason)
            case GatewayDown(reason, Cause.CONFIGURATION):
                until = now + PAUSE_CONFIGURATION
                return evolve(self, failures=self.failures + 1, paused_until=until, reason=reason)
            case GatewayDown(reason):
                until = now + min(PAUSE_MAX, PAUSE_FIRST * 2 ** min(self.failures, 10))
                return evolve(self, failures=self.failures + 1, paused_until=until, reason=reason)
            case Unknown(reason):
                unknowns = self.unknowns + 1
                if unknowns < UNKNOWN_RUN_MAX:
                    return evolve(self, unknowns=unknowns)
                until = now + min(PAUSE_MAX, PAUSE_FIRST * 2 ** min(unknowns - UNKNOWN_RUN_MAX, 10))
                return evolve(self, unknowns=unknowns, paused_until=until, reason=reason)
            case _:
                if self.failures or self.unknowns or self.paused_until:
                    return GatewayHealth(gateway=self.gateway)
                return self
