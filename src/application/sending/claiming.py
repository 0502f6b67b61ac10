"""Choosing the lanes to claim from, and claiming no more than their gateways can start."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from attrs import define, field

from application.ports.clock import Clock, Deadline
from application.ports.dispatch_queue import Claimed, ClaimRequest, DispatchQueue
from application.ports.gateway_repository import GatewayRepository
from application.ports.sender import Gateway, Routes
from application.sending.calls import Calls
from application.sending.routing import Routing
from application.sending.rulebook import Rulebook
from domain.errors import StoreUnavailable
from domain.lane import Lane

FAIR_EVERY = 8
"""Every so many rounds in which something was claimed, lanes are served by who waited longest alone.

So of n open lanes with due work whose gateways are free, each is served within n times as many rounds.
"""

CLAIM_S = 1.0
"""A claim takes no more than a gateway can start in about this time."""

CLAIM_HOLD_S = 0.2
"""Likewise for types that hold: what had begun when a dispatcher dies is unknown, so it had better be little."""


@define(eq=False, kw_only=True)
class Claiming:
    """Claims by priority, fairly inside one; knows why a lane with due work was left alone."""

    queue: DispatchQueue
    gateways: GatewayRepository
    routes: Routes
    rulebook: Rulebook
    routing: Routing
    calls: Calls
    clock: Clock
    lease: timedelta
    batch: int
    owner: int
    blocked: dict[str, str] = field(factory=dict, init=False)
    """By lane, why its due work cannot go out now."""
    must_wait: bool = field(default=False, init=False)
    """Whether some lane has due work and waits for a slot or for its pace."""
    _round: int = field(default=0, init=False)
    _served: dict[int, int] = field(factory=dict, init=False)

    def claim_due(self, limit: int | None) -> Iterator[tuple[Gateway, Claimed, Deadline]]:
        """Yield what was claimed, a lane at a time, with the gateway it goes to; at most *limit* altogether.

        The deadline is half of the lease, counted from before the claim: a claim that had to wait for its commit, or
        a process that was stopped after it, has so much less time to send.
        """
        self.blocked.clear()
        has_claimed = False
        self.must_wait = False
        left = limit
        for lane in self._in_order(self.queue.due_lanes(self.clock.now())):
            now, deadline = self.clock.now(), Deadline.after(self.lease.total_seconds() / 2, self.clock)
            room = self.batch if left is None else min(self.batch, left)
            gateway = self._gateway(lane, now)
            if gateway is None or room <= 0:
                continue
            if self.calls.is_stuck(gateway, self._priority(lane)):
                self.blocked[lane.name] = f"{lane.name}: {gateway.name} does not answer, and all its slots wait for it"
                continue
            claimed = self._claim(lane, gateway, room, now)
            if claimed.claims:
                self._round += not has_claimed  # a round in which something was claimed
                has_claimed = True
                self._served[lane.id] = self._round
                left = None if left is None else left - len(claimed.claims)
                yield gateway, claimed, deadline
            else:
                self.must_wait = True

    def _in_order(self, lanes: Iterable[Lane]) -> list[Lane]:
        is_fair_round = self._round % FAIR_EVERY == FAIR_EVERY - 1

        def place(lane: Lane) -> tuple[int, int, int]:
            priority = 0 if is_fair_round else self._priority(lane)
            return priority, self._served.get(lane.id, 0), lane.id

        return sorted(lanes, key=place)

    def _priority(self, lane: Lane) -> int:
        return self.rulebook.rules(lane.channel, lane.type).policy.priority

    def _span_s(self, lane: Lane) -> float:
        return CLAIM_S if self.rulebook.rules(lane.channel, lane.type).resend else CLAIM_HOLD_S

    def _gateway(self, lane: Lane, now: datetime) -> Gateway | None:
        route = self.routes.get(lane.channel)
        if not route:
            self.blocked[lane.name] = f"{lane.name}: no gateway is configured for {lane.channel}"
            return None
        gateway = self.routing.choose(route, now)
        if gateway is None:
            health = self.routing.health(route[0].name)
            seconds = self.routing.rest(route, now).total_seconds()
            self.blocked[lane.name] = f"{lane.name}: {health.gateway} rests for {seconds:.0f} s more: {health.reason}"
        return gateway

    def _claim(self, lane: Lane, gateway: Gateway, room: int, now: datetime) -> Claimed:
        """Claim for the free slots of *gateway*; a gateway that was down is probed with a single message."""
        free = self.calls.free_slots(gateway, self._priority(lane))
        is_probe = self.routing.health(gateway.name).is_down
        if is_probe and self.calls.is_busy(gateway):
            free = 0
        wanted = 1 if is_probe else min(room, free * self.calls.likely_within(gateway, self._span_s(lane)))
        if free and gateway.rate is not None:
            wanted = self.gateways.take(gateway.name, gateway.rate, wanted, now)
        if not free or not wanted:
            return Claimed((), {})
        claimed = self.queue.claim(ClaimRequest(lane=lane, limit=wanted, owner=self.owner, now=now, lease=self.lease))
        if gateway.rate is not None and len(claimed.claims) < wanted:
            with suppress(StoreUnavailable):  # tokens grow again; what is claimed must be sent
                self.gateways.give_back(gateway.name, wanted - len(claimed.claims))
        return claimed
