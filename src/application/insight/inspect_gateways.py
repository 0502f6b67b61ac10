"""How the gateways are, and whether they could send now."""

from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from application.ports.clock import Clock, Deadline
from application.ports.gateway_repository import GatewayRepository
from application.ports.sender import Gateway, RouteNames
from domain.channel import Channel
from domain.gateway_health import GatewayHealth, scopes_of
from domain.outcome import Accepted, Outcome

CHECK_S = 30.0


@frozen(kw_only=True)
class GatewayFacts:
    """A gateway as the configuration describes it, without the sender behind it.

    ``public_key`` is what browsers subscribe with, where the gateway has such a key.
    """

    name: str
    kind: str
    rate: float | None = None
    public_key: str | None = None


@frozen(kw_only=True)
class GatewayState:
    """One gateway with its place on the routes, of which the first is 1, its health, and that of its scopes."""

    facts: GatewayFacts
    places: Mapping[Channel, int]
    health: GatewayHealth
    scopes: Sequence[GatewayHealth] = ()

    @property
    def channels(self) -> list[Channel]:
        """Return the channels whose route it is on."""
        return list(self.places)


@frozen(kw_only=True)
class ListGateways:
    """Say how every gateway of the configuration is."""

    configured: Sequence[GatewayFacts]
    routes: RouteNames
    gateways: GatewayRepository

    def __call__(self) -> list[GatewayState]:
        """Return the gateways in the order of the configuration."""
        health = self.gateways.health()
        return [
            GatewayState(
                facts=facts,
                places={
                    channel: route.index(facts.name) + 1
                    for channel, route in self.routes.items()
                    if facts.name in route
                },
                health=health.get(facts.name) or GatewayHealth(gateway=facts.name),
                scopes=scopes_of(facts.name, health),
            )
            for facts in self.configured
        ]


@frozen(kw_only=True)
class CheckGateway:
    """Connect to a gateway and log in for real, without sending."""

    gateway: Callable[[str], Gateway]
    gateways: GatewayRepository
    clock: Clock

    def __call__(self, name: str) -> Outcome | None:
        """Return what the gateway says: Accepted, or the GatewayDown a message would have met; None if it has no check.

        A gateway that answers well is woken if it was resting, but not one that a person paused.

        :raises NotFound: no gateway of this name is configured.
        """
        gateway = self.gateway(name)
        if gateway.check is None:
            return None
        outcome = gateway.check(Deadline.after(CHECK_S, self.clock))
        if isinstance(outcome, Accepted) and not self._is_paused_by_hand(name):
            self.gateways.rest([name], None, None)
        return outcome

    def _is_paused_by_hand(self, name: str) -> bool:
        known = self.gateways.health().get(name)
        return known is not None and known.is_paused_by_hand(self.clock.now())
