"""The calls to senders that are under way, and the slots they take."""

import math
from collections import defaultdict
from collections.abc import Iterator
from queue import Empty, Queue

from attrs import define, field

from application.ports.clock import Clock
from application.ports.sender import Gateway
from application.sending.sender_pool import SenderCall, SenderPool
from application.sending.speed import Speed
from domain.outcome import NotStarted

CLAIM_S = 1.0
"""No more is claimed than a gateway can start in about this time."""

CALL_S = 0.25
"""A call is made so large that its messages take about this long, so that a slot is soon free for what is urgent."""

CALL_HOLD_S = 0.02
"""Likewise for types that hold: what has begun when a dispatcher dies is unknown, so it had better be little."""

SPREAD_S = 0.05
"""Another slot is used for each so much of work that waits: many where the way is long, few where it is short."""


@define(eq=False)
class Calls:
    """A bounded pool a gateway, so that a slow one fills its own and holds up nothing else."""

    clock: Clock
    under_way: set[SenderCall] = field(factory=set, init=False)
    _done: Queue[SenderCall | None] = field(
        factory=Queue, init=False
    )  # SimpleQueue can miss its timeout after a signal
    _pools: dict[str, SenderPool] = field(factory=dict, init=False)
    _speeds: dict[str, Speed] = field(factory=lambda: defaultdict(Speed), init=False)

    def start(self, call: SenderCall) -> None:
        """Hand *call* to its gateway's pool."""
        pool = self._pools.get(call.gateway.name)
        if pool is None:
            pool = self._pools[call.gateway.name] = SenderPool(call.gateway, self.clock, self._done)
        self.under_way.add(call)
        pool.submit(call)

    def finished(self, wait_s: float) -> Iterator[SenderCall]:
        """Yield the calls that have answered; wait up to *wait_s* seconds for the first, or for a :meth:`ring`."""
        try:
            call = self._done.get(timeout=wait_s) if wait_s > 0 else self._done.get_nowait()
            while True:
                if call is not None:
                    self.under_way.discard(call)
                    if started := _started(call):
                        self._speeds[call.gateway.name].learn(started, call.duration_s)
                    yield call
                call = self._done.get_nowait()
        except Empty:
            return

    def ring(self) -> None:
        """Wake whoever waits in :meth:`finished`; from any thread."""
        self._done.put(None)

    def capacity(self, gateway: Gateway, priority: int) -> int:
        """Return how many messages of *priority* the slots of *gateway* start in about a second."""
        return _slots(gateway, priority) * max(1, int(CLAIM_S / self._message_s(gateway)))

    def in_flight(self, gateway: Gateway) -> int:
        """Return how many messages *gateway* has that were not given up."""
        return sum(len(call.messages) for call in self._of(gateway) if not call.is_abandoned)

    def may_start(self, gateway: Gateway, priority: int, waiting: int, planned: int) -> bool:
        """Say whether another call makes sense beside those under way and *planned*, while *waiting* messages wait.

        A slot must be free, of which one is kept for priority 0 where there is more than one, and there must be work
        enough for it.
        """
        calls = self._of(gateway)
        taken = len(calls) + planned
        if taken >= _slots(gateway, priority):
            return False
        work = waiting + sum(len(call.messages) for call in calls)
        return taken <= 1 + work * self._message_s(gateway) / SPREAD_S

    def call_size(self, gateway: Gateway, priority: int, waiting: int, *, holds: bool) -> int:
        """Return how many of *waiting* messages the next call takes: an even share of the slots that are worth it."""
        worth_it = min(_slots(gateway, priority), math.ceil(waiting * self._message_s(gateway) / SPREAD_S))
        fitting = self._speeds[gateway.name].fitting(CALL_HOLD_S if holds else CALL_S)
        return min(gateway.sender.batch_size, fitting, math.ceil(waiting / max(1, worth_it)))

    def overdue(self, grace_s: float) -> Iterator[SenderCall]:
        """Yield the calls that have not answered *grace_s* seconds after their deadline, each once."""
        for call in list(self.under_way):
            if not call.is_abandoned and self.clock.elapsed_s() > call.deadline.at_s + grace_s:
                call.is_abandoned = True
                yield call

    def unanswered(self) -> Iterator[SenderCall]:
        """Yield every call that has not answered, each once."""
        return self.overdue(-math.inf)

    def is_busy(self, gateway: Gateway) -> bool:
        """Say whether any call to *gateway* is under way that was not given up."""
        return any(not call.is_abandoned for call in self._of(gateway))

    def work_s(self, gateway: Gateway, further: int) -> float:
        """Return how many seconds the slots of *gateway* need for what it has and *further* messages."""
        return (self.in_flight(gateway) + further) * self._message_s(gateway) / gateway.slots

    def is_stuck(self, gateway: Gateway, priority: int) -> bool:
        """Say whether calls that were given up hold every slot of *gateway* that *priority* may use."""
        return sum(call.is_abandoned for call in self._of(gateway)) >= _slots(gateway, priority)

    @property
    def is_waited_for(self) -> bool:
        """Say whether any call is under way that was not given up."""
        return any(not call.is_abandoned for call in self.under_way)

    def cut_short(self) -> None:
        """Let the deadlines of all calls pass now."""
        for call in self.under_way:
            call.deadline.cut_short()

    def close(self) -> None:
        """Let the threads end once they are free."""
        for pool in self._pools.values():
            pool.close()

    def _of(self, gateway: Gateway) -> list[SenderCall]:
        """Return the calls of *gateway*, those of its scopes among them."""
        name = gateway.name
        return [call for call in self.under_way if name in (call.gateway.name, call.gateway.base)]

    def _message_s(self, gateway: Gateway) -> float:
        return self._speeds[gateway.name].message_s


def _slots(gateway: Gateway, priority: int) -> int:
    """Return how many slots *priority* may use: one is kept for priority 0 where there is more than one."""
    return gateway.slots - 1 if priority > 0 and gateway.slots > 1 else gateway.slots


def _started(call: SenderCall) -> int:
    """Return how many messages of *call* were tried: the others took no time, and say nothing of the gateway's."""
    if call.outcomes is None:
        return len(call.messages)
    return len(call.outcomes) - list(map(type, call.outcomes)).count(NotStarted)
