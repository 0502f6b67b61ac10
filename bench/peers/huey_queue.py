"""huey on SQLite with a sync a commit: ``huey_queue COUNT``, in a file of the current folder.

No consumer process and no result kept: its best case.
"""

import sys
import time

from huey import SqliteHuey

from bench.said import say

FULL = 2  # https://www.sqlite.org/pragma.html#pragma_synchronous


def main(count: int) -> None:
    """Enqueue *count* empty tasks one at a time, then run them all; say how long each took."""
    huey = SqliteHuey("bench", filename="huey.db", fsync=True, journal_mode="wal", results=False)
    done: list[int] = []
    task = huey.task()(done.append)
    began_s = time.perf_counter()
    for number in range(count):
        task(number)
    enqueued_s = time.perf_counter() - began_s
    synchronous = huey.storage.conn.execute("PRAGMA synchronous").fetchone()[0]
    assert synchronous == FULL, f"synchronous is {synchronous}, which does not survive a loss of power"
    began_s = time.perf_counter()
    while (one := huey.dequeue()) is not None:
        huey.execute(one)
    say(count=len(done), enqueue_s=enqueued_s, seconds=time.perf_counter() - began_s)


if __name__ == "__main__":
    main(int(sys.argv[1]))
