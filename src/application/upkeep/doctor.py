"""Looking for what is wrong, with advice."""

from collections.abc import Sequence

from attrs import frozen

from application.ports.clock import Clock
from application.ports.dispatch_queue import DispatchQueue
from application.ports.gateway_repository import GatewayRepository
from application.ports.sender import RouteNames
from application.ports.store import Finding, Level, Store
from domain.channel import Channel
from domain.gateway_health import gateway_of


@frozen(kw_only=True)
class Doctor:
    """Look at the configuration, the store and the gateways, and say what to do.

    *advice* is what the configuration lacks.
    """

    store: Store
    queue: DispatchQueue
    gateways: GatewayRepository
    routes: RouteNames
    clock: Clock
    advice: Sequence[Finding] = ()

    def __call__(self) -> list[Finding]:
        """Return every finding, also the good ones.

        :raises StoreUnavailable: the store cannot be used at all.
        """
        return [*self.store.inspect(), *self._routes(), *self._gateways(), *self._lanes(), *self.advice]

    def _routes(self) -> Sequence[Finding]:
        missing = [channel.value for channel in Channel if not self.routes.get(channel)]
        if not missing:
            return [Finding("routes", Level.OK, "every channel has a gateway")]
        return [Finding("routes", Level.OK, f"without a gateway, and refused when asked for: {', '.join(missing)}")]

    def _gateways(self) -> Sequence[Finding]:
        now = self.clock.now()
        return [
            Finding(
                f"gateway {health.gateway}",
                Level.WARNING,
                f"rests until {health.paused_until:%H:%M:%S} UTC: {health.reason}; "
                f"try it with: tocsin gateways check {gateway_of(health.gateway)}"
                if not health.is_paused_by_hand(now)
                else f"is paused by hand; wake it with: tocsin gateways resume {health.gateway}",
            )
            for health in self.gateways.health().values()
            if not health.is_usable(now)
        ]

    def _lanes(self) -> Sequence[Finding]:
        due = self.queue.due_lanes(self.clock.now())
        stuck = [lane.name for lane in due if not (lane.test or self.routes.get(lane.channel))]
        if not stuck:
            return []
        return [
            Finding("lanes", Level.ERROR, f"due work waits without a gateway: {', '.join(stuck)}; add it to [routes]")
        ]
