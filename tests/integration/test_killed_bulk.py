"""``bulk`` and ``campaigns cancel`` killed half way: any dispatcher does the rest."""

import json
import signal
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.process import Running, ok

PEOPLE = 150_000
PATIENCE_S = 30.0
BULK = ("bulk", "--audience", "all", "--channel", "in_app", "--type", "promotional", "--body", "Hi", "--name", "spring")
CROWD = """
WITH RECURSIVE one (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one WHERE n < :people)
INSERT INTO recipients (id) SELECT 'person-' || n FROM one
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a store in which a crowd is known."""
    ok(tmp_path, "init")
    with closing(sqlite3.connect(tmp_path / "tocsin.db")) as connection:
        connection.execute(CROWD, {"people": PEOPLE})
        connection.commit()
    return tmp_path


def kill_half_way(folder: Path, command: tuple[str, ...], progress: str, least: int) -> None:
    """Start *command* and kill it once the statement *progress* gives at least *least*."""
    give_up_at = time.monotonic() + PATIENCE_S
    with Running(folder, command) as running, closing(sqlite3.connect(folder / "tocsin.db")) as connection:
        while (connection.execute(progress).fetchone() or (0,))[0] < least:
            assert running.process.poll() is None, "it came to its end before it was killed"
            assert time.monotonic() < give_up_at, "it did not come so far in time"
            threading.Event().wait(0.001)
        code, _, _ = running.end_by(signal.SIGKILL, PATIENCE_S)
    assert code == -signal.SIGKILL


def spring(folder: Path) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(ok(folder, "campaigns", "show", "spring", "--json"))
    return shown


def test_what_a_killed_bulk_left_is_written_and_a_killed_cancel_withdrawn_by_any_dispatcher(folder: Path) -> None:
    later = (*BULK, "--at", "+1h", "--yes", "--quiet")
    kill_half_way(folder, later, "SELECT considered FROM campaigns", 1)
    half_way = spring(folder)
    assert half_way["status"] == "running"
    assert 0 < half_way["created"] < PEOPLE

    ok(folder, "dispatch")

    finished = spring(folder)
    assert (finished["status"], finished["considered"], finished["created"]) == ("finished", PEOPLE, PEOPLE)
    assert finished["statuses"]["pending"] == PEOPLE

    cancelled = "SELECT number FROM gauges WHERE status = 'cancelled' AND number > 0"
    kill_half_way(folder, ("campaigns", "cancel", "spring", "--quiet"), cancelled, 1)
    half_way = spring(folder)
    assert half_way["status"] == "cancelled"
    assert 0 < half_way["statuses"]["cancelled"] < PEOPLE

    ok(folder, "dispatch")

    assert spring(folder)["statuses"]["cancelled"] == PEOPLE
    assert json.loads(ok(folder, "campaigns", "cancel", "spring", "--json"))["cancelled"] == 0
