"""The calls to senders that are under way, and the slots they take."""

import math
from collections.abc import Iterator
from queue import Empty, Queue

from attrs import define, field

from application.ports.clock import Clock
from application.ports.sender import Gateway, Routes
from application.sending.sender_pool import SenderCall, SenderPool

MESSAGE_FIRST_S = 0.02  # for the first call of a gateway; then it is known better
MESSAGE_MIN_S = 1e-6


@define(eq=False)
class Calls:
    """A bounded pool a gateway, so that a slow one fills its own and holds up nothing else."""

    routes: Routes
    clock: Clock
    under_way: set[SenderCall] = field(factory=set, init=False)
    _done: Queue[SenderCall] = field(factory=Queue, init=False)  # SimpleQueue can miss its timeout after a signal
    _pools: dict[str, SenderPool] = field(factory=dict, init=False)
    _message_s: dict[str, float] = field(factory=dict, init=False)

    def start(self, call: SenderCall) -> None:
        """Hand *call* to its gateway's pool."""
        pool = self._pools.get(call.gateway.name)
        if pool is None:
            pool = self._pools[call.gateway.name] = SenderPool(call.gateway, self.clock, self._done)
        self.under_way.add(call)
        pool.submit(call)

    def free_slots(self, gateway: Gateway, priority: int) -> int:
        """Return how many calls may start; one slot is kept for priority 0 where there is more than one."""
        taken = sum(1 for call in self.under_way if call.gateway.name == gateway.name)
        return max(0, _slots(gateway, priority) - taken)

    def finished(self, wait_s: float) -> Iterator[SenderCall]:
        """Yield the calls that have answered; wait up to *wait_s* seconds for the first."""
        try:
            call = self._done.get(timeout=wait_s) if wait_s > 0 else self._done.get_nowait()
            while True:
                self.under_way.discard(call)
                self._learn(call)
                yield call
                call = self._done.get_nowait()
        except Empty:
            return

    def likely_within(self, gateway: Gateway, seconds: float) -> int:
        """Return how many messages one slot of *gateway* sends in about *seconds*, going by its last calls."""
        message_s = self._message_s.get(gateway.name, MESSAGE_FIRST_S)
        return max(1, int(min(gateway.sender.batch_size, seconds / message_s)))

    def _learn(self, call: SenderCall) -> None:
        took_s = max(MESSAGE_MIN_S, call.duration_s / len(call.messages))
        known_s = self._message_s.get(call.gateway.name, took_s)
        self._message_s[call.gateway.name] = (known_s + took_s) / 2

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
        return any(call.gateway.name == gateway.name and not call.is_abandoned for call in self.under_way)

    def is_stuck(self, gateway: Gateway, priority: int) -> bool:
        """Say whether calls that were given up hold every slot of *gateway* that *priority* may use."""
        given_up = [call for call in self.under_way if call.gateway.name == gateway.name and call.is_abandoned]
        return len(given_up) >= _slots(gateway, priority)

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


def _slots(gateway: Gateway, priority: int) -> int:
    """Return how many slots *priority* may use: one is kept for priority 0 where there is more than one."""
    return gateway.slots - 1 if priority > 0 and gateway.slots > 1 else gateway.slots
