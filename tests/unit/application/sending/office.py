"""A dispatcher's claims and calls over the memory store, turn by turn on a clock that is moved."""

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import TypeAlias

from attrs import define, field

from application.ports.sender import Gateway
from application.sending.beginning import Beginning
from application.sending.calls import Calls
from application.sending.claiming import Claiming
from application.sending.delivery import Delivery
from application.sending.rescue import RescueLost
from application.sending.routing import Routing
from application.sending.sender_pool import SenderCall
from application.sending.succession import Succession
from application.sending.turn import Turn
from domain.channel import Channel
from domain.notification_type import NotificationType
from domain.outcome import Accepted
from tests.unit.application.sending.desk import Desk, ManualClock

TURN = timedelta(milliseconds=2)

LaneOf: TypeAlias = tuple[Channel, NotificationType]


@define(eq=False)
class TimedCalls(Calls):
    """Calls that take as long as they are told, on a clock that is moved."""

    message_s: float = 0.02
    _ends: list[tuple[float, SenderCall]] = field(factory=list, init=False)

    def start(self, call: SenderCall) -> None:
        self.under_way.add(call)
        call.started_at = self.clock.now()
        call.duration_s = self.message_s * len(call.messages)
        self._ends.append((self.clock.elapsed_s() + call.duration_s, call))

    def let_answer(self) -> None:
        """Let those answer whose time has come."""
        now_s = self.clock.elapsed_s()
        for end in [end for end in self._ends if end[0] <= now_s]:
            self._ends.remove(end)
            end[1].outcomes = [Accepted()] * len(end[1].messages)
            self._done.put(end[1])


@define(eq=False)
class Office:
    """A dispatcher's claims, calls and answers over the memory store, turn by turn, and which lane was served when."""

    gateway: Gateway
    message_s: float = 0.02
    clock: ManualClock = field(factory=ManualClock)
    longest_wait: Counter[str] = field(factory=Counter)
    served: Counter[str] = field(factory=Counter)
    claims: int = 0
    desk: Desk = field(init=False)
    calls: TimedCalls = field(init=False)
    delivery: Delivery = field(init=False)
    claiming: Claiming = field(init=False)
    rescue: RescueLost = field(init=False)
    owner: int = field(init=False)
    _since: Counter[str] = field(factory=Counter, init=False)
    _people: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.desk = Desk(clock=self.clock)
        for channel in (Channel.EMAIL, Channel.SMS):
            self.desk.route(channel, self.gateway)
        dispatch = self.desk.dispatcher()
        self.calls = TimedCalls(self.clock, message_s=self.message_s)
        routing = Routing(self.desk.store.gateways, self.clock)
        self.delivery = Delivery(
            beginning=Beginning(queue=self.desk.store.queue, clock=self.clock, observer=self.desk.journal),
            succession=Succession(
                routes=self.desk.routes, routing=routing, clock=self.clock, observer=self.desk.journal
            ),
            routes=self.desk.routes,
            rulebook=dispatch.rulebook,
            preparation=dispatch.preparation,
            routing=routing,
            calls=self.calls,
            clock=self.clock,
            randomness=dispatch.randomness,
            observer=self.desk.journal,
        )
        self.claiming = Claiming(
            queue=self.desk.store.queue,
            routes=self.desk.routes,
            simulator=dispatch.simulator,
            rulebook=dispatch.rulebook,
            routing=routing,
            calls=self.calls,
            delivery=self.delivery,
            clock=self.clock,
            batch=500,
        )
        self.rescue = RescueLost(self.desk.store.queue, dispatch.rulebook, self.clock, dispatch.randomness)
        self.owner = self.desk.store.queue.register(self.clock.now())

    def add(self, lane: LaneOf, count: int) -> None:
        """Let something fall due in a lane."""
        for _ in range(count):
            self._people = (self._people + 1) % 40
            self.desk.add(f"p{self._people}", channel=lane[0], type_=lane[1])

    def turn(self) -> None:
        """Claim, send, and let what is answered be answered."""
        due = {lane.name for lane in self.desk.store.queue.due_lanes(self.clock.now())}
        turn = self._next_turn()
        turn()
        assert turn.error is None
        self.delivery.conclusions.clear()
        self._count(due, [taken.plan.lane.name for taken in turn.taken if taken.claimed.claims])
        self.claiming.took(turn.taken)
        for taken in turn.taken:
            self.delivery.prepare(taken.plan.gateway, taken.claimed, taken.deadline)
        self.delivery.start_calls()
        self.clock.forward(TURN)
        self.calls.let_answer()
        for call in self.calls.finished(0):
            self.delivery.finish(call)

    def _next_turn(self) -> Turn:
        return Turn(
            queue=self.desk.store.queue,
            campaigns=self.desk.store.campaigns,
            rescue=self.rescue,
            clock=self.clock,
            lease=self.desk.lease,
            owner=self.owner,
            conclusions=self.delivery.conclusions.copy(),
            rescues=False,
            plans=self.claiming.plan({}),
            stop=threading.Event(),
        )

    def _count(self, due: set[str], served: Sequence[str]) -> None:
        """Count for how many turns with a claim each lane with due work was left alone."""
        if not served:
            return
        self.claims += 1
        self.served.update(served)
        for name in due:
            self._since[name] = 0 if name in served else self._since[name] + 1
            self.longest_wait[name] = max(self.longest_wait[name], self._since[name])
