"""Enqueue one notification at a time, with a pause after each, until standard input ends: ``enqueue_every MS``.

The pause keeps the short waits from outnumbering the long ones: a second in which nobody else writes would otherwise
count a thousand times what a second of waiting counts.
"""

import sys
import threading
import time

from application.ports.notification_repository import Added
from bench.ours.opened import opened, request
from bench.said import say


def main(pause_s: float) -> None:
    """Say that it is ready, enqueue, and say at the end when each call began and how long it took."""
    ended = threading.Event()
    begun_s, waits_s = list[float](), list[float]()
    with opened() as container:
        enqueue = container.enqueue()
        enqueue([request(0)])
        threading.Thread(target=_await_end, args=(ended,), daemon=True).start()
        say(ready=1)
        while not ended.wait(pause_s):
            began_s = time.monotonic()
            [answer] = enqueue([request(len(begun_s) % 1000)])
            assert isinstance(answer, Added), answer
            begun_s.append(began_s)
            waits_s.append(time.monotonic() - began_s)
    say(begun_s=begun_s, waits_s=waits_s)


def _await_end(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


if __name__ == "__main__":
    main(int(sys.argv[1]) / 1000)
