"""How the gateways are that a notification could go through."""

from attrs import frozen

from application.ports.gateway_repository import GatewayRepository
from application.ports.sender import SIMULATOR, RouteNames
from domain.channel import Channel
from domain.gateway_health import GatewayHealth, scopes_of


@frozen(kw_only=True)
class GatewayStanding:
    """One gateway of a route with its health, and that of its scopes."""

    health: GatewayHealth
    scopes: tuple[GatewayHealth, ...] = ()

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        return self.health.gateway


@frozen(kw_only=True)
class RouteHealth:
    """Looks at the gateways of a route."""

    gateways: GatewayRepository
    routes: RouteNames

    def __call__(self, channel: Channel, *, test: bool) -> list[GatewayStanding]:
        """Return the gateways of *channel* in the order of its route; a *test* goes through the simulator alone."""
        names = [SIMULATOR] if test else self.routes.get(channel, ())
        health = self.gateways.health()
        return [
            GatewayStanding(
                health=health.get(name) or GatewayHealth(gateway=name), scopes=tuple(scopes_of(name, health))
            )
            for name in names
        ]
