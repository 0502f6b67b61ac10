"""A connection with the durability and the limits that the store has."""

import sqlite3
import time
from pathlib import Path

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -32768",
    "PRAGMA wal_autocheckpoint = 2000",
)


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection to *path* whose transactions are begun and ended by hand."""
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=256)
    for pragma in PRAGMAS:
        connection.execute(pragma)
    return connection


def now_ms() -> int:
    """Return the time of day as the store keeps it."""
    return time.time_ns() // 1_000_000
