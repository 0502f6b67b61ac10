"""Choosing the lanes to claim from, and claiming no more than their gateways can start."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from attrs import define, field

from application.ports.clock import Clock
from application.ports.dispatch_queue import DispatchQueue
from application.ports.sender import Gateway, Routes
from application.sending.calls import Calls
from application.sending.delivery import Delivery
from application.sending.ready import FAIR_EVERY
from application.sending.routing import Routing
from application.sending.rulebook import Rulebook
from application.sending.turn import ClaimPlan, Taken
from domain.claim import Conclusion
from domain.lane import Lane

PACE_LOOK_S = 0.1
"""A lane whose pace gave less than was asked for is asked no sooner again: rather some at once than many alone."""

EMPTY_LOOK_S = 0.02
"""Likewise one that gave nothing: another dispatcher was faster, or none may be taken while another is in hand."""

PACED_AHEAD_S = 0.25
"""For a gateway with a rate, no more than this much of it waits for a slot."""

LOOK_AGAIN_S = 1.0
"""It is asked again no later than this, because somebody may have changed the pace, or woken the gateway."""


@define(eq=False, kw_only=True)
class Claiming:
    """Plans claims by priority, fairly inside one; knows why a lane with due work was left alone.

    Every eighth turn in which something is claimed for a gateway, its lanes are asked by who waited longest alone. So
    of n open lanes with due work that no pace holds back, each is served within 8n such turns of its gateway.
    """

    queue: DispatchQueue
    routes: Routes
    simulator: Gateway
    rulebook: Rulebook
    routing: Routing
    calls: Calls
    delivery: Delivery
    clock: Clock
    batch: int
    blocked: dict[str, str] = field(factory=dict, init=False)
    """By lane, why its due work cannot go out now."""
    must_wait: bool = field(default=False, init=False)
    """Whether some lane has due work and waits for a slot or for its pace."""
    _turns: Counter[str] = field(factory=Counter, init=False)  # by gateway: in which something was claimed for it
    _served: dict[int, int] = field(factory=dict, init=False)  # by lane: at which claim of all
    _claims: int = field(default=0, init=False)
    _last_chances: set[int] = field(factory=set, init=False)  # in hand until they are recorded
    _not_before_s: dict[tuple[int, str], float] = field(factory=dict, init=False)  # by lane and gateway

    def plan(self, coming: Mapping[str, int]) -> list[ClaimPlan]:
        """Return what to claim now, in order; *coming* says how many claimed messages each gateway will have besides.

        :raises StoreUnavailable: nobody knows what is due.
        """
        self.blocked.clear()
        self.must_wait = False
        plans = []
        for lane, gateway in self._in_order(self.queue.due_lanes(self.clock.now())):
            priority = self._priority(lane)
            if all(self.calls.is_stuck(part, priority) for part in self.delivery.scopes.of(gateway)):
                self.blocked[lane.name] = f"{lane.name}: {gateway.name} does not answer, and all its slots wait for it"
                continue
            room = self._room(lane, gateway, coming.get(gateway.name, 0))
            if room > 0:
                rules = self.rulebook.rules(lane.channel, lane.type, test=lane.test)
                plans.append(
                    ClaimPlan(
                        lane=lane,
                        gateway=gateway,
                        limit=self.batch,
                        room=room,
                        last_chances=not self._last_chances,
                        stopped_by=rules.stopped_by,
                        cap=rules.policy.frequency_cap,
                    )
                )
            else:
                self.must_wait = True
        return plans

    def took(self, some: Iterable[Taken]) -> None:
        """Learn what the claims of one turn brought."""
        served = set()
        for taken in some:
            lane, gateway, claimed = taken.plan.lane, taken.plan.gateway, taken.claimed
            if claimed.claims:
                self._claims += 1
                self._served[lane.id] = self._claims
                served.add(gateway.name)
            if taken.last_chance is not None:
                self._last_chances.add(taken.last_chance)
            wait_s = 0.0 if claimed.claims else EMPTY_LOOK_S
            if claimed.again_at is not None:
                wait_s = max(PACE_LOOK_S, (claimed.again_at - self.clock.now()).total_seconds())
            if wait_s:
                self._not_before_s[lane.id, gateway.name] = self.clock.elapsed_s() + min(LOOK_AGAIN_S, wait_s)
        self._turns.update(served)

    def recorded(self, conclusions: Iterable[Conclusion]) -> None:
        """Learn what is no longer in hand: of those that the next death gives up, at most one is, at a time.

        So whoever dies with one leaves no doubt which it was, and none of its neighbours is given up for it.
        """
        if self._last_chances:
            self._last_chances.difference_update(one.notification_id for one in conclusions)

    def _in_order(self, lanes: Iterable[Lane]) -> list[tuple[Lane, Gateway]]:
        now = self.clock.now()

        def place(choice: tuple[Lane, Gateway]) -> tuple[int, int, int]:
            lane, gateway = choice
            is_fair = self._turns[gateway.name] % FAIR_EVERY == FAIR_EVERY - 1
            return 0 if is_fair else self._priority(lane), self._served.get(lane.id, 0), lane.id

        chosen = [(lane, gateway) for lane in lanes if (gateway := self._gateway(lane, now)) is not None]
        return sorted(chosen, key=place)

    def _priority(self, lane: Lane) -> int:
        return self.rulebook.rules(lane.channel, lane.type, test=lane.test).policy.priority

    def _gateway(self, lane: Lane, now: datetime) -> Gateway | None:
        route = (self.simulator,) if lane.test else self.routes.get(lane.channel)
        if not route:
            self.blocked[lane.name] = f"{lane.name}: no gateway is configured for {lane.channel}"
            return None
        gateway = self.routing.choose(route, now)
        if gateway is None:
            self.blocked[lane.name] = f"{lane.name}: {self._why_resting(route, now)}"
        return gateway

    def _why_resting(self, route: Sequence[Gateway], now: datetime) -> str:
        health = self.routing.health(route[0].name)
        if health.is_paused_by_hand(now):
            return f"{health.gateway} is paused by hand; tocsin gateways resume {health.gateway}"
        return f"{health.gateway} rests for {self.routing.rest(route, now).total_seconds():.0f} s more: {health.reason}"

    def _room(self, lane: Lane, gateway: Gateway, coming: int) -> int:
        """Return how many to ask for: what *gateway* can start in about a second, beside what it has already.

        A gateway that was down is probed with a single message.
        """
        if self.clock.elapsed_s() < self._not_before_s.get((lane.id, gateway.name), 0.0):
            return 0
        if self.routing.health(gateway.name).is_down:
            return 0 if coming or self.calls.is_busy(gateway) or self.delivery.waiting(gateway) else 1
        priority = self._priority(lane)
        waiting = coming + self.delivery.waiting(gateway, priority)
        if waiting > self.batch:
            return 0  # rather one large claim than many small ones
        capacity = max(self.calls.capacity(part, priority) for part in self.delivery.scopes.of(gateway))
        room = capacity - self.calls.in_flight(gateway) - waiting
        if gateway.rate is not None:  # or what a stall holds up would go out at once after it
            room = min(room, math.ceil(PACED_AHEAD_S * gateway.rate) - waiting)
        return room
