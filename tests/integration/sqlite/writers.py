"""Threads that wait together to write one database, and what came of each."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeAlias

from adapters.sqlite.database import Database
from tests.integration.sqlite.given import ENOUGH_S, insert

Write: TypeAlias = Callable[[], Any]


class Writers:
    """Threads that begin to write while somebody else writes, and so wait in the order in which they came."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.returned: dict[int, Any] = {}
        self.raised: dict[int, BaseException] = {}
        self._threads: list[threading.Thread] = []

    def add(self, write: Write) -> None:
        """Let one more thread call *write*, and wait until it stands in line."""
        place = len(self._threads)
        before = len(self.database._line)

        def run() -> None:
            try:
                self.returned[place] = write()
            except BaseException as error:  # noqa: BLE001  (whatever it is, the test looks at it)
                self.raised[place] = error

        thread = threading.Thread(target=run)
        self._threads.append(thread)
        thread.start()
        wait_until(lambda: len(self.database._line) > before)

    def inserting(self, *names: str) -> None:
        """Let a thread a name wait to write it."""
        for name in names:
            self.calling(partial(insert, name))

    def calling(self, function: Callable[[sqlite3.Connection], Any]) -> None:
        """Let one more thread wait to write *function*."""
        self.add(lambda: self.database.write(function))

    def join(self, *places: int) -> None:
        """Wait for the end of some threads, or of all."""
        for place in places or range(len(self._threads)):
            self._threads[place].join(ENOUGH_S)
            assert not self._threads[place].is_alive(), "a writer waits for ever"


@contextmanager
def somebody_writing(database: Database) -> Iterator[list[str]]:
    """Hold the lead from another thread; give the statements that the writer runs afterwards."""
    statements: list[str] = []
    writing, go_on = threading.Event(), threading.Event()

    def hold(connection: sqlite3.Connection) -> None:
        connection.set_trace_callback(statements.append)
        writing.set()
        assert go_on.wait(ENOUGH_S)
        statements.clear()

    thread = threading.Thread(target=database.write, args=(hold,))
    thread.start()
    assert writing.wait(ENOUGH_S)
    try:
        yield statements
    finally:
        go_on.set()
        thread.join(ENOUGH_S)


def wait_until(condition: Callable[[], bool]) -> None:
    """Look again and again until *condition* holds."""
    deadline_s = time.monotonic() + ENOUGH_S
    while not condition():
        assert time.monotonic() < deadline_s, "waited in vain"
        time.sleep(0.001)


def commits(statements: Sequence[str]) -> int:
    """Return how many transactions *statements* committed after that of whoever held the lead."""
    return statements.count("COMMIT") - 1
