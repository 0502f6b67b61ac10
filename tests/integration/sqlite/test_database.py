"""Transactions over one file, and what is said when the file or its disk does not do what it should."""

import json
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

import pytest

from adapters.sqlite.database import Database
from adapters.sqlite.migrations import migrate
from application.ports.store import Level
from domain.errors import StoreUnavailable
from domain.recipient import Recipient
from tests.integration.sqlite.given import ENOUGH_S, NOW, a_message, answers, insert, names, opened, start

NOBODY = 65534


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that other users can reach; those of pytest they cannot."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


def allow_reading_only(folder: Path) -> None:
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Be a user without privileges for a while; whoever runs the tests may be root, whom nothing stops."""
    user = os.geteuid()
    if user != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


class TestTransactions:
    def test_what_fails_half_way_leaves_nothing(self, database: Database) -> None:
        def fail(connection: sqlite3.Connection) -> None:
            insert("half", connection)
            raise KeyError("stop")

        with pytest.raises(KeyError):
            database.write(fail)

        assert names(database) == []
        database.write(lambda connection: insert("whole", connection))
        assert names(database) == ["whole"]

    def test_a_read_sees_one_state_while_others_write(self, database: Database) -> None:
        def count_twice(connection: sqlite3.Connection) -> tuple[int, int]:
            before = connection.execute("SELECT count(*) FROM api_keys").fetchone()[0]
            database.write(lambda writing: insert("meanwhile", writing))
            return before, connection.execute("SELECT count(*) FROM api_keys").fetchone()[0]

        assert database.read(count_twice) == (0, 0)
        assert names(database) == ["meanwhile"]

    def test_a_read_cannot_write(self, database: Database) -> None:
        with pytest.raises(StoreUnavailable, match="read-only"):
            database.read(lambda connection: insert("sneaked", connection))

        assert names(database) == []

    def test_a_write_within_a_write_is_a_fault_of_ours(self, database: Database) -> None:
        with pytest.raises(AssertionError, match="within a write"):
            database.write(lambda _: database.write(lambda connection: insert("inner", connection)))

    def test_every_connection_is_durable_and_holds_references(self, database: Database) -> None:
        def settings(connection: sqlite3.Connection) -> list[object]:
            questions = ("journal_mode", "synchronous", "foreign_keys", "temp_store", "journal_size_limit")
            return [connection.execute(f"PRAGMA {one}").fetchone()[0] for one in questions]

        assert database.write(settings) == ["wal", 2, 1, 2, 64 * 1024 * 1024]
        assert database.read(settings) == ["wal", 2, 1, 2, 64 * 1024 * 1024]

    def test_many_readers_do_not_share_a_connection(self, database: Database) -> None:
        together = threading.Barrier(4)
        used: list[int] = []

        def read(connection: sqlite3.Connection) -> None:
            used.append(id(connection))
            together.wait(ENOUGH_S)

        threads = [threading.Thread(target=database.read, args=(read,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(ENOUGH_S)

        assert len(set(used)) == 4

    def test_a_closed_database_says_so(self, tmp_path: Path) -> None:
        database = Database(tmp_path / "tocsin.db")
        migrate(database, lambda: "store-1")
        database.close()
        database.close()

        with pytest.raises(StoreUnavailable, match="was closed"):
            names(database)


class TestLocks:
    def test_another_program_that_writes_is_waited_for_and_then_named(self, database: Database) -> None:
        with closing(sqlite3.connect(database.path, isolation_level=None)) as shell:
            shell.execute("BEGIN IMMEDIATE")

            with pytest.raises(StoreUnavailable, match="locked by another program"):
                database.write(lambda connection: insert("late", connection))

            assert names(database) == []
        database.write(lambda connection: insert("later", connection))
        assert names(database) == ["later"]

    def test_another_tocsin_that_writes_is_waited_for_and_then_named(self, database: Database) -> None:
        other = Database(database.path)

        def write_within(connection: sqlite3.Connection) -> None:
            insert("other", connection)
            with pytest.raises(StoreUnavailable, match="locked"):
                database.write(lambda mine: insert("mine", mine))

        other.write(write_within)
        other.close()
        assert names(database) == ["other"]

    def test_a_process_that_writes_all_the_time_lets_others_have_their_turn(self, database: Database) -> None:
        def count(connection: sqlite3.Connection) -> int:
            return int(connection.execute("SELECT count(*) FROM recipients").fetchone()[0])

        def count_after_another(known: int) -> int:
            deadline_s = time.monotonic() + ENOUGH_S
            while (now := patient.read(count)) == known:
                assert time.monotonic() < deadline_s, "the other process does not write"
            return now

        patient = Database(database.path)
        busy = start("write_all_the_time", database.path)
        passed_over = []
        seen = 0
        for _ in range(15):
            asked_at = count_after_another(seen)
            seen = patient.write(count)
            passed_over.append(seen - asked_at)
        answers([busy])
        patient.close()

        assert median(passed_over) <= 2  # the one that is writing, and the one that passed the gate before

    def test_a_thread_that_writes_is_waited_for(self, database: Database) -> None:
        writing, go_on = threading.Event(), threading.Event()

        def slowly(connection: sqlite3.Connection) -> None:
            writing.set()
            go_on.wait(ENOUGH_S)
            insert("slow", connection)

        thread = threading.Thread(target=database.write, args=(slowly,))
        thread.start()
        assert writing.wait(ENOUGH_S)
        with pytest.raises(StoreUnavailable, match="locked"):
            database.write(lambda connection: insert("fast", connection))
        go_on.set()
        thread.join(ENOUGH_S)

        assert names(database) == ["slow"]


class TestFiles:
    def test_a_missing_folder_is_named(self, tmp_path: Path) -> None:
        database = Database(tmp_path / "nowhere" / "tocsin.db")

        with pytest.raises(StoreUnavailable, match=r"the folder of the store .* does not exist; create it"):
            migrate(database, lambda: "store-1")
        with pytest.raises(StoreUnavailable, match=r"the folder of the store .* does not exist; create it"):
            names(database)
        database.close()

    def test_a_file_that_is_no_database_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"
        path.write_text("Dear diary, " * 1000)
        database = Database(path)

        with pytest.raises(StoreUnavailable, match="no SQLite database"):
            migrate(database, lambda: "store-1")
        with pytest.raises(StoreUnavailable, match="no SQLite database"):
            names(database)
        database.close()

        assert path.read_text().startswith("Dear diary")

    def test_a_damaged_file_is_told_from_a_healthy_one(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"
        with opened(path) as store:
            store.recipients.put([Recipient(id=f"person-{number}", name="x" * 500) for number in range(500)])
        page = 4096
        with path.open("r+b") as file:
            file.seek(20 * page)
            file.write(b"\xff" * 60 * page)

        with opened(path) as store:
            with pytest.raises(StoreUnavailable, match=r"is damaged .*; stop Tocsin"):
                store.recipients.find(0)
            assert Level.ERROR in {finding.level for finding in store.inspect()}

    def test_a_file_that_was_removed_is_missed_and_one_put_back_is_used(self, tmp_path: Path) -> None:
        path, away = tmp_path / "tocsin.db", tmp_path / "away.db"
        with opened(path) as store:
            store.recipients.put([Recipient(id="ada")])
            assert store.recipients.count() == 1
            path.rename(away)

            with pytest.raises(StoreUnavailable, match="there is no store"):
                store.recipients.count()
            with pytest.raises(StoreUnavailable, match="there is no store"):
                store.recipients.put([Recipient(id="bob")])

            with opened(path) as new:
                new.recipients.put([Recipient(id="eve"), Recipient(id="joe")])
            assert store.recipients.count() == 2
            assert store.recipients.put([Recipient(id="bob")]) == 1
            assert store.recipients.count() == 3


class TestPermissions:
    def test_who_may_only_read_can_read_beside_a_writer_and_is_told_that_writing_is_refused(
        self, public_folder: Path
    ) -> None:
        path = public_folder / "tocsin.db"
        with opened(path) as writing:
            writing.recipients.put([Recipient(id="ada")])
            writing.api_keys.add("kept", b"digest", frozenset(), NOW)
            allow_reading_only(public_folder)
            reading = Database(path)

            with as_nobody():
                assert names(reading) == ["kept"]
                with pytest.raises(StoreUnavailable, match="read-only here; allow this user to write both"):
                    reading.write(lambda connection: insert("no", connection))
            reading.close()

            assert [key.name for key in writing.api_keys.all()] == ["kept"]

    def test_a_folder_that_cannot_be_written_is_named_when_nobody_writes(self, public_folder: Path) -> None:
        path = public_folder / "tocsin.db"
        with opened(path):
            pass
        allow_reading_only(public_folder)
        reading = Database(path)

        with (
            as_nobody(),
            pytest.raises(StoreUnavailable, match="must be allowed to read and write the file and its folder"),
        ):
            names(reading)
        reading.close()

    def test_a_store_cannot_be_made_where_nothing_can(self, public_folder: Path) -> None:
        allow_reading_only(public_folder)
        database = Database(public_folder / "tocsin.db")

        with as_nobody(), pytest.raises(StoreUnavailable, match="read-only here"):
            migrate(database, lambda: "store-1")
        database.close()
        assert list(public_folder.iterdir()) == []


class TestFullDisks:
    def test_a_full_database_refuses_keeps_what_it_has_and_goes_on_when_there_is_room(self, tmp_path: Path) -> None:
        with opened(tmp_path / "tocsin.db") as store:
            store.recipients.put([Recipient(id="ada", email="ada@example.com")])
            database = store.notifications._database
            pages = database.write(lambda connection: connection.execute("PRAGMA page_count").fetchone()[0])
            database.write(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}"))

            with pytest.raises(StoreUnavailable, match="is full, nothing of this was stored; make room"):
                store.notifications.add([a_message() for _ in range(5_000)])

            assert database.read(
                lambda connection: connection.execute("SELECT count(*) FROM notifications").fetchone()
            ) == (0,)
            database.write(lambda connection: connection.execute("PRAGMA max_page_count = 1000000"))
            assert len(store.notifications.add([a_message() for _ in range(5_000)])) == 5_000

    @pytest.mark.parametrize("limit", [300_000, 1_000_000])
    def test_when_files_cannot_grow_all_that_was_acknowledged_is_there_and_nothing_else(
        self, tmp_path: Path, limit: int
    ) -> None:
        path = tmp_path / "tocsin.db"

        said = json.loads(answers([start("fill_small_disk", path, limit)])[0])

        assert "is full" in said["refusal"]
        assert said["added_after"] == 1
        with opened(path) as store:
            kept = store.notifications._database.read(
                lambda connection: connection.execute("SELECT count(*) FROM notifications").fetchone()[0]
            )
            assert kept == said["acknowledged"] + 1
            integrity = next(one for one in store.inspect() if one.name == "integrity")
            assert integrity.level is Level.OK
