"""Stores as earlier versions made them."""

import sqlite3
from contextlib import closing
from pathlib import Path

from adapters.sqlite import schema

LEFT_OUT = {
    "lanes": "WHERE test = 0",
    "gauges": "WHERE lane_id IN (SELECT id FROM newer.lanes WHERE test = 0)",
}
"""What a store has of itself that no earlier version had."""


def as_of_schema(version: int, path: Path, target: Path) -> None:
    """Write what the store at *path* keeps to a store as *version* of the schema made it."""
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        for step in schema.steps()[:version]:
            for statement in step.statements():
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {version:d}")
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute("ATTACH ? AS newer", (str(path),))
        tables = [row[0] for row in connection.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'")]
        for table in tables:
            connection.execute(f"DELETE FROM main.{table}")
        for table in tables:
            columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})"))
            connection.execute(f"DELETE FROM main.{table}")  # what a trigger put there
            connection.execute(
                f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newer.{table} {LEFT_OUT.get(table, '')}"
            )
