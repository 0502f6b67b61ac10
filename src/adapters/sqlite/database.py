"""One SQLite file: written by one thread at a time for all that wait, and read beside the writer."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar
from weakref import WeakSet

from adapters.sqlite import connections, faults, schema
from adapters.sqlite.checkpoints import WriteAheadLog
from adapters.sqlite.connections import FileId, Opened
from adapters.sqlite.group_commit import Call, Line, Stage
from adapters.sqlite.write_turn import WriteTurn
from domain.errors import StoreUnavailable

T = TypeVar("T")
Item = TypeVar("Item")

GROUP_OTHERS_MAX: Final = 200
"""How many calls share a transaction with the one that leads."""

CLOSE_S: Final = 2.0

GROUP_STARTS_S: Final = 0.01
"""For how long a transaction starts further calls: whatever the last one takes, those behind it wait for no other."""

_FRESH: Final = 0.9
"""How much of the timeout is left for locks of other programs when there was no wait to speak of."""


class Database:
    """The connections to one SQLite file, for any number of threads and processes.

    ``write`` runs one function at a time over all processes, and commits those that wait together in one transaction;
    ``read`` runs beside it and beside other reads, on a connection that no other thread uses meanwhile.

    SQLite must not be used across a fork (https://www.sqlite.org/howtocorrupt.html, 2.6): a child process is refused if
    its parent had the file open, and starts afresh otherwise.
    """

    def __init__(self, path: Path, *, busy_timeout_s: float = 10.0) -> None:
        self.path = path.absolute()
        self._busy_timeout_s = busy_timeout_s
        self._start()
        _databases.add(self)

    def _start(self) -> None:
        self._line = Line()
        self._turn = WriteTurn(self.path, self._busy_timeout_s)
        self._writer: Opened | None = None
        self._log: WriteAheadLog | None = None
        self._idle_readers: list[Opened] = []
        self._is_closed = False

    def write(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Run *function* in a transaction and return what it returns, once that is durable.

        Other calls that wait may share the transaction, and another thread may run the function, at most once. Whatever
        it raises undoes what it did, alone, and is raised here.

        :raises StoreUnavailable: nothing was written, nor will be.
        """
        return self._write(Call(function))

    def write_of_items(self, function: Callable[[sqlite3.Connection, Sequence[Item]], Sequence[T]], item: Item) -> T:
        """Run *function* for *item* as :meth:`write` does, and return its result.

        Where several calls of the same function wait it is run once for all of their items, and gives a result each. If
        that raises, it is run again for each item by itself: besides the store it must change nothing.
        """
        return self._write(Call.for_item(function, item))

    def migrate(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Run *function* as :meth:`write` does, but alone, on a schema of any version; a missing file is made."""
        return self._write(Call(function, alone=True), migrating=True)

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

    def empty_log(self) -> bool:
        """Copy the write-ahead log into the file and empty it; False where somebody reads or writes for too long.

        The log has what the file had before; readers that see it still are waited for a moment.

        :raises StoreUnavailable: the file cannot be written.
        """
        deadline_s = time.monotonic() + CLOSE_S
        stage = self._line.join(Call(_nothing, alone=True), deadline_s)
        if stage is not Stage.LEADING:
            return False
        try:
            self._turn.take(deadline_s)
            try:
                connection = self._write_connection(deadline_s)
                return self._log is not None and self._log.empty(connection)
            finally:
                self._turn.give_back()
        except sqlite3.Error as error:
            raise self._told(error) from error
        finally:
            self._line.leave()

    def close(self) -> None:
        """Wait a moment for the write that runs, and close everything; a read that runs closes its own connection.

        A write that takes longer waits for a lock of another program; its connection ends with the process.
        """
        stage = self._line.join(Call(_nothing, alone=True), time.monotonic() + CLOSE_S)
        if stage is not Stage.LEADING:
            self._is_closed = True
            return
        try:
            self._is_closed = True
            self._shorten_log()
            self._close_writer()
            self._turn.close()
            while self._idle_readers:
                self._idle_readers.pop().close()
        finally:
            self._line.leave()

    def _write(self, call: Call[T], *, migrating: bool = False) -> T:
        deadline_s = time.monotonic() + self._busy_timeout_s
        try:
            stage = self._line.join(call, deadline_s)
            if stage is Stage.LEADING:
                try:
                    self._lead(call, deadline_s, migrating=migrating)
                finally:
                    self._line.leave()
            elif stage is Stage.WITHDRAWN:
                raise self._turn.missed()
            return call.answer()
        except sqlite3.Error as error:
            raise self._told(error) from error

    def _lead(self, own: Call[T], deadline_s: float, *, migrating: bool) -> None:
        """Commit *own* and what waits with it, and answer the others."""
        self._turn.take(deadline_s)
        try:
            if migrating:
                connections.create(self.path)
            connection = self._write_connection(deadline_s)
            try:
                connection.execute("BEGIN IMMEDIATE")
                if not migrating:
                    self._check_version(connection)
                self._run(connection, own)
                connection.execute("COMMIT")
            except BaseException as error:
                self._undo(connection)
                self._line.refuse(partial(self._undone, error))
                raise
            self._line.answer()
            if self._log is not None:
                self._log.copy_when_grown(connection)
        finally:
            self._turn.give_back()

    def _run(self, connection: sqlite3.Connection, own: Call[T]) -> None:
        """Run *own* and what waits with it, so that each can fail by itself; a lone call needs no savepoint for that.

        The main thread runs nothing for others, because a person may interrupt it at any moment.
        """
        is_interruptible = own.thread == threading.main_thread().ident
        others = 0 if own.alone or is_interruptible else min(len(self._line), GROUP_OTHERS_MAX)
        if not others:
            error = self._line.run([own], connection)
            if error is not None:
                raise error
            return
        until_s = time.monotonic() + GROUP_STARTS_S
        calls = [own, *self._line.start_like(own, others)]
        others += 1
        while calls:
            self._run_in_savepoint(connection, calls)
            others -= len(calls)
            calls = self._line.start_next(others) if time.monotonic() < until_s else []

    def _run_in_savepoint(self, connection: sqlite3.Connection, calls: Sequence[Call[Any]]) -> None:
        connection.execute("SAVEPOINT calls")
        error = self._line.run(calls, connection)
        if not connection.in_transaction:  # there are errors after which SQLite undoes everything
            raise self._undone(error)
        if error is None:
            connection.execute("RELEASE calls")
            return
        connection.execute("ROLLBACK TO calls")
        connection.execute("RELEASE calls")
        if len(calls) == 1:
            calls[0].error = error
            return
        for call in calls:  # one of them is bad: each by itself
            self._run_in_savepoint(connection, [call])

    def _undo(self, connection: sqlite3.Connection) -> None:
        try:
            if connection.in_transaction:  # after a full disk SQLite has undone it already
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._close_writer()  # which undoes it too

    def _undone(self, error: BaseException | None) -> StoreUnavailable:
        """Return the error of a call whose transaction *error* undid."""
        told = faults.of_sqlite(error, self.path) if isinstance(error, sqlite3.Error) else error
        return StoreUnavailable(str(told) if isinstance(told, StoreUnavailable) else faults.UNDONE)

    def _write_connection(self, deadline_s: float) -> sqlite3.Connection:
        """Return the connection that writes, which waits for other programs until the deadline at the longest."""
        file = self._present_file()
        if self._writer is not None and self._writer.file != file:
            self._close_writer()
        if self._writer is None:
            self._writer = connections.connect(self.path, file, self._busy_timeout_s)
            try:
                self._log = connections.open_log(self._writer, self.path)
            except BaseException:
                self._close_writer()
                raise
        left_s = max(0.0, deadline_s - time.monotonic())
        is_fresh = left_s > _FRESH * self._busy_timeout_s
        self._writer.wait_at_most(self._busy_timeout_s if is_fresh else left_s)
        return self._writer.connection

    def _close_writer(self) -> None:
        writer, self._writer = self._writer, None
        log, self._log = self._log, None
        if log is not None:
            log.close()
        if writer is not None:
            writer.close()

    def _shorten_log(self) -> None:
        """Give back the disk that a burst took, unless others are at it."""
        if self._writer is None or self._log is None:
            return
        try:
            self._turn.take(time.monotonic())
        except StoreUnavailable:
            return
        try:
            self._log.shorten(self._writer.connection)
        finally:
            self._turn.give_back()

    def _reader(self) -> Opened:
        file = self._present_file()
        while True:
            try:
                opened = self._idle_readers.pop()
            except IndexError:
                opened = connections.connect(self.path, file, self._busy_timeout_s)
                opened.connection.execute("PRAGMA query_only = ON")
                return opened
            if opened.file == file:
                return opened
            opened.close()

    def _end_reading(self, opened: Opened) -> None:
        opened.connection.execute("ROLLBACK")
        self._idle_readers.append(opened)
        if self._is_closed:
            while self._idle_readers:
                self._idle_readers.pop().close()

    def _present_file(self) -> FileId:
        if self._is_closed:
            raise StoreUnavailable(f"the store {self.path} was closed; open it again")
        return connections.present_file(self.path)

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
        self._turn.close()  # the locks stay with the parent's descriptors
        if self._log is not None:
            self._log.close()
        self._start()


def newer(path: Path, version: int) -> StoreUnavailable:
    """Return the error of a store that a newer Tocsin made."""
    return StoreUnavailable(
        f"the store {path} has schema {version} of a newer Tocsin, this one knows {schema.latest_version()}; "
        "upgrade Tocsin, or name another store"
    )


def _nothing(_: sqlite3.Connection) -> None:
    """Stand for a call that only waits for its turn."""


_databases: WeakSet[Database] = WeakSet()
_of_parent: list[object] = []  # kept, because a connection that is forgotten is closed


def _after_fork() -> None:
    connections.begin_as_child()
    for database in list(_databases):
        database._begin_as_child()  # noqa: SLF001  (the hook is part of the class's own work)


os.register_at_fork(after_in_child=_after_fork)
