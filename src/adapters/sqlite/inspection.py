"""What ``doctor`` says of a SQLite store."""

import shutil
import sqlite3
from collections.abc import Iterator
from typing import Final

from adapters.sqlite import schema
from adapters.sqlite.database import Database
from adapters.sqlite.recounting import wrong_gauges
from application.ports.store import Finding, Level
from domain.errors import StoreUnavailable

FREE_SPACE_MIN: Final = 500 * 1024 * 1024
LOG_MAX: Final = 256 * 1024 * 1024

WAL_RESET_FIXED: Final = (3, 51, 3)
"""The release that mends the WAL-reset bug, which is there since 3.7.0 (https://www.sqlite.org/wal.html)."""

_WAL_RESET_BACKPORTS: Final = ((3, 44, 6), (3, 50, 7))


def inspect(database: Database) -> Iterator[Finding]:
    """Yield what can be said of *database*; what cannot be looked at is a finding too."""
    for look in (_schema, _journal, _integrity, _counters):
        try:
            yield database.read(look)
        except StoreUnavailable as problem:
            yield Finding("store", Level.ERROR, str(problem))
            break
    yield from _space(database)
    yield _library(sqlite3.sqlite_version_info)


def has_wal_reset_bug(version: tuple[int, int, int]) -> bool:
    """Say whether this *version* of SQLite may damage a write-ahead log when a checkpoint races a commit."""
    if version >= WAL_RESET_FIXED or version < (3, 7, 0):
        return False
    return not any(version[:2] == fixed[:2] and version >= fixed for fixed in _WAL_RESET_BACKPORTS)


def _schema(connection: sqlite3.Connection) -> Finding:
    return Finding("schema", Level.OK, f"version {schema.version_of(connection)}")


def _journal(connection: sqlite3.Connection) -> Finding:
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    words = f"journal {mode}, synchronous {'FULL' if synchronous == 2 else synchronous}"  # noqa: PLR2004  (FULL)
    if mode != "wal":
        return Finding("journal", Level.WARNING, f"{words}; the next write sets it to wal")
    return Finding("journal", Level.OK, words)


def _integrity(connection: sqlite3.Connection) -> Finding:
    found = [row[0] for row in connection.execute("PRAGMA quick_check(3)")]
    if found == ["ok"]:
        return Finding("integrity", Level.OK, "quick_check found nothing wrong")
    return Finding(
        "integrity",
        Level.ERROR,
        f"{'; '.join(found)}; stop Tocsin, keep a copy of all files of the store, and restore a backup",
    )


def _counters(connection: sqlite3.Connection) -> Finding:
    found = wrong_gauges(connection)
    if not found:
        return Finding("counters", Level.OK, "the gauges equal a recount of the notifications")
    return Finding(
        "counters",
        Level.ERROR,
        f"{len(found)} of the gauges differ from a recount of the notifications; count again with: tocsin init",
    )


def _space(database: Database) -> Iterator[Finding]:
    try:
        free = shutil.disk_usage(database.path.parent).free
    except OSError as error:
        yield Finding("disk", Level.ERROR, f"cannot look at the disk: {error.strerror}; check the path of the store")
        return
    words = f"{free // 1024**2} MiB free"
    if free < FREE_SPACE_MIN:
        yield Finding("disk", Level.WARNING, f"{words}; make room, a full disk stops sending")
    else:
        yield Finding("disk", Level.OK, words)
    log = database.path.with_name(database.path.name + "-wal")
    if log.exists() and (size := log.stat().st_size) > LOG_MAX:
        yield Finding(
            "log",
            Level.WARNING,
            f"the write-ahead log has {size // 1024**2} MiB; something reads for very long, end it: "
            "the log shrinks with what is written next",
        )


def _library(version: tuple[int, ...]) -> Finding:
    words = f"SQLite {'.'.join(map(str, version))}"
    if not has_wal_reset_bug((version[0], version[1], version[2])):
        return Finding("sqlite", Level.OK, words)
    return Finding(
        "sqlite",
        Level.WARNING,
        f"{words} has the WAL-reset bug: a checkpoint that races a commit of another program may damage the store. "
        "Tocsin keeps its own apart; let no other program write to the file while it runs, and take SQLite "
        "3.51.3 (or 3.50.7, 3.44.6) when you can",
    )
