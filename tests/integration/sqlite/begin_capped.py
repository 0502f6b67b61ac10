"""A process that claims and begins all that a cap of three a day lets go: ``begin_capped PATH``. Prints to whom.

It says when it is ready, and waits for a word.
"""

import json
import sys
from pathlib import Path

from adapters.sqlite.store import SqliteStore
from application.ports.dispatch_queue import CapUse, ClaimRequest, Hold
from domain.lane import Lane
from tests.integration.sqlite.given import LEASE, NOW, opened

USE = CapUse(number=3, first_day=NOW.date(), day=NOW.date())


def begin_capped(store: SqliteStore, lane: Lane) -> list[str]:
    """Claim and begin, two at a time, and return to whom what may go."""
    owner = store.queue.register(NOW)
    request = ClaimRequest(
        lane=lane, limit=2, owner=owner, now=NOW, lease=LEASE, gateway="mail", capped_since=USE.first_day
    )
    told: list[str] = []
    while claims := list(store.queue.claim(request).claims):
        going = store.queue.begin([Hold(one.notification_id, one.fence, cap=USE) for one in claims], NOW)
        told += [one.recipient.id for one in claims if one.notification_id in going]
    return told


def main() -> None:
    with opened(Path(sys.argv[1])) as store:
        (lane,) = store.queue.due_lanes(NOW)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        told = begin_capped(store, lane)
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
