"""Writers of one process that wait together: one transaction, and to each what is its own."""

import signal
import sqlite3
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from adapters.sqlite.database import GROUP_STARTS_S, Database
from adapters.sqlite.group_commit import LONG_S
from adapters.sqlite.migrations import migrate
from domain.errors import StoreUnavailable
from tests.integration.sqlite.given import ENOUGH_S, insert, names
from tests.integration.sqlite.writers import Writers, commits, somebody_writing, wait_until


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[Database]:
    """A database whose writers wait for as long as any test takes."""
    database = Database(tmp_path / "tocsin.db", busy_timeout_s=ENOUGH_S)
    migrate(database, lambda: "store-1")
    yield database
    database.close()


def refuse(connection: sqlite3.Connection) -> None:
    insert("refused", connection)
    raise KeyError("mine alone")


def undo_everything(connection: sqlite3.Connection) -> None:
    """Fail as SQLite fails on a broken disk: it undoes the whole transaction."""
    connection.execute("INSERT OR ROLLBACK INTO identity (only_row, store_id) VALUES (1, 'second')")


def spoil_the_commit(connection: sqlite3.Connection) -> None:
    """Write what only the COMMIT refuses."""
    connection.execute("PRAGMA defer_foreign_keys = ON")
    connection.execute("INSERT INTO campaign_members (campaign_id, seq) VALUES (4711, 1)")


def square(number: int, _: sqlite3.Connection) -> int:
    return number * number


def take_long(_: sqlite3.Connection) -> None:
    """Work for longer than a group starts calls."""
    end_s = time.monotonic() + 2 * GROUP_STARTS_S
    while time.monotonic() < end_s:
        pass


class TestAGroup:
    def test_what_waits_together_is_committed_together_in_the_order_it_came(self, patient: Database) -> None:
        writers = Writers(patient)
        with somebody_writing(patient) as statements:
            writers.inserting(*"abcdefgh")
        writers.join()

        assert commits(statements) == 1
        assert names(patient) == list("abcdefgh")
        assert writers.raised == {}

    def test_nobody_is_answered_before_the_commit(self, patient: Database) -> None:
        answered_at_commit: list[int] = []
        writers = Writers(patient)

        def look(statement: str) -> None:
            if statement == "COMMIT":
                answered_at_commit.append(len(writers.returned))

        with somebody_writing(patient):
            writers.calling(lambda connection: connection.set_trace_callback(look))
            writers.inserting("a", "b", "c")
        writers.join()

        assert answered_at_commit == [0]
        assert len(writers.returned) == 4

    def test_each_gets_what_its_own_function_returned(self, patient: Database) -> None:
        writers = Writers(patient)
        with somebody_writing(patient):
            for number in range(5):
                writers.calling(partial(square, number))
        writers.join()

        assert writers.returned == {0: 0, 1: 1, 2: 4, 3: 9, 4: 16}

    def test_a_lone_writer_pays_for_no_group(self, patient: Database) -> None:
        with somebody_writing(patient) as statements:
            pass
        statements.clear()

        patient.write(lambda connection: connection.execute("DELETE FROM api_keys"))

        assert statements == ["BEGIN IMMEDIATE", "PRAGMA user_version", "DELETE FROM api_keys", "COMMIT"]

    def test_those_behind_a_call_that_takes_long_wait_for_that_one_only(self, patient: Database) -> None:
        writers = Writers(patient)
        with somebody_writing(patient) as statements:
            writers.inserting("before")
            writers.calling(take_long)
            writers.calling(take_long)
            writers.inserting("after")
        writers.join()

        assert commits(statements) == 3  # before and long; long; after
        assert names(patient) == ["before", "after"]

    def test_what_took_long_the_last_time_has_a_transaction_of_its_own_until_it_is_quick_again(
        self, patient: Database
    ) -> None:
        pace = [2 * LONG_S, 0.0, 0.0]

        def chunk(_: sqlite3.Connection) -> None:
            end_s = time.monotonic() + pace.pop(0)
            while time.monotonic() < end_s:
                pass

        patient.write(chunk)
        writers = Writers(patient)
        with somebody_writing(patient) as statements:
            writers.inserting("a", "b")
            writers.calling(chunk)
            writers.inserting("c", "d")
        writers.join()
        assert commits(statements) == 3

        with somebody_writing(patient) as statements:
            writers.inserting("e")
            writers.calling(chunk)
        writers.join()
        assert commits(statements) == 1

    def test_a_migration_shares_its_transaction_with_nobody(self, patient: Database) -> None:
        writers = Writers(patient)
        with somebody_writing(patient) as statements:
            writers.inserting("a", "b")
            writers.add(lambda: patient.migrate(lambda connection: insert("migrated", connection)))
            writers.inserting("c", "d")
        writers.join()

        assert commits(statements) == 3
        assert names(patient) == ["a", "b", "migrated", "c", "d"]

    def test_who_waits_when_the_database_is_closed_was_written_or_is_told(self, patient: Database) -> None:
        writers = Writers(patient)
        with somebody_writing(patient):
            writers.inserting("before")
            writers.add(patient.close)
            writers.inserting("after")
        writers.join()

        assert "was closed" in str(writers.raised[2])
        again = Database(patient.path)
        assert names(again) == ["before"]
        again.close()


