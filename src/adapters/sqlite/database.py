"""One SQLite file: how it is opened, written in turn and read beside the writer."""

import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias, TypeVar
from weakref import WeakSet

from adapters.sqlite import faults, functions, schema
from adapters.sqlite.write_turn import WriteTurn
from domain.errors import StoreUnavailable

T = TypeVar("T")
FileId: TypeAlias = tuple[int, int]

PRAGMAS: Final = (
    "PRAGMA synchronous = FULL",  # what was acknowledged survives the loss of power
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -32768",  # 32 MiB
    "PRAGMA mmap_size = 0",  # an I/O error would be a SIGBUS
    "PRAGMA journal_size_limit = 67108864",  # the log shrinks to 64 MiB after a burst
    "PRAGMA wal_autocheckpoint = 2000",  # pages; runs in a COMMIT, so under the write turn
)
"""What every connection is set to (https://www.sqlite.org/pragma.html)."""

_CHECKED: Final = (("PRAGMA synchronous", 2), ("PRAGMA foreign_keys", 1))


class _Opened:
    """A connection, and the file it was opened on, by device and number."""

    def __init__(self, connection: sqlite3.Connection, file: FileId) -> None:
        self.connection = connection
        self.file = file
        with _counting:
            _open_files[file] += 1

    def close(self) -> None:
        self.connection.close()
        with _counting:
            _open_files[self.file] -= 1


