"""What ``doctor`` hears of a SQLite store."""

import sqlite3
from contextlib import closing
from pathlib import Path

from adapters.sqlite import schema
from adapters.sqlite.inspection import has_wal_reset_bug
from adapters.sqlite.store import SqliteStore
from application.ports.store import Level
from tests.integration.sqlite.given import opened


def test_a_healthy_store_is_well_in_every_respect_but_the_age_of_sqlite(tmp_path: Path) -> None:
    with opened(tmp_path / "tocsin.db") as store:
        findings = {one.name: one for one in store.inspect()}

    assert findings["schema"].message == f"version {schema.latest_version()}"
    assert findings["journal"].message == "journal wal, synchronous FULL"
    assert findings["integrity"].level is Level.OK
    assert "MiB free" in findings["disk"].message
    old = has_wal_reset_bug(sqlite3.sqlite_version_info)
    assert findings["sqlite"].level is (Level.WARNING if old else Level.OK)
    assert sqlite3.sqlite_version in findings["sqlite"].message


def test_a_missing_store_is_a_finding(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "tocsin.db", new_id=lambda: "store-1", create=False)

    findings = {one.name: one for one in store.inspect()}

    assert findings["store"].level is Level.ERROR
    assert "tocsin init" in findings["store"].message
    store.close()


def test_a_missing_folder_is_a_finding_too(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "nowhere" / "tocsin.db", new_id=lambda: "store-1", create=False)

    findings = {one.name: one.level for one in store.inspect()}

    assert (findings["store"], findings["disk"]) == (Level.ERROR, Level.ERROR)
    store.close()


def test_an_old_schema_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "tocsin.db"
    with opened(path):
        pass
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 0")

    with opened(path) as store:
        assert "tocsin init" in next(one.message for one in store.inspect() if one.name == "store")
