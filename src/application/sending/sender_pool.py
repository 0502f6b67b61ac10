"""A few threads a gateway that only send."""

import threading
from collections.abc import Sequence
from datetime import datetime
from queue import SimpleQueue

from attrs import define, field

from application.ports.clock import Clock, Deadline
from application.ports.sender import Gateway, OutboundMessage
from application.sending.attempt import Attempt
from domain.outcome import Outcome, Unknown


@define(eq=False)
class SenderCall:
    """Messages on their way to one gateway, and its answer once it is there.

    ``outcomes`` is None until the sender answered; ``error`` is what it raised, which is a bug of its own.
    """

    gateway: Gateway
    attempts: Sequence[Attempt]
    messages: Sequence[OutboundMessage]
    deadline: Deadline
    started_at: datetime | None = None
    outcomes: Sequence[Outcome] | None = None
    error: Exception | None = None
    duration_s: float = 0.0
    is_abandoned: bool = False


@define(eq=False)
class SenderPool:
    """As many daemon threads as a gateway has slots; answers arrive in ``done``.

    The threads are daemons because a sender that hangs must not keep the process from ending.
    """

    gateway: Gateway
    clock: Clock
    done: SimpleQueue[SenderCall]
    _calls: SimpleQueue[SenderCall | None] = field(factory=SimpleQueue, init=False)
    _threads: list[threading.Thread] = field(factory=list, init=False)

    def submit(self, call: SenderCall) -> None:
        """Send *call* as soon as a thread is free."""
        if len(self._threads) < self.gateway.slots:
            thread = threading.Thread(
                target=self._work, name=f"{self.gateway.name}-{len(self._threads) + 1}", daemon=True
            )
            self._threads.append(thread)
            thread.start()
        self._calls.put(call)

    def close(self) -> None:
        """Let the threads end once they are free."""
        for _ in self._threads:
            self._calls.put(None)

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            self._send(call)
            self.done.put(call)

    def _send(self, call: SenderCall) -> None:
        begun_s = self.clock.elapsed_s()
        call.started_at = self.clock.now()
        try:
            outcomes = self.gateway.sender.send(call.messages, call.deadline)
            if len(outcomes) != len(call.messages):
                raise ValueError(f"the sender gave {len(outcomes)} outcomes for {len(call.messages)} messages")  # noqa: TRY301  (a broken sender is handled as one that raised)
            call.outcomes = outcomes
        except Exception as error:  # noqa: BLE001  (a bug in a sender must not end the thread; nobody knows what it sent)
            call.error = error
            call.outcomes = [Unknown(f"the sender failed: {type(error).__name__}")] * len(call.messages)
        call.duration_s = self.clock.elapsed_s() - begun_s
