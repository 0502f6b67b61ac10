"""Bringing the schema up to date, step by step."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Final

from adapters.sqlite import schema
from adapters.sqlite.database import Database, newer
from adapters.sqlite.recounting import recount
from domain.errors import StoreUnavailable

RECOUNTED: Final = "gauges_counted_again"
SECRET_SINCE: Final = 4
"""The version whose identity has a secret."""

# The name of the store that no other one has.
INSERT_IDENTITY = "INSERT INTO identity (only_row, store_id) VALUES (1, :store_id)"

# What seals what is given out, drawn where the store has none yet.
PUT_SECRET: Final = "UPDATE identity SET secret = :secret WHERE secret IS NULL"

# Whether anything is in a file that has no version yet.
COUNT_OBJECTS = "SELECT count(*) FROM sqlite_schema"


def migrate(database: Database, new_id: Callable[[], str]) -> Sequence[str]:
    """Take every step that *database* lacks, each in a transaction of its own, and return their names.

    Gauges that differ from the notifications are set right, and that is one of the steps.
    Several processes may do so at once: who comes second finds nothing left to do.

    :raises StoreUnavailable: the file cannot be written, belongs to another program, or is of a newer Tocsin.
    """
    taken = []
    while step := database.migrate(lambda connection: _next_step(connection, database, new_id)):
        taken.append(step)
    if recount(database):
        taken.append(RECOUNTED)
    return taken


def _next_step(connection: sqlite3.Connection, database: Database, new_id: Callable[[], str]) -> str | None:
    version = schema.version_of(connection)
    if version > schema.latest_version():
        raise newer(database.path, version)
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    is_empty = version == 0 and not connection.execute(COUNT_OBJECTS).fetchone()[0]
    if not is_empty and owner != schema.APPLICATION_ID:
        raise StoreUnavailable(f"{database.path} is a database of another program; name another file under store")
    if version == schema.latest_version():
        return None
    step = schema.steps()[version]
    for statement in step.statements():
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {step.version:d}")
    if is_empty:
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID:d}")
        connection.execute(INSERT_IDENTITY, {"store_id": new_id()})
    if step.version >= SECRET_SINCE:
        connection.execute(PUT_SECRET, {"secret": new_id()})
    return step.name
