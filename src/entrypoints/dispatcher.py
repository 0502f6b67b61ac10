"""Running the dispatcher: in the foreground until a signal comes, or in the background beside HTTP."""

import gc
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from attrs import define, field

from application.sending.dispatch_due import DispatchDue
from application.sending.dispatch_run import DispatchCommand, DispatchSummary
from domain.errors import StoreUnavailable
from entrypoints.dispatch_log import DispatchLog

RESTART_WAIT_S = 1.0
OBJECTS_BEFORE_COLLECTION = 50_000
SWITCH_S = 0.001  # how long a thread may wait for another that computes
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_STOP, _END = b"s", b"e"

END_S = 4.8
"""A dispatcher that was told to stop and has not ended by then waits for a store that somebody else holds."""
_CUT_SHORT = b"stopped while the store did not answer; what was being sent is rescued by the next dispatcher\n"


def run_until_signal(dispatch: DispatchDue, command: DispatchCommand) -> DispatchSummary:
    """Run *dispatch* in the main thread; the first SIGINT or SIGTERM lets it finish, the second ends the process.

    :raises StoreUnavailable: see :class:`~application.sending.dispatch_due.DispatchDue`.
    """
    _tune_interpreter()
    with _stopped_by_signal(command.stop):
        return dispatch(command)


def _tune_interpreter() -> None:
    """Suit Python to a dispatcher, which makes very many objects that live briefly, and no cycles.

    Looking for cycles after every 700 objects would take a fifth of its time; what was imported is not looked at again.
    And its clerk comes back from SQLite several times a turn: waiting 5 ms each time for the thread that prepares, as
    Python has it, would take another tenth.
    """
    gc.freeze()
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION, 20, 100)
    sys.setswitchinterval(SWITCH_S)


@contextmanager
def _stopped_by_signal(stop: threading.Event) -> Iterator[None]:
    heard, ring = os.pipe()
    signals_seen = 0

    def handle(number: int, _: FrameType | None) -> None:
        nonlocal signals_seen
        signals_seen += 1
        if signals_seen > 1:
            os._exit(128 + number)  # as a shell reports a process that a signal ended
        os.write(ring, _STOP)

    def listen() -> None:
        if os.read(heard, 1) != _STOP:
            return
        stop.set()
        if not select.select([heard], [], [], END_S)[0]:
            os.write(2, _CUT_SHORT)
            os._exit(1)  # the kernel lets go of its lock, so what it held is rescued at once

    # The thread that a signal interrupts may hold the lock of the event, so one that is there already sets it.
    listener = threading.Thread(target=listen, name="stop", daemon=True)
    listener.start()
    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        os.write(ring, _END)
        listener.join()
        os.close(heard)
        os.close(ring)


@define(eq=False)
class BackgroundDispatcher:
    """Dispatches in one thread for as long as its process serves.

    A store that cannot be used is waited for. Anything else that goes wrong is a bug: it is logged, and *crashed* hears
    of it in this thread, so that its owner can end the process instead of silently not sending.
    """

    dispatch: DispatchDue
    log: DispatchLog
    crashed: Callable[[Exception], None]
    restart_wait_s: float = RESTART_WAIT_S
    _command: DispatchCommand = field(factory=lambda: DispatchCommand(watch=True), init=False)
    _thread: threading.Thread | None = field(default=None, init=False)

    def start(self) -> None:
        """Begin to dispatch; at most once."""
        assert self._thread is None, "a dispatcher is started once"
        _tune_interpreter()
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Let it finish, and return whether it did within *timeout_s* seconds; stopping twice is harmless.

        What was not finished is rescued by the next dispatcher.
        """
        self._command.stop.set()
        if self._thread is not None:
            self._thread.join(timeout_s)
        return not self.is_running

    @property
    def is_running(self) -> bool:
        """Say whether it dispatches now."""
        return self._thread is not None and self._thread.is_alive()

    def _run(self) -> None:
        stop = self._command.stop
        while not stop.is_set():
            try:
                self.dispatch(self._command)
            except StoreUnavailable as error:
                self.log.store_failed(error)
                stop.wait(self.restart_wait_s)
            except Exception as error:  # noqa: BLE001  (handed on to the owner, who ends the process)
                self.log.crashed(error)
                self.crashed(error)
                return
