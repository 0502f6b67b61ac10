"""Which gateway takes over from another within one attempt, and how much."""

from attrs import define

from application.ports.clock import Clock
from application.ports.dispatch_observer import DispatchObserver
from application.ports.sender import Gateway, Routes
from application.sending.routing import Routing
from domain.channel import Channel
from domain.errors import StoreUnavailable


@define(eq=False, kw_only=True)
class Succession:
    """Knows what comes after a gateway on its route."""

    routes: Routes
    routing: Routing
    clock: Clock
    observer: DispatchObserver

    def after(self, gateway: Gateway, channel: Channel) -> Gateway | None:
        """Return what comes after *gateway* on the route of *channel* and may be used now."""
        route = self.routes.get(channel, ())
        names = [one.name for one in route]
        name = gateway.base or gateway.name
        if name not in names:
            return None
        return self.routing.choose(route[names.index(name) + 1 :], self.clock.now())

    def room(self, successor: Gateway, unsent: int) -> int:
        """Return how many of *unsent* messages *successor* may take over within its pace.

        One that was down is probed by claims alone.
        """
        if self.routing.health(successor.name).is_down:
            return 0
        if successor.rate is None:
            return unsent
        try:
            return self.routing.gateways.take(successor.name, successor.rate, unsent, self.clock.now())
        except StoreUnavailable as error:
            self.observer.store_failed(error)
            return 0
