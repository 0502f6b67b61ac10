"""Whether a gateway is fit to send: a breaker that opens when it fails, and a pause when it asks for one.

Open, the gateway rests, longer each time. Half open, one message probes it. What the probe meets closes the breaker or
opens it again.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from attrs import evolve, frozen

from domain.outcome import Cause, GatewayDown, NotStarted, Outcome, Throttled, Unknown

PAUSE_FIRST = timedelta(seconds=2)
PAUSE_MAX = timedelta(minutes=5)
PAUSE_CONFIGURATION = timedelta(minutes=1)
PAUSE_THROTTLED_MAX = timedelta(days=1)
"""No provider's quota runs longer than a day; a longer hint is taken for a mistake."""

UNKNOWN_RUN_MAX = 5
"""So many lost answers in a row make a gateway rest, as if it were down."""

BY_HAND = "paused by hand"
"""Why a gateway rests that a person paused."""

UNTIL_RESUMED = datetime(9999, 1, 1, tzinfo=UTC)
"""The end of a pause that lasts until somebody resumes the gateway."""


_SCOPE_MARK = "@"  # no name of a gateway has one


def scope_name(gateway: str, scope: str) -> str:
    """Return the name under which the health of one *scope* of *gateway* is kept."""
    return f"{gateway}{_SCOPE_MARK}{scope}"


def gateway_of(name: str) -> str:
    """Return the gateway that *name* means: its own name, or that of one of its scopes."""
    return name.partition(_SCOPE_MARK)[0]


@frozen(kw_only=True)
class GatewayHealth:
    """What is known of one gateway. It rests until ``paused_until``; ``failures`` and ``unknowns`` are runs.

    ``opened_by`` is the notification with which it failed last: another one of its lane probes it, if any is due.
    ``probing_until`` is set while a probe is under way, and says when that one counts as lost with its dispatcher.
    """

    gateway: str
    failures: int = 0
    unknowns: int = 0
    paused_until: datetime | None = None
    reason: str | None = None
    opened_by: int | None = None
    probing_until: datetime | None = None

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

    def wait(self, now: datetime) -> timedelta:
        """Return how long a message had better wait for it: its rest, unless a person ends that; nothing is claimed."""
        return timedelta(0) if self.is_paused_by_hand(now) else self.rest(now)

    def is_paused_by_hand(self, now: datetime) -> bool:
        """Say whether a person let it rest; then only a person wakes it before the end of the pause."""
        return self.reason == BY_HAND and not self.is_usable(now)

    def admits(self, wanted: int, now: datetime) -> int:
        """Return how many of *wanted* messages may be claimed for it now: none while it rests, one to probe it."""
        if not self.is_usable(now) or wanted <= 0:
            return 0
        if not self.is_down:
            return wanted
        return 0 if self.is_probed(now) else 1

    def is_probed(self, now: datetime) -> bool:
        """Say whether a probe is under way; its answer decides."""
        return self.probing_until is not None and self.probing_until > now

    def again_at(self, now: datetime) -> datetime | None:
        """Return when asking :meth:`admits` again makes sense; None if now."""
        later = [at for at in (self.paused_until, self.probing_until) if at is not None and at > now]
        return max(later, default=None)

    def claimed(self, number: int, until: datetime) -> "GatewayHealth":
        """Return the health after *number* messages were claimed for it; a probe counts as under way *until*."""
        return evolve(self, probing_until=until) if number and self.is_down else self

    def observe(self, outcome: Outcome, now: datetime, culprit: int | None = None) -> "GatewayHealth":
        """Return the health after one call ended with *outcome*, the worst of the call, met by *culprit*.

        A pause is never shortened, and never lifted before its end: a call that began before the pause may still
        succeed, and a person may have set it.
        """
        known = self if self.probing_until is None else evolve(self, probing_until=None)
        match outcome:
            case NotStarted():
                return known  # the gateway was not asked
            case Throttled(reason, retry_after):
                pause = min(PAUSE_THROTTLED_MAX, max(retry_after or PAUSE_FIRST, PAUSE_FIRST))
                return _paused(known, now + pause, reason)
            case GatewayDown():
                # A call that ran beside the one that failed first says nothing new: one outage is one failure.
                return _failed(known, outcome, now, culprit) if self.is_usable(now) else known
            case Unknown(reason):
                return _lost(known, reason, now, culprit)
            case _ if not self.is_usable(now):
                return evolve(known, failures=0, unknowns=0, opened_by=None)
            case _ if known.failures or known.unknowns or known.paused_until:
                return GatewayHealth(gateway=self.gateway)
            case _:
                return known


def scopes_of(gateway: str, health: Mapping[str, GatewayHealth]) -> list[GatewayHealth]:
    """Return what is known of the scopes of *gateway*, by name."""
    return [health[name] for name in sorted(health) if name != gateway and gateway_of(name) == gateway]


def _failed(health: GatewayHealth, outcome: GatewayDown, now: datetime, culprit: int | None) -> GatewayHealth:
    pause = PAUSE_CONFIGURATION
    if outcome.cause is Cause.TRANSIENT:
        pause = min(PAUSE_MAX, PAUSE_FIRST * 2 ** min(health.failures, 10))
    return _paused(evolve(health, failures=health.failures + 1, opened_by=culprit), now + pause, outcome.reason)


def _lost(health: GatewayHealth, reason: str, now: datetime, culprit: int | None) -> GatewayHealth:
    unknowns = health.unknowns + 1
    if unknowns < UNKNOWN_RUN_MAX:
        return evolve(health, unknowns=unknowns)
    pause = min(PAUSE_MAX, PAUSE_FIRST * 2 ** min(unknowns - UNKNOWN_RUN_MAX, 10))
    return _paused(evolve(health, unknowns=unknowns, opened_by=culprit), now + pause, reason)


def _paused(health: GatewayHealth, until: datetime, reason: str) -> GatewayHealth:
    if health.paused_until is not None and health.paused_until >= until:
        return health
    return evolve(health, paused_until=until, reason=reason)
