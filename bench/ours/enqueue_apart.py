"""Enqueue for a dispatcher in another process, and read in its gateway's log when each arrived.

``enqueue_apart COUNT INTERVAL_MS LOG``; the log is that of :class:`bench.gateways.Logging`.
"""

import sys
import threading
import time
from pathlib import Path

from application.ports.notification_repository import Added
from bench.ours.opened import opened, request
from bench.said import say

PATIENCE_S = 30.0


def main(count: int, interval_s: float, log: Path) -> None:
    """Enqueue *count*, one every *interval_s*, and say in seconds how long each took to reach the gateway."""
    begun: dict[int, int] = {}
    with opened() as container:
        enqueue = container.enqueue()
        enqueue([request(count)])  # opens the store, and imports what is imported late
        for number in range(count):
            began_ns = time.monotonic_ns()
            [answer] = enqueue([request(number)])
            assert isinstance(answer, Added), answer
            begun[answer.notification.id] = began_ns
            threading.Event().wait(interval_s)
    arrived = _await_arrivals(log, set(begun))
    say(waits_s=[(arrived[number] - began_ns) / 1e9 for number, began_ns in begun.items()])


def _await_arrivals(log: Path, ids: set[int]) -> dict[int, int]:
    until_s = time.monotonic() + PATIENCE_S
    while True:
        lines = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
        arrived = {int(number): int(at_ns) for _, number, _, at_ns in lines}
        if ids <= arrived.keys():
            return arrived
        assert time.monotonic() < until_s, f"{len(ids - arrived.keys())} never reached the gateway"
        threading.Event().wait(0.05)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) / 1000, Path(sys.argv[3]))
