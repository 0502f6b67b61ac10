"""A process that claims all it can get from one store: ``claim_all PATH``. Prints the ids, and its longest wait."""

import json
import sys
import time
from pathlib import Path

from application.ports.dispatch_queue import ClaimRequest
from tests.integration.sqlite.given import LEASE, NOW, opened


def main() -> None:
    with opened(Path(sys.argv[1])) as store:
        owner = store.queue.register(NOW)
        lanes = store.queue.due_lanes(NOW)
        sys.stdin.readline()
        claimed: list[int] = []
        longest_s = 0.0
        while True:
            began_s = time.monotonic()
            request = ClaimRequest(lane=lanes[0], limit=7, owner=owner, now=NOW, lease=LEASE, gateway="mail")
            claims = store.queue.claim(request).claims
            longest_s = max(longest_s, time.monotonic() - began_s)
            if not claims:
                break
            claimed += [one.notification_id for one in claims]
    sys.stdout.write(json.dumps({"claimed": claimed, "longest_s": longest_s}))


if __name__ == "__main__":
    main()
