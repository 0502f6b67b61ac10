"""Sending what is due, once or for ever."""

from datetime import timedelta

from attrs import frozen

from application.ports.campaign_repository import CampaignRepository
from application.ports.clock import Clock
from application.ports.dispatch_observer import DispatchObserver
from application.ports.dispatch_queue import DispatchQueue
from application.ports.gateway_repository import GatewayRepository
from application.ports.randomness import Randomness
from application.ports.sender import Gateway, Routes
from application.sending.beginning import Beginning
from application.sending.calls import Calls
from application.sending.claiming import Claiming
from application.sending.clerk import Clerk
from application.sending.delivery import Delivery
from application.sending.dispatch_run import DispatchCommand, DispatchRun, DispatchSummary
from application.sending.preparation import Preparation
from application.sending.rescue import RescueLost
from application.sending.routing import Routing
from application.sending.rulebook import Rulebook
from application.sending.succession import Succession
from domain.errors import StoreUnavailable


@frozen(kw_only=True)
class DispatchDue:
    """Claim what is due, pass the gates, render, begin, send, conclude; meanwhile rescue and advance campaigns.

    A dispatcher that cannot record what it does stops sending until it can. What test lanes have goes through
    *simulator*, whatever the routes say.
    """

    queue: DispatchQueue
    campaigns: CampaignRepository
    gateways: GatewayRepository
    routes: Routes
    simulator: Gateway
    rulebook: Rulebook
    preparation: Preparation
    clock: Clock
    randomness: Randomness
    observer: DispatchObserver
    lease: timedelta
    batch: int

    def __call__(self, command: DispatchCommand) -> DispatchSummary:
        """Run until done or told to stop, and return what was done.

        :raises StoreUnavailable: the store could not be used for so long that a run that is not to watch gave up, or
            that the last conclusions could not be recorded; their claims will be rescued.
        """
        owner = self.queue.register(self.clock.now())
        run = self._run(command, owner)
        stop_listening = self.queue.listen(run.delivery.calls.ring)
        try:
            return run.to_the_end()
        finally:
            stop_listening()
            run.clerk.close()
            run.delivery.calls.close()
            self._unregister(owner)

    def _unregister(self, owner: int) -> None:
        try:
            self.queue.unregister(owner)
        except StoreUnavailable as error:
            self.observer.store_failed(error)  # the end of the process says the same

    def _run(self, command: DispatchCommand, owner: int) -> DispatchRun:
        routing = Routing(self.gateways, self.clock)
        calls = self._calls()
        delivery = Delivery(
            beginning=Beginning(queue=self.queue, clock=self.clock, observer=self.observer),
            succession=Succession(routes=self.routes, routing=routing, clock=self.clock, observer=self.observer),
            routes=self.routes,
            rulebook=self.rulebook,
            preparation=self.preparation,
            routing=routing,
            calls=calls,
            clock=self.clock,
            randomness=self.randomness,
            observer=self.observer,
        )
        claiming = Claiming(
            queue=self.queue,
            routes=self.routes,
            simulator=self.simulator,
            rulebook=self.rulebook,
            routing=routing,
            calls=calls,
            delivery=delivery,
            clock=self.clock,
            batch=self.batch,
        )
        return DispatchRun(
            command=command,
            queue=self.queue,
            campaigns=self.campaigns,
            clock=self.clock,
            observer=self.observer,
            lease=self.lease,
            batch=self.batch,
            owner=owner,
            claiming=claiming,
            delivery=delivery,
            rescue=RescueLost(self.queue, self.rulebook, self.clock, self.randomness),
            clerk=self._clerk(calls),
        )

    def _calls(self) -> Calls:
        return Calls(self.clock)

    def _clerk(self, calls: Calls) -> Clerk:
        return Clerk(calls.ring)
