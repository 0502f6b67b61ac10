"""A sender for tests: it keeps what it is handed, and answers as it is told."""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock

from application.ports.clock import Deadline
from application.ports.sender import OutboundMessage
from domain.outcome import Accepted, GatewayDown, NotStarted, Outcome, Throttled


class MemorySender:
    """Keeps messages instead of sending them; fulfils :class:`application.ports.sender.Sender`.

    It accepts everything until told otherwise::

        sender = MemorySender()
        sender.script(Deferred("busy"), Accepted("id-1"))  # the next two answers, then it accepts again
        sender.answer(lambda message: Unreachable("gone") if message.address == dead else Accepted())
    """

    def __init__(self, batch_size: int = 100) -> None:
        assert batch_size >= 1
        self._batch_size = batch_size
        self._lock = Lock()
        self._scripted: deque[Outcome] = deque()
        self._answer: Callable[[OutboundMessage], Outcome] | None = None
        self._handed: list[tuple[OutboundMessage, Outcome]] = []
        self._numbered = 0

    @property
    def batch_size(self) -> int:
        """The most messages that one call takes."""
        return self._batch_size

    @property
    def messages(self) -> list[OutboundMessage]:
        """Every message that was handed over, in that order, whatever was answered."""
        with self._lock:
            return [message for message, _ in self._handed]

    @property
    def accepted(self) -> list[OutboundMessage]:
        """The messages that were accepted, in order."""
        with self._lock:
            return [message for message, outcome in self._handed if isinstance(outcome, Accepted)]

    def script(self, *outcomes: Outcome) -> None:
        """Answer the next messages with *outcomes*, one each, before anything else is asked."""
        with self._lock:
            self._scripted.extend(outcomes)

    def answer(self, function: Callable[[OutboundMessage], Outcome]) -> None:
        """Answer each message by what *function* says of it; called from the threads that send."""
        with self._lock:
            self._answer = function

    def clear(self) -> None:
        """Forget every message and every instruction."""
        with self._lock:
            self._handed.clear()
            self._scripted.clear()
            self._answer = None

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
        """Keep *messages* and return one outcome each; see the port."""
        outcomes: list[Outcome] = []
        stopped = False
        for message in messages:
            if stopped or deadline.has_passed:
                outcomes.append(NotStarted())
                continue
            outcome = self._decide(message)
            stopped = isinstance(outcome, GatewayDown | Throttled)
            outcomes.append(outcome)
            if not isinstance(outcome, NotStarted):
                with self._lock:
                    self._handed.append((message, outcome))
        return outcomes

    def _decide(self, message: OutboundMessage) -> Outcome:
        with self._lock:
            if self._scripted:
                return self._scripted.popleft()
            function = self._answer
            if function is None:
                self._numbered += 1
                return Accepted(f"memory-{self._numbered}")
        return function(message)  # outside the lock: a test's function may wait for another thread
