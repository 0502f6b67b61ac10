"""A process that claims what is due and then holds it until it dies: ``hold_claims PATH``."""

import sys
from pathlib import Path

from application.ports.dispatch_queue import ClaimRequest
from tests.integration.sqlite.given import LEASE, NOW, opened


def main() -> None:
    with opened(Path(sys.argv[1])) as store:
        owner = store.queue.register(NOW)
        request = ClaimRequest(
            lane=store.queue.due_lanes(NOW)[0], limit=2, owner=owner, now=NOW, lease=LEASE, gateway="mail"
        )
        sys.stdout.write(f"{len(store.queue.claim(request).claims)}\n")
        sys.stdout.flush()
        sys.stdin.readline()


if __name__ == "__main__":
    main()
