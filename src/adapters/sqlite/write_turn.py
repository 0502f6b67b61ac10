"""Which process may write: one at a time, and no one waits for ever."""

import fcntl
import os
import time
from pathlib import Path

from adapters.sqlite import faults
from domain.errors import StoreUnavailable

_PAUSE_FIRST_S = 0.0001
_PAUSE_MAX_S = 0.001


class WriteTurn:
    """A lock over all processes that write one store, with a bounded wait. Used by one thread of a process at a time.

    SQLite's own waiting is unfair: a busy writer can keep others out for seconds. Here whoever wants to write first
    passes a gate, and holds it while waiting for the turn. Who has just written stands at the gate behind the one that
    waits already, so two writers take turns and more of them draw lots.

    The two files beside the store hold nothing. They are never the database file itself: closing any descriptor of
    that one would drop SQLite's locks (https://www.sqlite.org/howtocorrupt.html, 2.2).
    """

    def __init__(self, path: Path, timeout_s: float) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._descriptors: tuple[int, int] | None = None

    def take(self, deadline_s: float) -> None:
        """Wait for the turn, until *deadline_s* on the monotonic clock at the latest.

        :raises StoreUnavailable: another process has it, or the files cannot be used.
        """
        try:
            if self._descriptors is None:
                self._descriptors = (open_beside(self._path, "-gate"), open_beside(self._path, "-turn"))
            gate, turn = self._descriptors
            if not _lock(gate, deadline_s):
                raise self.missed()
            try:
                if not _lock(turn, deadline_s):
                    raise self.missed()
            finally:
                fcntl.flock(gate, fcntl.LOCK_UN)
        except OSError as error:
            raise faults.of_system(error, self._path) from error

    def give_back(self) -> None:
        """Let the next process write."""
        assert self._descriptors is not None
        fcntl.flock(self._descriptors[1], fcntl.LOCK_UN)

    def missed(self) -> StoreUnavailable:
        """Return the error of whoever waited until the end and did not get to write."""
        return StoreUnavailable(f"{faults.LOCKED.format(path=self._path)} (waited {self._timeout_s:g} s)")

    def close(self) -> None:
        """Close the files; the next turn opens them again."""
        descriptors, self._descriptors = self._descriptors, None
        for descriptor in descriptors or ():
            os.close(descriptor)


def open_beside(path: Path, suffix: str) -> int:
    """Open the lock file of the store at *path*, made with the store's own permissions, and return its descriptor."""
    beside = path.with_name(path.name + suffix)
    try:
        return os.open(beside, os.O_RDWR)
    except FileNotFoundError:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
        return os.open(beside, os.O_RDWR | os.O_CREAT, mode)


def _lock(descriptor: int, deadline_s: float) -> bool:
    """Lock a file, or return False at the deadline; the kernel has no wait with an end, so this one asks again."""
    pause_s = _PAUSE_FIRST_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline_s:
                return False
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _PAUSE_MAX_S)
        else:
            return True