class TestABadCall:
    def test_fails_alone_and_the_others_are_committed(self, patient: Database) -> None:
        writers = Writers(patient)
        with somebody_writing(patient) as statements:
            writers.inserting("a")
            writers.calling(refuse)
            writers.inserting("b")
        writers.join()

        assert commits(statements) == 1
        assert names(patient) == ["a", "b"]
        assert list(writers.raised) == [1]
        assert repr(writers.raised[1]) == "KeyError('mine alone')"

    def test_that_leads_fails_alone_too(self, patient: Database) -> None:
        writers = Writers(patient)
        with somebody_writing(patient) as statements:
            writers.calling(refuse)
            writers.inserting("a", "b")
        writers.join()

        assert commits(statements) == 1
        assert names(patient) == ["a", "b"]
        assert list(writers.raised) == [0]

    def test_shows_where_it_failed_and_who_called_it(self, patient: Database) -> None:
        writers = Writers(patient)
        with somebody_writing(patient):
            writers.inserting("a")
            writers.calling(refuse)
        writers.join()

        frames = [frame.name for frame in traceback.extract_tb(writers.raised[1].__traceback__)]
        assert frames[0] == "run"  # of its own thread
        assert frames[-1] == "refuse"

    def test_that_finds_the_disk_full_fails_what_had_run_in_the_same_words_and_nothing_else(
        self, patient: Database
    ) -> None:
        pages = patient.write(lambda connection: connection.execute("PRAGMA page_count").fetchone()[0])
        writers = Writers(patient)
        with somebody_writing(patient):
            writers.calling(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}").fetchall())
            writers.inserting("a", "x" * 100_000, "b")
        writers.join()

        assert sorted(writers.raised) == [0, 1, 2]
        assert all("is full, nothing of this was stored" in str(error) for error in writers.raised.values())
        assert names(patient) == ["b"]

    def test_that_writes_within_its_write_is_a_fault_of_its_own(self, patient: Database) -> None:
        writers = Writers(patient)
        with somebody_writing(patient):
            writers.inserting("a")
            writers.calling(lambda _: patient.write(lambda connection: insert("inner", connection)))
        writers.join()

        assert "within a write" in str(writers.raised[1])
        assert names(patient) == ["a"]

    def test_that_makes_sqlite_undo_everything_fails_what_had_run_and_the_rest_is_written_afresh(
        self, patient: Database
    ) -> None:
        writers = Writers(patient)
        with somebody_writing(patient) as statements:
            writers.inserting("a", "b")
            writers.calling(undo_everything)
            writers.inserting("c", "d")
        writers.join()

        assert sorted(writers.raised) == [0, 1, 2]
        assert all("nothing of it was stored" in str(error) for error in writers.raised.values())
        assert {type(error) for error in writers.raised.values()} == {StoreUnavailable}
        assert len(set(map(id, writers.raised.values()))) == 3
        assert commits(statements) == 1
        assert names(patient) == ["c", "d"]


