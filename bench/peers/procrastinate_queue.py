"""procrastinate on PostgreSQL: ``procrastinate_queue COUNT``, the server in ``BENCH_POSTGRES_URL``.

One worker, in this process, and a schema of its own, which it removes.
"""

import os
import sys
import time

import procrastinate
import psycopg

from bench.said import say

SCHEMA = "tocsin_bench_procrastinate"


def main(count: int) -> None:
    """Defer *count* empty jobs one at a time, run them all, and say how long each took."""
    url = os.environ["BENCH_POSTGRES_URL"]
    _execute(url, f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE", f"CREATE SCHEMA {SCHEMA}")
    try:
        _measure(url, count)
    finally:
        _execute(url, f"DROP SCHEMA {SCHEMA} CASCADE")


def _execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def _measure(url: str, count: int) -> None:
    place = {"conninfo": url, "kwargs": {"options": f"-c search_path={SCHEMA}"}}
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(**place))
    done: list[int] = []

    @app.task(name="noop")  # type: ignore[untyped-decorator]  # procrastinate is not here when types are checked
    async def noop(number: int) -> None:  # one that is not async would go through a thread
        done.append(number)

    sync = app.with_connector(procrastinate.SyncPsycopgConnector(**place))
    with sync.open():
        sync.schema_manager.apply_schema()
        with app.replace_connector(sync.connector):
            began_s = time.perf_counter()
            for number in range(count):
                noop.defer(number=number)
            enqueue_s = time.perf_counter() - began_s
    began_s = time.perf_counter()
    app.run_worker(wait=False, concurrency=1, listen_notify=False, install_signal_handlers=False)
    say(count=len(done), enqueue_s=enqueue_s, seconds=time.perf_counter() - began_s)


if __name__ == "__main__":
    main(int(sys.argv[1]))
