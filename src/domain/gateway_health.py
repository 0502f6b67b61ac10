"""Whether a gateway is fit to send: how often it failed in a row, and until when it rests."""

from datetime import datetime, timedelta

from attrs import evolve, frozen

from domain.outcome import Cause, GatewayDown, NotStarted, Outcome, Throttled, Unknown

PAUSE_FIRST = timedelta(seconds=2)
PAUSE_MAX = timedelta(minutes=5)
PAUSE_CONFIGURATION = timedelta(minutes=1)
PAUSE_THROTTLED_MAX = timedelta(days=1)
"""No provider's quota runs longer than a day; a longer hint is taken for a mistake."""

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

    @property
    def is_down(self) -> bool:
        """Say whether it failed, rather than being asked to slow down; the next call is a probe."""
        return self.failures > 0 or self.unknowns >= UNKNOWN_RUN_MAX

    def is_usable(self, now: datetime) -> bool:
        """Say whether messages may be handed to it now."""
        return self.paused_until is None or self.paused_until <= now

    def rest(self, now: datetime) -> timedelta:
        """Return how much longer it rests; zero if it does not."""
        return max(timedelta(0), self.paused_until - now) if self.paused_until else timedelta(0)

    def observe(self, outcome: Outcome, now: datetime) -> "GatewayHealth":
        """Return the health after one call ended with *outcome*, the worst of the call.

        A pause is never shortened, and never lifted before its end: a call that began before the pause may still
        succeed, and a person may have set it.
        """
        match outcome:
            case NotStarted():
                return self  # the gateway was not asked
            case Throttled(reason, retry_after):
                pause = min(PAUSE_THROTTLED_MAX, max(retry_after or PAUSE_FIRST, PAUSE_FIRST))
                return _paused(self, now + pause, reason)
            case GatewayDown() if not self.is_usable(now):
                return self  # a call that ran beside the one that failed first; one outage is one failure
            case GatewayDown(reason, Cause.CONFIGURATION):
                failing = evolve(self, failures=self.failures + 1)
                return _paused(failing, now + PAUSE_CONFIGURATION, reason)
            case GatewayDown(reason):
                until = now + min(PAUSE_MAX, PAUSE_FIRST * 2 ** min(self.failures, 10))
                return _paused(evolve(self, failures=self.failures + 1), until, reason)
            case Unknown(reason):
                unknowns = self.unknowns + 1
                if unknowns < UNKNOWN_RUN_MAX:
                    return evolve(self, unknowns=unknowns)
                until = now + min(PAUSE_MAX, PAUSE_FIRST * 2 ** min(unknowns - UNKNOWN_RUN_MAX, 10))
                return _paused(evolve(self, unknowns=unknowns), until, reason)
            case _ if not self.is_usable(now):
                return evolve(self, failures=0, unknowns=0)
            case _ if self.failures or self.unknowns or self.paused_until:
                return GatewayHealth(gateway=self.gateway)
            case _:
                return self


def _paused(health: GatewayHealth, until: datetime, reason: str) -> GatewayHealth:
    if health.paused_until is not None and health.paused_until >= until:
        return health
    return evolve(health, paused_until=until, reason=reason)
