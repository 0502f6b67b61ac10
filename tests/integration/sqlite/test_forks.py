"""Processes that fork: SQLite must not be used on both sides."""

import os
import sqlite3
from collections.abc import Callable

import pytest

from adapters.sqlite.database import Database
from domain.errors import StoreUnavailable
from tests.integration.sqlite.given import insert, names


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")  # forking so is what is tried here
class TestForks:
    def test_a_child_of_a_process_that_had_the_store_open_is_refused_and_the_parent_goes_on(
        self, database: Database
    ) -> None:
        database.write(lambda connection: insert("parent", connection))

        def use_it() -> None:
            for again in (database, Database(database.path)):
                with pytest.raises(StoreUnavailable, match="only after the fork"):
                    names(again)
                with pytest.raises(StoreUnavailable, match="only after the fork"):
                    again.write(lambda connection: insert("child", connection))
                again.close()

        assert succeeds_in_a_child(use_it)
        database.write(lambda connection: insert("parent again", connection))
        assert names(database) == ["parent", "parent again"]

    def test_a_child_that_opens_the_store_after_the_fork_uses_it(self, database: Database) -> None:
        database.close()
        later = Database(database.path)

        def use_it() -> None:
            later.write(lambda connection: insert("child", connection))
            assert names(later) == ["child"]

        assert succeeds_in_a_child(use_it)
        assert names(later) == ["child"]
        later.close()

    def test_a_child_does_not_keep_the_turn_of_a_parent_that_died_while_it_wrote(self, database: Database) -> None:
        database.close()
        later = Database(database.path, busy_timeout_s=1.0)
        waiting, end = os.pipe()

        def die_and_leave_a_child(_: sqlite3.Connection) -> None:
            if os.fork() == 0:
                os.close(end)
                os.read(waiting, 1)
            os._exit(0)

        assert succeeds_in_a_child(lambda: later.write(die_and_leave_a_child))
        later.write(lambda connection: insert("survivor", connection))
        os.close(waiting)
        os.close(end)

        assert names(later) == ["survivor"]
        later.close()


def succeeds_in_a_child(work: Callable[[], None]) -> bool:
    """Run *work* in a fork of this process, and say whether it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException:  # noqa: BLE001  (whatever it is, the child must not go on as a test runner)
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0
