"""A few threads a gateway that only send."""

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from queue import Queue, SimpleQueue

from attrs import define, evolve, field

from application.ports.clock import Clock, Deadline
from application.ports.sender import Gateway, OutboundMessage
from application.sending.attempt import Attempt
from domain.outcome import NAMES, Accepted, Deferred, NotStarted, Outcome, Throttled, Unknown, reason_of


@define(eq=False)
class SenderCall:
    """Messages on their way to one gateway, and its answer once it is there.

    ``outcomes`` is None until the sender answered; ``error`` is what it raised, which is a bug of its own. One that
    was given up (``is_abandoned``) before it started is never handed to the sender.
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
    done: Queue[SenderCall | None]
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
        if call.deadline.has_passed:  # while its begin waited for the store, or it waited for a thread
            call.outcomes = [NotStarted()] * len(call.messages)
            return
        call.started_at = self.clock.now()  # set before the look at is_abandoned, which is set before the look at this
        if call.is_abandoned:
            call.outcomes = [NotStarted()] * len(call.messages)
            return
        try:
            outcomes = self.gateway.sender.send(call.messages, call.deadline)
            _check(outcomes, len(call.messages))
            call.outcomes = [_as_text(outcome) for outcome in outcomes]
        except Exception as error:  # noqa: BLE001  (a bug in a sender must not end the thread; nobody knows what it sent)
            call.error = error
            call.outcomes = [Unknown(f"the sender failed: {type(error).__name__}")] * len(call.messages)
        call.duration_s = self.clock.elapsed_s() - begun_s


_HINTING = (Deferred, Throttled)  # tuples, because a union is made anew at each look
_WORDS = (str, type(None))
_HINT = (timedelta, type(None))


def _as_text(outcome: Outcome) -> Outcome:
    """Return *outcome* with words that can be stored: a sender may decode a provider's bytes to what is no text."""
    words = outcome.provider_id if isinstance(outcome, Accepted) else reason_of(outcome)
    if words is None or words.isascii():
        return outcome
    text = words.encode(errors="replace").decode()
    return evolve(outcome, provider_id=text) if isinstance(outcome, Accepted) else evolve(outcome, reason=text)


def _check(outcomes: Sequence[Outcome], wanted: int) -> None:
    """Refuse what a broken sender gave: nobody knows then what it sent, as if it had raised."""
    if len(outcomes) != wanted:
        raise ValueError(f"the sender gave {len(outcomes)} outcomes for {wanted} messages")
    for one in outcomes:
        if type(one) not in NAMES:
            raise TypeError(f"the sender gave {type(one).__name__}, which is no outcome")
        words = one.provider_id if isinstance(one, Accepted) else reason_of(one)
        hint = one.retry_after if isinstance(one, _HINTING) else None
        if not isinstance(words, _WORDS) or not isinstance(hint, _HINT):
            raise TypeError(f"the sender gave {type(one).__name__} with {type(words).__name__}, {type(hint).__name__}")