class TestACommitThatFails:
    def test_fails_all_of_its_group_and_none_of_the_next(self, patient: Database) -> None:
        writers = Writers(patient)
        with somebody_writing(patient):
            writers.inserting("a")
            writers.calling(spoil_the_commit)
            writers.calling(refuse)
            writers.inserting("b")
        writers.join()

        assert sorted(writers.raised) == [0, 1, 2, 3]
        assert isinstance(writers.raised[0], sqlite3.IntegrityError)  # a fault of ours: shown as it is, once
        assert [type(writers.raised[place]) for place in (1, 2, 3)] == [StoreUnavailable, KeyError, StoreUnavailable]
        assert names(patient) == []
        patient.write(lambda connection: insert("next", connection))
        assert names(patient) == ["next"]


class TestAWaitThatEnds:
    def test_withdraws_what_was_not_started_so_that_it_never_runs(self, database: Database) -> None:
        ran: list[str] = []
        writers = Writers(database)
        with somebody_writing(database):
            writers.calling(lambda _: ran.append("withdrawn"))
            writers.join(0)
            assert len(database._line) == 0
        database.write(lambda connection: insert("later", connection))

        assert "locked by another program" in str(writers.raised[0])
        assert ran == []
        assert names(database) == ["later"]

    def test_waits_for_the_answer_if_it_was_started(self, database: Database) -> None:
        writers = Writers(database)
        started, go_on = threading.Event(), threading.Event()

        def hold(_: sqlite3.Connection) -> None:
            started.set()
            assert go_on.wait(ENOUGH_S)

        with somebody_writing(database):
            writers.inserting("leads", "started")
            writers.calling(hold)
        assert started.wait(ENOUGH_S)
        with pytest.raises(StoreUnavailable):  # its whole timeout passes meanwhile
            database.write(lambda connection: insert("not started", connection))
        assert writers.returned == writers.raised == {}
        go_on.set()
        writers.join()

        assert writers.raised == {}
        assert names(database) == ["leads", "started"]

    def test_of_those_that_lead_and_follow_while_another_process_writes_leaves_the_lead_to_the_next(
        self, database: Database
    ) -> None:
        other = Database(database.path)  # as far as the turn goes, another process
        writers = Writers(database)

        def lead_in_vain() -> None:
            with pytest.raises(StoreUnavailable, match="locked by another program"):
                database.write(refuse)

        with somebody_writing(other):
            leader = threading.Thread(target=lead_in_vain)
            leader.start()
            wait_until(lambda: database._line._leader == leader.ident)
            writers.inserting("a", "b")
            leader.join(ENOUGH_S)
            writers.join()
        other.close()
        database.write(lambda connection: insert("next", connection))

        assert sorted(writers.raised) == [0, 1]
        assert names(database) == ["next"]


