"""Threads that write one row at a time and then say so: ``acknowledge PATH NAME THREADS [COUNT]``.

A line is said for each row once it was acknowledged: its name. Without COUNT they go on until the process is killed.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path

from adapters.sqlite.database import Database
from tests.integration.sqlite.given import insert


def main() -> None:
    path, name, threads = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    numbers = range(int(sys.argv[4])) if len(sys.argv) > 4 else None
    database = Database(path)

    def write(thread: int) -> None:
        for number in count() if numbers is None else numbers:
            row = f"{name}-{thread}-{number}"
            database.write(partial(insert, row))
            os.write(1, f"{row}\n".encode())  # in one piece, and not kept in a buffer that dies with the process

    sys.stdin.readline()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(write, range(threads)))
    database.close()


if __name__ == "__main__":
    main()
