"""Many writers in several processes, some of which are killed or run out of disk."""

import json
import threading
from functools import partial
from pathlib import Path
from statistics import median

import pytest

from adapters.sqlite.checkpoints import PAGES_BETWEEN
from adapters.sqlite.database import Database
from application.ports.store import Level
from tests.integration.sqlite.given import answers, insert, names, opened, start

THREADS = 6


def is_whole(path: Path) -> bool:
    with opened(path) as store:
        return next(one.level for one in store.inspect() if one.name == "integrity") is Level.OK


def test_what_was_acknowledged_is_there_when_the_process_is_killed(database: Database) -> None:
    with start("acknowledge", database.path, "killed", THREADS) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("go\n")
        process.stdin.flush()
        acknowledged = [process.stdout.readline().strip() for _ in range(300)]
        process.kill()
        acknowledged += process.stdout.read().split()

    kept = names(database)
    assert set(acknowledged) <= set(kept)
    assert len(kept) == len(set(kept)) <= len(acknowledged) + THREADS  # those on their way may be in
    assert is_whole(database.path)
    database.write(lambda connection: insert("next", connection))
    assert names(database)[-1] == "next"


def test_processes_of_many_threads_write_everything_once(database: Database) -> None:
    racers = [start("acknowledge", database.path, name, THREADS, 50) for name in ("a", "b", "c")]

    said = answers(racers)

    expected = {f"{name}-{thread}-{number}" for name in "abc" for thread in range(THREADS) for number in range(50)}
    assert {row for text in said for row in text.split()} == expected
    assert sorted(names(database)) == sorted(expected)
    assert is_whole(database.path)


def test_a_process_of_many_threads_lets_another_have_its_turn(database: Database) -> None:
    patient = Database(database.path)
    passed_over = []
    with start("acknowledge", database.path, "crowd", THREADS) as crowd:
        assert crowd.stdin is not None
        assert crowd.stdout is not None
        crowd.stdin.write("go\n")
        crowd.stdin.flush()
        assert crowd.stdout.readline()  # it writes
        listening = threading.Thread(target=crowd.stdout.read)  # or it would stand still before long
        listening.start()
        for number in range(30):
            before = len(names(patient))
            patient.write(partial(insert, f"patient {number}"))
            passed_over.append(names(patient).index(f"patient {number}") - before)
        crowd.kill()
        listening.join()
    patient.close()

    assert median(passed_over) <= 3 * THREADS  # as many groups as may pass the gate before


@pytest.mark.parametrize("limit", [1_000_000, 6_000_000])
def test_threads_that_share_a_full_disk_are_told_the_truth(tmp_path: Path, limit: int) -> None:
    path = tmp_path / "tocsin.db"

    said = json.loads(answers([start("fill_small_disk_together", path, limit)])[0])

    assert all("is full" in why for why in said["refusals"])
    assert said["added_after"] == 1
    if limit > PAGES_BETWEEN * 4096:  # the database could not grow any more, and the log held it all
        assert said["log"] > limit * 0.9
    with opened(path) as store:
        kept = store.notifications._database.read(
            lambda connection: connection.execute("SELECT count(*) FROM notifications").fetchone()[0]
        )
        assert kept == said["acknowledged"] + 1
    assert is_whole(path)
