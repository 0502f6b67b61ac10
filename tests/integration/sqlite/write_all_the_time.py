"""A process that writes one transaction after another until it is told to stop: ``write_all_the_time PATH``."""

import sys
import threading
from itertools import count
from pathlib import Path

from domain.recipient import Recipient
from tests.integration.sqlite.given import opened

KNOWN = [Recipient(id=f"known {number}") for number in range(1_000)]  # so that one transaction takes a while


def main() -> None:
    stop = threading.Event()

    def wait() -> None:
        sys.stdin.readline()
        stop.set()

    threading.Thread(target=wait, daemon=True).start()
    with opened(Path(sys.argv[1])) as store:
        for number in count():
            store.recipients.put([*KNOWN, Recipient(id=f"new {number}")])
            if stop.is_set():
                return


if __name__ == "__main__":
    main()
