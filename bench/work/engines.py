"""The queues that people use today, as peers of draining and of enqueueing."""

import os
from collections.abc import Mapping
from enum import StrEnum
from functools import partial

from attrs import frozen

from bench import processes
from bench.alternating import Measure
from bench.failures import check
from bench.figures import Line, Role, grouped
from bench.workplace import Workplace


@frozen(kw_only=True)
class Engine:
    """A queue: its script in :mod:`bench.peers`, how many tasks a round, and the variable that names its server."""

    name: str
    script: str
    count: int
    server: str | None = None

    @property
    def is_given(self) -> bool:
        """Say whether it can run: it needs no server, or one is named."""
        return self.server is None or bool(os.environ.get(self.server))


ENGINES = (
    Engine(name="huey", script="huey_queue", count=10_000),
    Engine(name="celery on Redis", script="celery_queue", count=1_000, server="BENCH_REDIS_URL"),
    Engine(name="procrastinate on PostgreSQL", script="procrastinate_queue", count=500, server="BENCH_POSTGRES_URL"),
)


class Figure(StrEnum):
    """Which of the two times that a script says is meant."""

    DRAINED = "seconds"
    ENQUEUED = "enqueue_s"


def contestants(workplace: Workplace, figure: Figure) -> dict[str, Measure]:
    """Return what to measure of every engine that can run, by name: tasks a second."""
    return {one.name: partial(_speed, workplace, one, figure) for one in ENGINES if one.is_given}


def lines(workplace: Workplace, values: Mapping[str, tuple[float, ...]], **ratio_at_least: float) -> tuple[Line, ...]:
    """Return a line an engine; one that has no server says so. *ratio_at_least* is by name."""
    return tuple(
        Line(
            name=one.name,
            role=Role.PEER,
            values=values.get(one.name, ()),
            ratio_at_least=ratio_at_least.get(one.name),
            note=f"{grouped(workplace.count(one.count))} tasks a round"
            if one.is_given
            else f"no server given in {one.server}",
        )
        for one in ENGINES
    )


def _speed(workplace: Workplace, engine: Engine, figure: Figure) -> float:
    count = workplace.count(engine.count)
    found = processes.peer(engine.script, count, folder=workplace.empty("round").folder)
    check(found["count"] == count, f"{engine.name} ran {found['count']} tasks, not {count}")
    return float(count / found[figure])
