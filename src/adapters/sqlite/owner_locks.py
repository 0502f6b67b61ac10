"""Which dispatchers live: each holds one byte of a file, and the kernel lets go of it when the process dies."""

import fcntl
import os
import threading
from pathlib import Path

from attrs import define, field

from adapters.sqlite import faults
from adapters.sqlite.write_turn import open_beside


@define(eq=False)
class _SharedFile:
    """The lock file of one store as this process has it open, once for all its users.

    Once, because POSIX locks belong to a process: closing any descriptor of the file would drop all of them
    (fcntl(2), "Record locks"), and a process never sees its own.
    """

    descriptor: int
    users: int = 0
    own: set[int] = field(factory=set)


_shared: dict[tuple[int, int], _SharedFile] = {}
_guard = threading.Lock()


class OwnerLocks:
    """The living dispatchers of the store at *path*, on this machine. Used from several threads at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key: tuple[int, int] | None = None
        self._mine: set[int] = set()

    def hold(self, owner: int) -> None:
        """Show that *owner* lives, until it is released or this process ends.

        :raises StoreUnavailable: the lock file cannot be used.
        """
        with _guard:
            shared = self._open()
            try:
                fcntl.lockf(shared.descriptor, fcntl.LOCK_EX, 1, owner)  # waits for a look of others, no longer
            except OSError as error:
                raise faults.of_system(error, self._path) from error
            shared.own.add(owner)
            self._mine.add(owner)

    def release(self, owner: int) -> None:
        """Show that *owner* is done; one that never lived is done already."""
        with _guard:
            if owner in self._mine:
                self._release(owner)

    def lives(self, owner: int) -> bool:
        """Say whether the process of *owner* still runs."""
        with _guard:
            shared = self._open()
            if owner in shared.own:
                return True
            try:
                fcntl.lockf(shared.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, owner)
            except (BlockingIOError, PermissionError):  # EAGAIN or EACCES: somebody holds it
                return True
            fcntl.lockf(shared.descriptor, fcntl.LOCK_UN, 1, owner)
            return False

    def close(self) -> None:
        """Release every owner that was held through this object."""
        with _guard:
            if self._key is None:
                return
            for owner in list(self._mine):
                self._release(owner)
            shared = _shared[self._key]
            shared.users -= 1
            if not shared.users:
                os.close(shared.descriptor)
                del _shared[self._key]
            self._key = None

    def _open(self) -> _SharedFile:
        if self._key is None:
            try:
                self._key = self._share()
            except OSError as error:
                raise faults.of_system(error, self._path) from error
        return _shared[self._key]

    def _share(self) -> tuple[int, int]:
        """Find the file among those that are open, without opening it a second time; else open it."""
        beside = self._path.with_name(self._path.name + "-owners")
        try:
            found = beside.stat()
        except FileNotFoundError:
            descriptor = open_beside(self._path, "-owners")
            found = os.fstat(descriptor)
            _shared[found.st_dev, found.st_ino] = _SharedFile(descriptor)
        key = (found.st_dev, found.st_ino)
        if key not in _shared:
            _shared[key] = _SharedFile(open_beside(self._path, "-owners"))
        _shared[key].users += 1
        return key

    def _release(self, owner: int) -> None:
        assert self._key is not None
        shared = _shared[self._key]
        fcntl.lockf(shared.descriptor, fcntl.LOCK_UN, 1, owner)
        shared.own.discard(owner)
        self._mine.discard(owner)


def _after_fork() -> None:
    """Forget the parent's owners: its locks are not this process's, although the descriptors are."""
    global _guard  # noqa: PLW0603  (another thread of the parent may have held it)
    _guard = threading.Lock()
    for shared in _shared.values():
        shared.own.clear()


os.register_at_fork(after_in_child=_after_fork)
