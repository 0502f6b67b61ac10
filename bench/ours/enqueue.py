"""Enqueue one at a time, each durable before the next, from one thread or several: ``enqueue COUNT THREADS``."""

import sys
import threading
import time

from application.ports.notification_repository import Added
from bench.ours.opened import opened, request
from bench.said import say
from entrypoints.container import Container


def main(count: int, threads: int) -> None:
    """Enqueue *count* in all, and say how long it took from the first to the last."""
    with opened() as container:
        _some(container, 0, 1)  # opens the store, and imports what is imported late
        ready = threading.Barrier(threads + 1)
        share = count // threads

        def work(first: int) -> None:
            ready.wait()
            _some(container, first, share)

        workers = [threading.Thread(target=work, args=(1 + number * share,)) for number in range(threads)]
        for worker in workers:
            worker.start()
        ready.wait()
        began_s = time.perf_counter()
        for worker in workers:
            worker.join()
        say(count=share * threads, seconds=time.perf_counter() - began_s)


def _some(container: Container, first: int, count: int) -> None:
    enqueue = container.enqueue()
    for number in range(first, first + count):
        [answer] = enqueue([request(number)])
        assert isinstance(answer, Added), answer


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
