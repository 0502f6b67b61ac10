"""A campaign for a million recipients: how fast its rows exist, in how much memory, and who waits meanwhile."""

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from functools import partial

from bench import processes
from bench.alternating import alternate
from bench.failures import NotMeasured, check
from bench.figures import Line, Role, Table, grouped, percentile
from bench.part import Found, Part
from bench.workplace import Place, Workplace

PEOPLE = 1_000_000
FEW = 100_000
ROUNDS = 3
WAITING_ROUNDS = 3
WAITS_LEAST = 10
PATIENCE_S = 600.0
CAMPAIGN = (
    "--channel",
    "email",
    "--type",
    "promotional",
    "--subject",
    "News for {{ recipient.name }}",
    "--body",
    "Hello",
)
BULK = ("bulk", "--audience", "all", *CAMPAIGN, "--yes", "--quiet")
NOBODY = ("bulk", "--audience", "plan = nobody", *CAMPAIGN, "--yes", "--quiet")

READING = """\
How many recipients a second become notifications by `tocsin bulk`, its start included: it returns when every
row exists. The *plain* way is `INSERT … SELECT` by 10 000 recipients a commit on the same schema, the cursor in
the same commit; Tocsin's chunks are sized by time instead, so that others get their turn, and count who has no
address or is suppressed. The memory is the most the process ever had (an upper bound, by the kernel); that it
does not grow with the audience is what "no recipient becomes an object" means. What it does grow by is the page
cache of SQLite, of 32 MiB at most, which the smaller audience does not fill. *Others wait*: another process
enqueues one notification at a time meanwhile, with 20 ms between two calls, and each call is timed from its
begin until what it stored is durable; the figure is the 99th percentile of a round, over the calls between the
first row of the campaign and its last."""


def measure(workplace: Workplace) -> Found:
    """Start the campaign in turns with the plain way; then beside another writer."""
    people = workplace.count(PEOPLE)
    ready = workplace.people(people)
    peaks: list[float] = []
    values = alternate(
        ROUNDS,
        {
            "Tocsin": partial(_tocsin, workplace, ready, people, peaks),
            "plain": partial(_plain, workplace, ready, people),
        },
        workplace.tell,
    )
    few, few_peaks = workplace.count(FEW), list[float]()
    few_ready = workplace.people(few)
    alternate(
        ROUNDS, {f"{grouped(few)} recipients": partial(_tocsin, workplace, few_ready, few, few_peaks)}, workplace.tell
    )
    waits = alternate(WAITING_ROUNDS, {"others wait, ms": partial(_others_wait, workplace, ready)}, workplace.tell)
    return Found(
        tables=(
            Table(
                caption=f"{grouped(people)} recipients",
                lines=(
                    Line(name="tocsin bulk", values=values["Tocsin"]),
                    Line(name="plain INSERT … SELECT", role=Role.FLOOR, values=values["plain"], ratio_at_least=0.6),
                ),
            ),
            Table(
                caption="peak memory",
                lines=(
                    Line(name=f"{grouped(people)} recipients", unit="MB", values=tuple(peaks), at_most=120),
                    Line(name=f"{grouped(few)} recipients", unit="MB", values=tuple(few_peaks)),
                    Line(
                        name="grown from the one to the other",
                        unit="x",
                        values=tuple(many / few for many, few in zip(peaks, few_peaks, strict=True)),
                        at_most=1.25,
                    ),
                ),
            ),
            Table(
                caption="others wait",
                lines=(
                    Line(
                        name="one enqueue in another process, 99 %",
                        unit="ms",
                        values=waits["others wait, ms"],
                        at_most=100,
                    ),
                ),
            ),
        ),
        checked=("the number of notifications, and of different recipients, in the store after each run",),
    )


def _tocsin(workplace: Workplace, ready: Place, people: int, peaks: list[float]) -> float:
    place = workplace.copy(ready)
    ended = processes.tocsin(place.folder, *BULK)
    peaks.append(ended.peak_mb)
    _check(place, people)
    return people / ended.seconds


def _plain(workplace: Workplace, ready: Place, people: int) -> float:
    place = workplace.copy(ready)
    processes.tocsin(place.folder, *NOBODY)
    place.settle()
    found = processes.script("bench.floors.plain_bulk", place.store, folder=place.folder)
    _check(place, people)
    return float(found["count"] / found["seconds"])


def _check(place: Place, people: int) -> None:
    for what in ("count(*)", "count(DISTINCT recipient_seq)"):
        found = place.ask(f"SELECT {what} FROM notifications WHERE campaign_id IS NOT NULL")
        check(found == people, f"{what} of the campaign's notifications is {found}, not {people}")


def _others_wait(workplace: Workplace, ready: Place) -> float:
    place = workplace.copy(ready)
    command = [sys.executable, "-m", "bench.ours.enqueue_every", "20"]
    with processes.start(command, place.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        processes.last_line(writer.stdout.readline().decode())  # it is ready
        with processes.start([str(processes.TOCSIN), *BULK], place.folder, stdout=subprocess.DEVNULL) as bulk:
            began_s = _moment_of(place, "SELECT count(*) > 0 FROM notifications WHERE campaign_id IS NOT NULL", bulk)
            ended_s = _moment_of(place, "SELECT count(*) FROM campaigns WHERE status = 'finished'", bulk)
        output, _ = writer.communicate()
    found = processes.last_line(output.decode())
    waits = [
        wait_s * 1000
        for at_s, wait_s in zip(found["begun_s"], found["waits_s"], strict=True)
        if began_s <= at_s <= ended_s
    ]
    check(bulk.returncode == 0, "tocsin bulk failed beside another writer")
    check(len(waits) >= WAITS_LEAST, f"only {len(waits)} notifications were enqueued while the campaign grew")
    return percentile(waits, 0.99)


def _moment_of(place: Place, question: str, bulk: "subprocess.Popen[bytes]") -> float:
    """Return when *question* is first answered with yes, on the monotonic clock, to 5 ms."""
    until_s = time.monotonic() + PATIENCE_S
    with closing(sqlite3.connect(f"{place.store.as_uri()}?mode=ro", uri=True, timeout=30)) as connection:
        while time.monotonic() < until_s:
            if connection.execute(question).fetchone()[0]:
                return time.monotonic()
            if bulk.poll():
                break
            time.sleep(0.005)
    raise NotMeasured("tocsin bulk did not get so far beside another writer")


PART = Part(name="bulk", title="Telling a million people", reading=READING, measure=measure)
