"""Threads of a process whose files may not grow: ``fill_small_disk_together PATH BYTES``.

Each adds until the store refuses. Says how many were acknowledged, why the rest was refused, and how long the log was.
"""

import json
import resource
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from adapters.sqlite.store import SqliteStore
from domain.errors import StoreUnavailable
from domain.recipient import Recipient
from tests.integration.sqlite.given import a_message, opened

THREADS = 4
BATCH = 20


def add_until_refused(store: SqliteStore) -> tuple[int, str]:
    acknowledged = 0
    while True:
        try:
            acknowledged += len(store.notifications.add([a_message() for _ in range(BATCH)]))
        except StoreUnavailable as problem:
            return acknowledged, str(problem)


def main() -> None:
    path, limit = Path(sys.argv[1]), int(sys.argv[2])
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with opened(path) as store, ThreadPoolExecutor(THREADS) as threads:
        store.recipients.put([Recipient(id="ada", email="ada@example.com")])
        sys.stdin.readline()
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        ends = list(threads.map(add_until_refused, [store] * THREADS))
        log = path.with_name(path.name + "-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        added = len(store.notifications.add([a_message()]))
    said = {"acknowledged": sum(count for count, _ in ends), "refusals": [why for _, why in ends], "log": log}
    sys.stdout.write(json.dumps(said | {"added_after": added}))


if __name__ == "__main__":
    main()
