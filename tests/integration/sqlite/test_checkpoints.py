"""The write-ahead log: copied under the write turn, held back by readers, short again afterwards."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from adapters.sqlite.checkpoints import LOG_KEPT_MAX, PAGES_BETWEEN
from adapters.sqlite.database import Database
from adapters.sqlite.inspection import LOG_MAX
from application.ports.store import Level
from tests.integration.sqlite.given import insert, opened

PAGE = 4096
MIB = 1024 * 1024


def fill(database: Database, pages: int) -> None:
    """Write so many pages, in one transaction."""
    database.write(
        lambda connection: connection.executemany(
            "INSERT INTO suppressions (channel, address, reason, scope, detail, at_ms)"
            " VALUES ('sms', hex(randomblob(8)), 'manual', 'all', hex(zeroblob(:bytes)), 0)",
            ({"bytes": 50 * PAGE} for _ in range(pages // 100)),
        )
    )


def log_of(database: Database) -> Path:
    return database.path.with_name(database.path.name + "-wal")


def starts(database: Database) -> bytes:
    """Return what the log's header draws anew each time the log starts from the beginning."""
    return log_of(database).read_bytes()[16:24]


@contextmanager
def a_reader(database: Database) -> Iterator[sqlite3.Connection]:
    """Read one view of the store for as long as the block takes."""
    with closing(sqlite3.connect(database.path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM suppressions").fetchone()
        yield connection


class TestTheLog:
    def test_is_copied_when_it_has_grown_and_starts_again_with_the_next_write(self, database: Database) -> None:
        fill(database, PAGES_BETWEEN // 2)
        first = starts(database)
        fill(database, PAGES_BETWEEN // 4)
        assert starts(database) == first

        fill(database, PAGES_BETWEEN // 2)
        database.write(lambda connection: insert("next", connection))

        assert starts(database) != first
        assert database.path.stat().st_size > PAGES_BETWEEN * PAGE

    def test_grows_no_longer_however_much_is_written(self, database: Database) -> None:
        for _ in range(40):
            fill(database, PAGES_BETWEEN // 4)

        assert log_of(database).stat().st_size < 1.5 * PAGES_BETWEEN * PAGE

    def test_is_copied_by_whoever_writes_next_although_others_made_it_grow(self, database: Database) -> None:
        other = Database(database.path)
        other.write(lambda connection: insert("other", connection))
        first = starts(database)
        fill(database, PAGES_BETWEEN - 200)  # and a few more, above what was filled
        other.write(lambda connection: insert("other again", connection))
        assert starts(database) == first
        fill(database, 400)

        other.write(lambda connection: insert("starts it again", connection))

        assert starts(database) != first
        other.close()

    def test_is_held_back_by_a_reader_and_grows_and_is_short_again_when_that_has_ended(
        self, database: Database
    ) -> None:
        with a_reader(database):
            for _ in range(20):
                fill(database, 1_000)
            assert log_of(database).stat().st_size > LOG_KEPT_MAX
        fill(database, PAGES_BETWEEN)  # copied now
        database.write(lambda connection: insert("starts it again", connection))

        assert log_of(database).stat().st_size <= LOG_KEPT_MAX

    def test_of_a_reader_that_stays_is_not_copied_with_every_write(self, database: Database) -> None:
        statements: list[str] = []
        with a_reader(database):
            fill(database, PAGES_BETWEEN)
            database.write(lambda connection: connection.set_trace_callback(statements.append))
            for number in range(20):
                database.write(partial(insert, f"{number}"))

        assert [one for one in statements if "checkpoint" in one] == []

    def test_that_a_burst_left_is_emptied_by_the_one_that_closes_although_others_stay(self, database: Database) -> None:
        staying = Database(database.path)
        staying.write(lambda connection: insert("stays", connection))
        fill(database, LOG_KEPT_MAX // PAGE + 1_000)
        assert log_of(database).stat().st_size > LOG_KEPT_MAX

        database.close()

        assert log_of(staying).stat().st_size == 0
        staying.write(lambda connection: insert("goes on", connection))
        staying.close()


def test_doctor_warns_of_a_log_that_something_holds_back(tmp_path: Path) -> None:
    path = tmp_path / "tocsin.db"
    with opened(path) as store:
        store.recipients.put([])
        os.truncate(f"{path}-wal", LOG_MAX + MIB)  # what is behind the last transaction does not count

        finding = next(one for one in store.inspect() if one.name == "log")

        assert finding.level is Level.WARNING
        assert "257 MiB" in finding.message
        assert "end it" in finding.message
