"""How the file of a store is opened, and what keeps its connections from being used across a fork."""

import os
import sqlite3
import threading
from collections import Counter
from pathlib import Path
from typing import Final, TypeAlias

from adapters.sqlite import faults, functions
from adapters.sqlite.checkpoints import LOG_KEPT_MAX, WriteAheadLog
from domain.errors import StoreUnavailable

FileId: TypeAlias = tuple[int, int]
"""Which file it is: its device and its number there."""

PRAGMAS: Final = (
    "PRAGMA synchronous = FULL",  # what was acknowledged survives the loss of power
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -32768",  # 32 MiB
    "PRAGMA secure_delete = ON",  # what is freed is overwritten: nobody who was changed or erased is left in the file
    "PRAGMA mmap_size = 0",  # an I/O error would be a SIGBUS
    f"PRAGMA journal_size_limit = {LOG_KEPT_MAX:d}",  # the log shrinks to this after a burst
    "PRAGMA wal_autocheckpoint = 0",  # the writer does it, see checkpoints.py
)
"""What every connection is set to (https://www.sqlite.org/pragma.html)."""

_CHECKED: Final = (("PRAGMA synchronous", 2), ("PRAGMA foreign_keys", 1))


class Opened:
    """A connection, the file it was opened on, and how long it waits for locks of other programs."""

    def __init__(self, connection: sqlite3.Connection, file: FileId, busy_timeout_s: float) -> None:
        self.connection = connection
        self.file = file
        self._busy_timeout_s = busy_timeout_s
        with _counting:
            _open_files[file] += 1

    def wait_at_most(self, seconds: float) -> None:
        """Let it wait for other programs no longer than *seconds*."""
        if seconds != self._busy_timeout_s:
            self.connection.execute(f"PRAGMA busy_timeout = {seconds * 1000:.0f}")
            self._busy_timeout_s = seconds

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()
        with _counting:
            _open_files[self.file] -= 1


def connect(path: Path, file: FileId, busy_timeout_s: float) -> Opened:
    """Open the store at *path*, which is *file*; it must exist.

    The connection may change hands between threads from call to call, never within one.
    """
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=rw",  # a missing file is never made by accident
        uri=True,
        timeout=busy_timeout_s,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    opened = Opened(connection, file, busy_timeout_s)
    try:
        for pragma in PRAGMAS:
            connection.execute(pragma)
        for question, expected in _CHECKED:
            found = connection.execute(question).fetchone()[0]
            assert found == expected, f"{question} is {found}, not {expected}"
        functions.register(connection)
    except BaseException:
        opened.close()
        raise
    return opened


def open_log(opened: Opened, path: Path) -> WriteAheadLog:
    """Let the store at *path* keep a write-ahead log, and return it.

    :raises StoreUnavailable: its file system does not allow that.
    """
    mode = opened.connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise StoreUnavailable(
            f"the file system under the store {path} does not allow SQLite's write-ahead log "
            f"(the journal stays at {mode!r}); put the store on a local disk"
        )
    return WriteAheadLog(path, opened.connection.execute("PRAGMA page_size").fetchone()[0])


def create(path: Path) -> None:
    """Make an empty file that only its owner can read, unless there is one: it will hold personal data."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise faults.of_system(error, path) from error


def present_file(path: Path) -> FileId:
    """Return which file is at *path* now: what is written to one that was removed or replaced would be lost.

    :raises StoreUnavailable: there is none, or a parent of this process had it open when it forked.
    """
    try:
        found = os.stat(path)  # noqa: PTH116  (asked in every transaction; pathlib's costs half as much again)
    except FileNotFoundError:
        sentence = faults.NO_FILE if path.parent.is_dir() else faults.NO_FOLDER
        raise StoreUnavailable(sentence.format(path=path)) from None
    except OSError as error:
        raise faults.of_system(error, path) from error
    file = (found.st_dev, found.st_ino)
    if file in _open_in_parent:
        raise StoreUnavailable(
            f"the store {path} was open when this process was forked, and SQLite must not be used across a "
            "fork; start the process anew, or open the store only after the fork"
        )
    return file


_counting = threading.Lock()
_open_files: Counter[FileId] = Counter()
_open_in_parent: set[FileId] = set()


def begin_as_child() -> None:
    """After a fork: remember what the parent had open, which this process must never use or close."""
    global _counting  # noqa: PLW0603  (another thread of the parent may have held it)
    _counting = threading.Lock()
    _open_in_parent.update(file for file, count in _open_files.items() if count)
    _open_files.clear()
