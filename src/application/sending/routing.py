"""Which gateway of a route is used now."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from attrs import define, field

from application.ports.clock import Clock
from application.ports.gateway_repository import GatewayRepository
from application.ports.sender import Gateway
from domain.gateway_health import GatewayHealth
from domain.outcome import (
    Accepted,
    Deferred,
    GatewayDown,
    NotStarted,
    Outcome,
    Rejected,
    Throttled,
    Unknown,
    Unreachable,
)

_ANSWERS = (Accepted, Deferred, Rejected, Unreachable)  # a tuple, because a union is made anew at each look

REFRESH_S = 1.0
SKIP_AFTER = timedelta(seconds=30)
"""A gateway that rests longer is skipped along its route like one that is down."""


@define(eq=False)
class Routing:
    """Knows the health of the gateways, shared with all dispatchers through the store, at most a second old."""

    gateways: GatewayRepository
    clock: Clock
    _health: dict[str, GatewayHealth] = field(factory=dict, init=False)
    _refreshed_s: float | None = field(default=None, init=False)

    def refresh(self) -> None:
        """Look again at what the store says, if the last look is older than a second."""
        now_s = self.clock.elapsed_s()
        if self._refreshed_s is None or now_s - self._refreshed_s >= REFRESH_S:
            self._health = dict(self.gateways.health())
            self._refreshed_s = now_s

    def health(self, name: str) -> GatewayHealth:
        """Return what is known of one gateway."""
        return self._health.get(name) or GatewayHealth(gateway=name)

    def choose(self, route: Sequence[Gateway], now: datetime) -> Gateway | None:
        """Return the first gateway of *route* that may be used now; None where all rest, or the first does shortly."""
        name = first_usable((self.health(gateway.name) for gateway in route), now)
        return next((gateway for gateway in route if gateway.name == name), None)

    def rest(self, route: Sequence[Gateway], now: datetime) -> timedelta:
        """Return how long until some gateway of *route* may be used again."""
        return min((self.health(gateway.name).rest(now) for gateway in route), default=timedelta(0))

    def observe(self, gateway: str, outcomes: Sequence[Outcome], ids: Sequence[int], now: datetime) -> GatewayHealth:
        """Record what one call says of *gateway*; a good answer of a healthy one writes nothing.

        *ids* name the notifications of the call, in the order of *outcomes*. A probe that was not tried makes room for
        another.
        """
        known = self.health(gateway)
        telling = worst(outcomes) or (NotStarted() if known.is_down else None)
        if telling is None or (not known.is_down and known.observe(telling, now) == known):
            return known
        culprit = next((one for one, outcome in zip(ids, outcomes, strict=False) if outcome is telling), None)
        self._health[gateway] = self.gateways.observe(gateway, telling, now, culprit)
        return self._health[gateway]


def first_usable(route: Iterable[GatewayHealth], now: datetime) -> str | None:
    """Return which gateway of a route is used now; None where all rest, or the first does shortly."""
    for health in route:
        rest = health.rest(now)
        if not rest:
            return health.gateway
        if not health.is_down and rest <= SKIP_AFTER:
            return None  # throttled for a moment: waiting is better than another sender
    return None


def worst(outcomes: Sequence[Outcome]) -> Outcome | None:
    """Return the outcome of a call that says most of its gateway's health, or None if nothing was tried.

    That others succeeded shows that the gateway is up, so a single GatewayDown or Unknown beside them says nothing.
    """
    throttled = next((one for one in outcomes if isinstance(one, Throttled)), None)
    if throttled is not None:
        return throttled
    fine = next((one for one in outcomes if is_answer(one)), None)
    if fine is not None:
        return fine
    down = next((one for one in outcomes if isinstance(one, GatewayDown)), None)
    return down or next((one for one in outcomes if isinstance(one, Unknown)), None)


def is_answer(outcome: Outcome) -> bool:
    """Say whether *outcome* shows that the gateway works: it took a message, or judged one."""
    return isinstance(outcome, _ANSWERS)
