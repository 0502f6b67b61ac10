"""What a dispatcher wants of its store, done beside its other work."""

import threading
from collections.abc import Callable
from queue import SimpleQueue

from attrs import define, field


@define(eq=False)
class Errand:
    """Work for the store, and whether it is done; ``error`` is a bug that ended it."""

    work: Callable[[], None]
    done: threading.Event = field(factory=threading.Event, init=False)
    error: BaseException | None = field(default=None, init=False)

    def run(self) -> None:
        """Do the work; what it raises is kept."""
        try:
            self.work()
        except BaseException as error:  # noqa: BLE001  (raised again by whoever asks for the result)
            self.error = error
        self.done.set()

    def finish(self) -> None:
        """Raise what ended the work, if anything did; it must be done."""
        assert self.done.is_set()
        if self.error is not None:
            raise self.error


@define(eq=False)
class Clerk:
    """Runs errands in a thread of its own, one after the other, and says when one is done.

    SQLite works without holding Python up, so gates, templates and answers go on meanwhile. A daemon, because a store
    that hangs must not keep the process from ending.
    """

    said: Callable[[], None]
    _errands: SimpleQueue[Errand | None] = field(factory=SimpleQueue, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)

    def send(self, work: Callable[[], None]) -> Errand:
        """Have *work* done, and return at once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="clerk", daemon=True)
            self._thread.start()
        errand = Errand(work)
        self._errands.put(errand)
        return errand

    def close(self) -> None:
        """Let the thread end once it is free."""
        self._errands.put(None)

    def _work(self) -> None:
        while (errand := self._errands.get()) is not None:
            errand.run()
            self.said()
