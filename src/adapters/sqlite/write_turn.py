"""Whose turn it is to write: one thread of one process, and nobody waits for ever."""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from adapters.sqlite import faults
from domain.errors import StoreUnavailable

_PAUSE_FIRST_S = 0.0001
_PAUSE_MAX_S = 0.001


class WriteTurn:
    """A lock over all threads and processes that write one store, with a bounded wait.

    SQLite's own waiting is unfair: a busy writer can keep others out for seconds. Here whoever wants to write first
    passes a gate, and holds it while waiting for the turn. Who has just written stands at the gate behind the one that
    waits already, so two writers take turns and more of them draw lots.

    The two files beside the store hold nothing. They are never the database file itself: closing any descriptor of
    that one would drop SQLite's locks (https://www.sqlite.org/howtocorrupt.html, 2.2).
    """

    def __init__(self, path: Path, timeout_s: float) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._thread_gate = threading.Lock()
        self._thread_turn = threading.Lock()
        self._descriptors: tuple[int, int] | None = None
        self._holder: int | None = None

    def __enter__(self) -> float:
        """Wait for the turn, and return how many seconds of the wait are left for what comes next."""
        assert self._holder != threading.get_ident(), "a write within a write would wait for itself"
        deadline = time.monotonic() + self._timeout_s
        if not self._thread_gate.acquire(timeout=self._timeout_s):
            raise self._locked()
        try:
            if not self._thread_turn.acquire(timeout=max(0.0, deadline - time.monotonic())):
                raise self._locked()
            try:
                self._lock_files(deadline)
            except BaseException:
                self._thread_turn.release()
                raise
        finally:
            self._thread_gate.release()
        self._holder = threading.get_ident()
        return max(0.0, deadline - time.monotonic())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._descriptors is not None
        self._holder = None
        fcntl.flock(self._descriptors[1], fcntl.LOCK_UN)
        self._thread_turn.release()

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Wait until no thread of this process has the turn or waits for it, then close the files."""
        with self._thread_gate, self._thread_turn:
            yield
            self.close_files()

    def close_files(self) -> None:
        """Close the files; the next turn opens them again."""
        descriptors, self._descriptors = self._descriptors, None
        for descriptor in descriptors or ():
            os.close(descriptor)

    def _lock_files(self, deadline: float) -> None:
        try:
            if self._descriptors is None:
                self._descriptors = (open_beside(self._path, "-gate"), open_beside(self._path, "-turn"))
            gate, turn = self._descriptors
            if not _lock(gate, deadline):
                raise self._locked()
            try:
                if not _lock(turn, deadline):
                    raise self._locked()
            finally:
                fcntl.flock(gate, fcntl.LOCK_UN)
        except OSError as error:
            raise faults.of_system(error, self._path) from error

    def _locked(self) -> StoreUnavailable:
        return StoreUnavailable(f"{faults.LOCKED.format(path=self._path)} (waited {self._timeout_s:g} s)")


def open_beside(path: Path, suffix: str) -> int:
    """Open the lock file of the store at *path*, made with the store's own permissions, and return its descriptor."""
    beside = path.with_name(path.name + suffix)
    try:
        return os.open(beside, os.O_RDWR)
    except FileNotFoundError:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
        return os.open(beside, os.O_RDWR | os.O_CREAT, mode)


def _lock(descriptor: int, deadline: float) -> bool:
    """Lock a file, or return False at *deadline*; the kernel has no wait with an end, so this one asks again."""
    pause_s = _PAUSE_FIRST_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _PAUSE_MAX_S)
        else:
            return True
