"""What the tests of the SQLite store start from."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.sqlite.database import Database
from adapters.sqlite.store import SqliteStore
from domain.channel import Channel
from domain.content import Content
from domain.notification import NewNotification
from domain.notification_type import NotificationType
from domain.recipient import Recipient

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LEASE = timedelta(seconds=120)
CONTENT = Content(subject="Your order", body="It is on its way.")
ENOUGH_S = 60.0
INSERT = "INSERT INTO api_keys (name, digest, scopes, created_at_ms) VALUES (:name, CAST(:name AS BLOB), '[]', 0)"
_ROOT = Path(__file__).parents[3]


@contextmanager
def opened(path: Path) -> Iterator[SqliteStore]:
    """Open the store at *path*, made if it is missing, and close it in the end."""
    store = SqliteStore.open(path, new_id=lambda: "store-1")
    try:
        yield store
    finally:
        store.close()


def a_message(to: str = "ada") -> NewNotification:
    return NewNotification(
        recipient_id=to,
        channel=Channel.EMAIL,
        type=NotificationType.TRANSACTIONAL,
        content=CONTENT,
        send_at=NOW,
        expires_at=NOW + timedelta(days=1),
        created_at=NOW,
    )


def fill(store: SqliteStore, count: int) -> None:
    """Store *count* due messages, each to a person of its own."""
    people = [f"person-{number}" for number in range(count)]
    store.recipients.put([Recipient(id=one, email=f"{one}@example.com") for one in people])
    store.notifications.add([a_message(one) for one in people])


def insert(name: str, connection: sqlite3.Connection) -> None:
    """Write one row, the cheapest one there is."""
    connection.execute(INSERT, {"name": name})


def names(database: Database) -> list[str]:
    """Return the rows written, in order."""
    return [
        row[0] for row in database.read(lambda one: one.execute("SELECT name FROM api_keys ORDER BY id").fetchall())
    ]


def start(module: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a module of this folder as a process of its own, which talks over its standard streams."""
    return subprocess.Popen(
        [sys.executable, "-m", f"tests.integration.sqlite.{module}", *map(str, arguments)],
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": f"{_ROOT / 'src'}{os.pathsep}{_ROOT}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def answers(processes: Sequence[subprocess.Popen[str]]) -> list[str]:
    """Let *processes* go, wait for their end, and return what they said."""
    said = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        text, _ = process.communicate(timeout=ENOUGH_S)
        assert process.returncode == 0
        said.append(text)
    return said
