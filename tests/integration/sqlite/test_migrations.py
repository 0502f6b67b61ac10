"""A store comes into being once, and no version is taken for another."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from adapters.sqlite import schema
from adapters.sqlite.store import SqliteStore
from domain.errors import StoreUnavailable
from tests.integration.sqlite.given import answers, opened, start

ALL_STEPS = [step.name for step in schema.steps()]


def set_version(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")


class TestANewStore:
    def test_every_step_is_taken_once(self, tmp_path: Path) -> None:
        store = SqliteStore.open(tmp_path / "tocsin.db", new_id=lambda: "store-1", create=False)

        assert list(store.migrate()) == ALL_STEPS
        assert list(store.migrate()) == []
        assert store.identity == "store-1"
        store.close()

    def test_it_is_made_on_first_use_and_only_its_owner_may_read_it(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"

        with opened(path) as store:
            assert store.recipients.count() == 0
            assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}

    def test_it_keeps_its_identity(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"
        with opened(path):
            pass
        again = SqliteStore.open(path, new_id=lambda: "another")

        assert again.identity == "store-1"
        again.close()

    def test_two_processes_at_once_make_one_store(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"
        processes = [start("migrate_once", path, name) for name in ("first", "second")]

        said = [json.loads(text) for text in answers(processes)]

        assert sorted(step for answer in said for step in answer["steps"]) == ALL_STEPS
        assert said[0]["identity"] == said[1]["identity"]

    def test_none_is_made_unless_it_is_asked_for(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"
        store = SqliteStore.open(path, new_id=lambda: "store-1", create=False)

        with pytest.raises(StoreUnavailable, match="tocsin init"):
            store.recipients.count()

        assert not path.exists()
        store.close()


class TestOtherVersions:
    def test_an_older_schema_says_to_migrate(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"
        with opened(path):
            pass
        set_version(path, schema.latest_version() - 1)

        with opened(path) as store:
            with pytest.raises(StoreUnavailable, match="run 'tocsin init'"):
                store.recipients.count()
            with pytest.raises(StoreUnavailable, match="run 'tocsin init'"):
                store.recipients.put([])

    def test_a_newer_schema_says_to_upgrade_and_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"
        with opened(path):
            pass
        set_version(path, schema.latest_version() + 1)

        with opened(path) as store:
            for use in (store.migrate, store.recipients.count, lambda: store.recipients.put([])):
                with pytest.raises(StoreUnavailable, match="upgrade Tocsin"):
                    use()
        with closing(sqlite3.connect(path)) as connection:
            assert schema.version_of(connection) == schema.latest_version() + 1

    def test_a_store_that_is_upgraded_while_it_is_open_is_refused_from_then_on(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"
        with opened(path) as store:
            assert store.recipients.count() == 0
            set_version(path, schema.latest_version() + 1)

            with pytest.raises(StoreUnavailable, match="upgrade Tocsin"):
                store.recipients.count()

    def test_the_database_of_another_program_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "other.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE bookmarks (url TEXT)")
            connection.commit()

        with opened(path) as store, pytest.raises(StoreUnavailable, match="another program"):
            store.migrate()

        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("bookmarks",)]
