"""A process whose files may not grow: ``fill_small_disk PATH BYTES``. Adds until the store refuses, then says why."""

import json
import resource
import signal
import sys
from pathlib import Path

from domain.errors import StoreUnavailable
from domain.recipient import Recipient
from tests.integration.sqlite.given import a_message, opened

BATCH = 20


def main() -> None:
    path, limit = Path(sys.argv[1]), int(sys.argv[2])
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with opened(path) as store:
        store.recipients.put([Recipient(id="ada", email="ada@example.com")])
        sys.stdin.readline()
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        acknowledged, refusal = 0, ""
        while not refusal:
            try:
                acknowledged += len(store.notifications.add([a_message() for _ in range(BATCH)]))
            except StoreUnavailable as problem:
                refusal = str(problem)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        added = len(store.notifications.add([a_message()]))
    sys.stdout.write(json.dumps({"acknowledged": acknowledged, "refusal": refusal, "added_after": added}))


if __name__ == "__main__":
    main()