class TestAnInterrupt:
    def test_of_a_main_thread_that_leads_undoes_its_own_call_and_the_others_are_written(
        self, patient: Database
    ) -> None:
        writers = Writers(patient)

        def wait_for_others_and_be_interrupted(connection: sqlite3.Connection) -> None:
            insert("interrupted", connection)
            writers.inserting("a", "b")
            signal.raise_signal(signal.SIGINT)

        with pytest.raises(KeyboardInterrupt):
            patient.write(wait_for_others_and_be_interrupted)
        writers.join()

        assert writers.raised == {}
        assert names(patient) == ["a", "b"]

    def test_of_a_main_thread_that_waits_withdraws_its_call(self, patient: Database) -> None:
        ran: list[str] = []
        main = threading.main_thread().ident
        assert main == threading.get_ident(), "signals reach the main thread, so this test runs there"

        def interrupt() -> None:
            wait_until(lambda: len(patient._line) == 1)
            signal.pthread_kill(main, signal.SIGINT)

        with somebody_writing(patient):
            interrupting = threading.Thread(target=interrupt)
            interrupting.start()
            with pytest.raises(KeyboardInterrupt):
                patient.write(lambda _: ran.append("withdrawn"))
            interrupting.join(ENOUGH_S)
            assert len(patient._line) == 0
        patient.write(lambda connection: insert("next", connection))

        assert ran == []
        assert names(patient) == ["next"]

    def test_reaches_nobody_else_because_the_main_thread_runs_nothing_for_others(self, patient: Database) -> None:
        writers = Writers(patient)
        ran_by: list[int] = []

        def let_another_wait_behind_and_go_on() -> None:
            wait_until(lambda: len(patient._line) == 1)
            writers.calling(lambda _: ran_by.append(threading.get_ident()))
            held.close()

        with ExitStack() as held:
            held.enter_context(somebody_writing(patient))
            helping = threading.Thread(target=let_another_wait_behind_and_go_on)
            helping.start()
            patient.write(lambda _: ran_by.append(threading.get_ident()))
        helping.join(ENOUGH_S)
        writers.join()

        assert ran_by[0] == threading.get_ident()
        assert ran_by[1] != threading.get_ident()

    def test_within_a_group_reaches_the_leader_and_acknowledges_nobody_who_had_run(self, patient: Database) -> None:
        def interrupt(_: sqlite3.Connection) -> None:
            raise KeyboardInterrupt

        writers = Writers(patient)
        with somebody_writing(patient):
            writers.inserting("leads", "a")
            writers.calling(interrupt)
            writers.inserting("b")
        writers.join()

        assert isinstance(writers.raised[0], KeyboardInterrupt)
        assert [type(writers.raised[place]) for place in (1, 2)] == [StoreUnavailable, StoreUnavailable]
        assert 3 in writers.returned
        assert names(patient) == ["b"]


class TestCallsOfItems:
    def test_that_wait_together_are_run_at_once(self, patient: Database) -> None:
        runs: list[list[str]] = []

        def of_items(connection: sqlite3.Connection, items: Sequence[str]) -> Sequence[str]:
            runs.append(list(items))
            for item in items:
                insert(item, connection)
            return [item.upper() for item in items]

        writers = Writers(patient)
        with somebody_writing(patient) as statements:
            writers.add(lambda: patient.write_of_items(of_items, "a"))
            writers.add(lambda: patient.write_of_items(of_items, "b"))
            writers.inserting("other")
            writers.add(lambda: patient.write_of_items(of_items, "c"))
            writers.add(lambda: patient.write_of_items(of_items, "d"))
        writers.join()

        assert runs == [["a", "b"], ["c", "d"]]
        assert commits(statements) == 1
        assert [writers.returned[place] for place in (0, 1, 3, 4)] == ["A", "B", "C", "D"]
        assert names(patient) == ["a", "b", "other", "c", "d"]

    def test_of_which_one_is_bad_are_run_again_each_by_itself(self, patient: Database) -> None:
        def of_items(connection: sqlite3.Connection, items: Sequence[str]) -> Sequence[str]:
            for item in items:
                insert(item, connection)
                if item == "bad":
                    raise KeyError(item)
            return items

        writers = Writers(patient)
        with somebody_writing(patient) as statements:
            for item in ("a", "bad", "b"):
                writers.add(partial(patient.write_of_items, of_items, item))
        writers.join()

        assert commits(statements) == 1
        assert names(patient) == ["a", "b"]
        assert list(writers.raised) == [1]
        assert writers.returned == {0: "a", 2: "b"}

    def test_alone_are_run_like_any_other(self, patient: Database) -> None:
        assert patient.write_of_items(lambda _, items: [len(items)], "only") == 1
