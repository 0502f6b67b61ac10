"""The health and the pace of gateways in memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import evolve, frozen

from adapters.memory.state import MemoryState
from domain.gateway_health import GatewayHealth
from domain.outcome import Outcome


@frozen
class MemoryGatewayRepository:
    """Keeps what is known of gateways in dicts (:class:`application.ports.gateway_repository.GatewayRepository`)."""

    _state: MemoryState

    def health(self) -> Mapping[str, GatewayHealth]:
        """Return what is known of each gateway by name."""
        with self._state.lock:
            return dict(self._state.health)

    def observe(self, gateway: str, outcome: Outcome, now: datetime, culprit: int | None = None) -> GatewayHealth:
        """Record how a call ended and return the health after it."""
        with self._state.lock:
            health = self._state.health_of(gateway).observe(outcome, now, culprit)
            self._state.health[gateway] = health
            return health

    def take(self, gateway: str, rate: float, wanted: int, now: datetime) -> int:
        """Return how many of *wanted* messages the pace allows now, and count them as used."""
        with self._state.lock:
            bucket = self._state.gateway_pace(gateway, rate, now)
            granted, self._state.gateway_paces[gateway] = bucket.take(wanted, now)
            return granted

    def probe(self, gateway: str, now: datetime, until: datetime) -> bool:
        """Say whether a message may probe *gateway* now; then it is under way *until*."""
        with self._state.lock:
            health = self._state.health_of(gateway)
            admitted = health.admits(1, now)
            self._state.health[gateway] = health.claimed(admitted, until)
            return bool(admitted)

    def rest(self, gateways: Sequence[str], until: datetime | None, reason: str | None) -> None:
        """Let *gateways* rest until *until* by hand; None wakes them."""
        with self._state.lock:
            for gateway in gateways:
                self._state.health[gateway] = (
                    GatewayHealth(gateway=gateway)
                    if until is None
                    else evolve(self._state.health_of(gateway), paused_until=until, reason=reason)
                )
