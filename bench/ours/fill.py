"""Enqueue one notification to each recipient, in batches as large as HTTP takes: ``fill TYPE COUNT``."""

import sys
import time

from application.ports.notification_repository import Added
from application.sending.enqueue import BATCH_MAX
from bench.ours.opened import opened, request
from bench.said import say
from domain.notification_type import NotificationType


def main(type_: NotificationType, count: int) -> None:
    """Enqueue, and say how long it took."""
    began_s = time.perf_counter()
    with opened() as container:
        enqueue = container.enqueue()
        for first in range(0, count, BATCH_MAX):
            requests = [request(number, type_) for number in range(first, min(count, first + BATCH_MAX))]
            for answer in enqueue(requests):
                assert isinstance(answer, Added), answer
    say(count=count, seconds=time.perf_counter() - began_s)


if __name__ == "__main__":
    main(NotificationType(sys.argv[1]), int(sys.argv[2]))
