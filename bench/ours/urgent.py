"""Dispatch in this process and enqueue transactional notifications meanwhile: ``urgent COUNT INTERVAL_MS``.

The gateway is :func:`bench.gateways.slow`, which notes when each one reached it.
"""

import sys
import threading
import time

from application.ports.notification_repository import Added
from bench import gateways
from bench.ours.opened import opened, request
from bench.said import say
from entrypoints.dispatch_log import DispatchLog
from entrypoints.dispatcher import BackgroundDispatcher

PATIENCE_S = 30.0
WARM_UP_S = 2.0


def main(count: int, interval_s: float) -> None:
    """Enqueue *count*, one every *interval_s*, and say in seconds how long each took to reach the gateway."""
    with opened() as container:
        crashes: list[Exception] = []
        log = DispatchLog(container.clock())
        dispatcher = BackgroundDispatcher(container.dispatch_due(), log, crashes.append)
        dispatcher.start()
        enqueue = container.enqueue()
        enqueue([request(count)])  # imports what is imported late
        threading.Event().wait(WARM_UP_S)
        begun: dict[int, float] = {}
        for number in range(count):
            began_s = time.monotonic()
            [answer] = enqueue([request(number)])
            assert isinstance(answer, Added), answer
            begun[answer.notification.id] = began_s
            threading.Event().wait(interval_s)
        _await_arrivals(set(begun))
        dispatcher.stop(10)
        assert not crashes, crashes
    say(waits_s=[gateways.arrivals[number] - began_s for number, began_s in begun.items()])


def _await_arrivals(ids: set[int]) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while ids - gateways.arrivals.keys():
        assert time.monotonic() < until_s, f"{len(ids - gateways.arrivals.keys())} never reached the gateway"
        threading.Event().wait(0.01)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) / 1000)
