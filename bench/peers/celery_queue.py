"""celery on Redis: ``celery_queue COUNT``, the server in ``BENCH_REDIS_URL``.

One worker, in this process, and no results: its best case.
"""

import os
import signal
import sys
import time

from celery import Celery

from bench.said import say

QUEUE = "tocsin-bench"


def main(count: int) -> None:
    """Enqueue *count* empty tasks one at a time, run them all, and say how long each took.

    The running counts from the first task to the last, without the start of the worker.
    """
    app = Celery("bench", broker=os.environ["BENCH_REDIS_URL"])
    app.conf.update(task_ignore_result=True, task_default_queue=QUEUE, worker_redirect_stdouts=False)
    moments: list[float] = []
    enqueue_s = 0.0

    @app.task(name="bench.noop")  # type: ignore[untyped-decorator]  # celery is not here when types are checked
    def noop(number: int) -> None:  # noqa: ARG001  (a task has what it is called with)
        moments.append(time.perf_counter())
        if len(moments) == count:
            say(count=count, enqueue_s=enqueue_s, seconds=moments[-1] - moments[0])
            os.kill(os.getpid(), signal.SIGTERM)  # a worker ends so, and the process with it

    app.control.purge()
    began_s = time.perf_counter()
    for number in range(count):
        noop.delay(number)
    enqueue_s = time.perf_counter() - began_s
    app.Worker(pool="solo", concurrency=1, queues=[QUEUE], loglevel="ERROR", quiet=True, without_mingle=True).start()


if __name__ == "__main__":
    main(int(sys.argv[1]))