class Database:
    """The connections to one SQLite file, for any number of threads and processes.

    ``write`` runs one function at a time over all processes; ``read`` runs beside it and beside other reads, on a
    connection that no other thread uses meanwhile.

    SQLite must not be used across a fork (https://www.sqlite.org/howtocorrupt.html, 2.6): a child process is refused if
    its parent had the file open, and starts afresh otherwise.
    """

    def __init__(self, path: Path, *, busy_timeout_s: float = 10.0) -> None:
        self.path = path.absolute()
        self._busy_timeout_s = busy_timeout_s
        self._start()
        _databases.add(self)

    def _start(self) -> None:
        self._turn = WriteTurn(self.path, self._busy_timeout_s)
        self._writer: _Opened | None = None
        self._idle_readers: list[_Opened] = []
        self._is_closed = False

    def write(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Run *function* in one transaction and return what it returns, once that is durable.

        Whatever it raises undoes the transaction.

        :raises StoreUnavailable: nothing was written.
        """
        return self._write(function, migrating=False)

    def migrate(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Run *function* as :meth:`write` does, on a schema of any version; a missing file is made."""
        return self._write(function, migrating=True)

    def read(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Run *function* over one consistent view and return what it returns; it cannot write.

        :raises StoreUnavailable: nothing could be read.
        """
        try:
            opened = self._reader()
            try:
                opened.connection.execute("BEGIN")
                self._check_version(opened.connection)
                result = function(opened.connection)
            except sqlite3.Error:
                opened.close()  # the next reader starts afresh
                raise
            except BaseException:
                self._end_reading(opened)
                raise
            self._end_reading(opened)
        except sqlite3.Error as error:
            raise self._told(error) from error
        return result

    def close(self) -> None:
        """Wait for the write that runs, and close everything; a read that runs closes its own connection."""
        with self._turn.ending():
            self._is_closed = True
            writer, self._writer = self._writer, None
            if writer is not None:
                writer.close()
            while self._idle_readers:
                self._idle_readers.pop().close()

    def _write(self, function: Callable[[sqlite3.Connection], T], *, migrating: bool) -> T:
        try:
            with self._turn as left_s:
                if migrating:
                    self._create()
                connection = self._write_connection()
                connection.execute(f"PRAGMA busy_timeout = {left_s * 1000:.0f}")  # one wait, not one after the other
                try:
                    connection.execute("BEGIN IMMEDIATE")
                    if not migrating:
                        self._check_version(connection)
                    result = function(connection)
                    connection.execute("COMMIT")
                except BaseException:
                    _roll_back(connection)
                    raise
                return result
        except sqlite3.Error as error:
            raise self._told(error) from error

    def _create(self) -> None:
        """Make an empty file that only its owner can read, unless there is one: it will hold personal data."""
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return
        except OSError as error:
            raise faults.of_system(error, self.path) from error

    def _write_connection(self) -> sqlite3.Connection:
        file = self._present_file()
        if self._writer is not None and self._writer.file != file:
            self._writer.close()
            self._writer = None
        if self._writer is None:
            opened = self._connect(file)
            self._set_log(opened)
            self._writer = opened
        return self._writer.connection

    def _set_log(self, opened: _Opened) -> None:
        try:
            mode = opened.connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        except BaseException:
            opened.close()
            raise
        if mode != "wal":
            opened.close()
            raise StoreUnavailable(
                f"the file system under the store {self.path} does not allow SQLite's write-ahead log "
                f"(the journal stays at {mode!r}); put the store on a local disk"
            )

    def _reader(self) -> _Opened:
        file = self._present_file()
        while True:
            try:
                opened = self._idle_readers.pop()
            except IndexError:
                opened = self._connect(file)
                opened.connection.execute("PRAGMA query_only = ON")
                return opened
            if opened.file == file:
                return opened
            opened.close()

    def _end_reading(self, opened: _Opened) -> None:
        opened.connection.execute("ROLLBACK")
        self._idle_readers.append(opened)
        if self._is_closed:
            while self._idle_readers:
                self._idle_readers.pop().close()

    def _connect(self, file: FileId) -> _Opened:
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?mode=rw",  # a missing file is never made by accident
            uri=True,
            timeout=self._busy_timeout_s,
            isolation_level=None,
            check_same_thread=False,  # a connection changes hands between calls, never within one
            cached_statements=256,
        )
        opened = _Opened(connection, file)
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

    def _present_file(self) -> FileId:
        """Return which file is there now: what is written to one that was removed or replaced would be lost."""
        if self._is_closed:
            raise StoreUnavailable(f"the store {self.path} was closed; open it again")
        try:
            found = self.path.stat()
        except FileNotFoundError:
            sentence = faults.NO_FILE if self.path.parent.is_dir() else faults.NO_FOLDER
            raise StoreUnavailable(sentence.format(path=self.path)) from None
        except OSError as error:
            raise faults.of_system(error, self.path) from error
        file = (found.st_dev, found.st_ino)
        if file in _open_in_parent:
            raise StoreUnavailable(
                f"the store {self.path} was open when this process was forked, and SQLite must not be used across a "
                "fork; start the process anew, or open the store only after the fork"
            )
        return file

    def _check_version(self, connection: sqlite3.Connection) -> None:
        version = schema.version_of(connection)
        if version == schema.latest_version():
            return
        if version > schema.latest_version():
            raise newer(self.path, version)
        raise StoreUnavailable(
            f"the store {self.path} has schema {version}, this Tocsin works with {schema.latest_version()}; "
            "run 'tocsin init' to bring it up to date"
        )

    def _told(self, error: sqlite3.Error) -> Exception:
        return faults.of_sqlite(error, self.path) or error

    def _begin_as_child(self) -> None:
        """After a fork: let go of what belongs to the parent, without closing its connections."""
        _of_parent.append((self._writer, self._idle_readers))
        self._turn.close_files()  # the locks stay with the parent's descriptors
        self._start()


def newer(path: Path, version: int) -> StoreUnavailable:
    """Return the error of a store that a newer Tocsin made."""
    return StoreUnavailable(
        f"the store {path} has schema {version} of a newer Tocsin, this one knows {schema.latest_version()}; "
        "upgrade Tocsin, or name another store"
    )


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:  # after a full disk SQLite has done it already
        connection.execute("ROLLBACK")


_databases: WeakSet[Database] = WeakSet()
_counting = threading.Lock()
_open_files: Counter[FileId] = Counter()
_open_in_parent: set[FileId] = set()
_of_parent: list[object] = []  # kept, because a connection that is forgotten is closed


def _after_fork() -> None:
    global _counting  # noqa: PLW0603  (another thread of the parent may have held it)
    _counting = threading.Lock()
    _open_in_parent.update(file for file, count in _open_files.items() if count)
    _open_files.clear()
    for database in list(_databases):
        database._begin_as_child()  # noqa: SLF001  (the hook is part of the class's own work)


os.register_at_fork(after_in_child=_after_fork)
