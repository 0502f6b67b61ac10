"""Enqueueing one notification at a time, each on the disk before the next."""

from functools import partial

from bench import processes
from bench.alternating import alternate
from bench.failures import check
from bench.figures import Line, Role, Table
from bench.part import Found, Part
from bench.work import engines
from bench.workplace import Place, Workplace

COUNT = 5_000
PEOPLE = 10_000
THREADS = 8
ROUNDS = 5

READING = """\
How many notifications a second a program hands in one at a time, each durable before the call returns: the use
case `enqueue` of the container, with every check of recipient, content and times. The *plain commit* is two
`INSERT` and a `COMMIT` in a loop on the same schema, and looks nothing up. One writer is bound by how fast the
disk syncs; eight threads at once may share a sync, so together they should pass what one plain writer can do.
The peers hand in empty tasks in the same way. Whether the server of one that has a server syncs before it
answers is that server's configuration."""


def measure(workplace: Workplace) -> Found:
    """Enqueue in turns with the plain commit and the peers."""
    count = workplace.count(COUNT) // THREADS * THREADS
    ready = workplace.people(max(workplace.count(PEOPLE), count + 1))
    values = alternate(
        ROUNDS,
        {
            "one": partial(_tocsin, workplace, ready, count, 1),
            "plain": partial(_plain, workplace, ready, count),
            "eight": partial(_tocsin, workplace, ready, count, THREADS),
            **engines.contestants(workplace, engines.Figure.ENQUEUED),
        },
        workplace.tell,
    )
    plain = Line(name="plain one-row commit", role=Role.FLOOR, values=values["plain"], ratio_at_least=0.6)
    one = Table(
        caption="one at a time",
        lines=(
            Line(name="Tocsin, one thread", values=values["one"]),
            plain,
            *engines.lines(workplace, values),
        ),
    )
    eight = Table(
        caption="eight threads together",
        lines=(
            Line(name="Tocsin, eight threads", values=values["eight"]),
            Line(name="one plain writer", role=Role.FLOOR, values=values["plain"], ratio_at_least=2),
        ),
    )
    return Found(tables=(one, eight), checked=("the number of notifications in the store after each run",))


def _tocsin(workplace: Workplace, ready: Place, count: int, threads: int) -> float:
    place = workplace.copy(ready)
    found = processes.script("bench.ours.enqueue", count, threads, folder=place.folder)
    _check(place, count + 1)  # one before the clock runs
    return float(found["count"] / found["seconds"])


def _plain(workplace: Workplace, ready: Place, count: int) -> float:
    place = workplace.copy(ready)
    found = processes.script("bench.floors.plain_enqueue", place.store, count, folder=place.folder)
    _check(place, count)
    return float(found["count"] / found["seconds"])


def _check(place: Place, count: int) -> None:
    stored = place.ask("SELECT count(*) FROM notifications")
    check(stored == count, f"{stored} notifications are in the store, not {count}")


PART = Part(name="enqueue", title="Enqueueing", reading=READING, measure=measure)
