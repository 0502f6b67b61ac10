"""A timeout for a sender that has none of its own."""

from collections.abc import Sequence
from threading import Lock, Thread

from attrs import define, field

from application.ports.clock import Deadline
from application.ports.sender import OutboundMessage, Sender
from domain.outcome import GatewayDown, NotStarted, Outcome, Unknown


@define(eq=False)
class _Within(Deadline):
    """A deadline that passes no later than *outer*, also when that one is cut short."""

    outer: Deadline

    def remaining_s(self) -> float:
        return min(super().remaining_s(), self.outer.remaining_s())


@define(eq=False)
class _Call:
    """One call in a thread of its own, and what came of it."""

    sender: Sender
    messages: Sequence[OutboundMessage]
    deadline: Deadline
    outcomes: Sequence[Outcome] | None = field(default=None, init=False)
    error: Exception | None = field(default=None, init=False)

    def __call__(self) -> None:
        try:
            self.outcomes = self.sender.send(self.messages, self.deadline)
        except Exception as error:  # noqa: BLE001  (raised again where the call was made)
            self.error = error


class BoundedSender:
    """Gives up on *sender* where it takes longer than *timeout_s* a message.

    Each call runs in a thread of its own, because nothing else ends a call that hangs; such threads are left behind,
    and while *hanging_max* of them hang nothing more is sent.
    """

    def __init__(self, sender: Sender, timeout_s: float, hanging_max: int) -> None:
        self._sender = sender
        self._timeout_s = timeout_s
        self._hanging_max = hanging_max
        self._left_behind: list[Thread] = []
        self._lock = Lock()

    @property
    def batch_size(self) -> int:
        """The most messages that one call takes."""
        return self._sender.batch_size

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
        """Return the outcomes of the sender; Unknown for all where it did not answer in time."""
        if not messages or deadline.has_passed:
            return [NotStarted()] * len(messages)
        if self._hanging() >= self._hanging_max:
            down = GatewayDown(f"{self._hanging_max} calls to it hang; mend the gateway and start the dispatcher again")
            return [down, *[NotStarted("other calls to the gateway hang")] * (len(messages) - 1)]
        until_s = deadline.clock.elapsed_s() + self._timeout_s * len(messages)
        within = _Within(until_s, deadline.clock, deadline)
        call = _Call(self._sender, messages, within)
        # A sender that watches its deadline may have begun a message just before it.
        patience_s = within.remaining_s() + self._timeout_s
        thread = Thread(target=call, name="bounded-sender", daemon=True)
        thread.start()
        thread.join(patience_s)
        if thread.is_alive():
            with self._lock:
                self._left_behind.append(thread)
            return [Unknown(f"no answer within the timeout of {self._timeout_s:g} s a message")] * len(messages)
        if call.error is not None:
            raise call.error
        assert call.outcomes is not None
        return call.outcomes

    def _hanging(self) -> int:
        with self._lock:
            self._left_behind = [thread for thread in self._left_behind if thread.is_alive()]
            return len(self._left_behind)
