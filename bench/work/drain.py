"""Draining what is due, of each type, through a gateway that does nothing."""

from functools import partial

from bench import processes
from bench.alternating import alternate
from bench.failures import check
from bench.figures import Line, Role, Table, grouped
from bench.part import Found, Part
from bench.work import drained, engines
from bench.workplace import Place, Workplace

COUNT = 100_000
ROUNDS = 3
LEAST_OF_PLAIN = {"transactional": 0.45, "informational": 0.45, "promotional": 0.35}

READING = """\
How many due notifications a second one process sends through a gateway that does nothing, with everything that
makes it safe: claimed under a lease, passed through the gates, recorded in the history and the counters, each
batch on the disk before it goes on. Tocsin's time is that of the whole command `tocsin dispatch`, from the
start of the process to its end.

The *plain loop* is the same work on the same schema by somebody who knows that nothing can go wrong: 500 rows
by one `UPDATE … RETURNING` with their recipients, contents and suppressions, one statement that concludes, one
that writes the history, two commits; a third one for promotional, whose begin is recorded. What lies between it
and Tocsin is the price of gates, pools, counters, checks and values. The *lean loop* does as much on a narrow
table with two indexes: what a queue on SQLite can do at all. Floors and peers are counted without the start of
their process. huey runs in its best case: tasks are taken and called in a loop, no consumer, no result kept,
one commit each."""


def measure(workplace: Workplace) -> Found:
    """Drain each type in turns with the floors and the peers."""
    count = workplace.count(COUNT)
    tables = []
    for type_, least in LEAST_OF_PLAIN.items():
        ready = workplace.due(type_, count)
        values = alternate(
            ROUNDS,
            {
                "Tocsin": partial(_tocsin, workplace, ready, count),
                "plain loop": partial(_plain, workplace, ready, type_, count),
                "lean loop": partial(_lean, workplace, count),
                **engines.contestants(workplace, engines.Figure.DRAINED),
            },
            workplace.tell,
        )
        lines = (
            Line(name="Tocsin", values=values["Tocsin"]),
            Line(name="plain loop", role=Role.FLOOR, values=values["plain loop"], ratio_at_least=least),
            Line(name="lean loop", role=Role.FLOOR, values=values["lean loop"], ratio_at_least=0.25),
            *engines.lines(workplace, values, huey=6),
        )
        tables.append(Table(caption=f"{grouped(count)} {type_}", lines=lines))
    return Found(tables=tuple(tables), checked=(drained.CHECKED, drained.REPORTED))


def _tocsin(workplace: Workplace, ready: Place, count: int) -> float:
    return drained.drain(workplace.copy(ready), count)


def _plain(workplace: Workplace, ready: Place, type_: str, count: int) -> float:
    place = workplace.copy(ready)
    found = processes.script("bench.floors.plain_drain", place.store, type_, folder=place.folder)
    drained.check_sent(place, count)
    return float(found["count"] / found["seconds"])


def _lean(workplace: Workplace, count: int) -> float:
    place = workplace.empty("round")
    found = processes.script("bench.floors.lean_drain", "lean.db", count, folder=place.folder)
    check(found["count"] == count, f"the lean loop did {found['count']} jobs, not {count}")
    return float(found["count"] / found["seconds"])


PART = Part(name="drain", title="Draining what is due", reading=READING, measure=measure)
