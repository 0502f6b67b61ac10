"""A dispatcher that has nothing to do: what it costs, and how fast it wakes."""

import subprocess
import time
from functools import partial
from pathlib import Path

from bench import processes
from bench.alternating import alternate
from bench.failures import check
from bench.figures import Line, Table, percentile
from bench.part import Found, Part
from bench.workplace import Place, Workplace, stop

IDLE_S = 20.0
WARM_UP_S = 3.0
PEOPLE = 1_000
COUNT = 40
INTERVAL_MS = 317  # beside every interval at which somebody might look
ROUNDS = 3
LOG = "sent.log"

READING = """\
`tocsin dispatch --watch` over a store in which nothing is due: the time of the processor it used, as the kernel
counts it, in 20 s after three of warming up. Then how long a notification takes from the call of `enqueue` to
the gateway: in the process that dispatches, and from another process than the one that does. The figures are
the longest of a round of 40, one every 317 ms."""


def measure(workplace: Workplace) -> Found:
    """Watch a dispatcher idle, and wake it from within and from without."""
    ready = workplace.people(PEOPLE)
    count = workplace.count(COUNT)
    values = alternate(
        ROUNDS,
        {
            "idle": partial(_idle, workplace, ready),
            "same process": partial(_same_process, workplace, ready, count),
            "another process": partial(_another_process, workplace, ready, count),
        },
        workplace.tell,
    )
    idle = Line(name="dispatch --watch with nothing to do", unit="% of a core", values=values["idle"], at_most=1)
    same = Line(name="enqueued in the same process", unit="ms", values=values["same process"], at_most=100)
    another = Line(name="enqueued in another process", unit="ms", values=values["another process"], at_most=1000)
    return Found(
        tables=(
            Table(caption="idle", lines=(idle,)),
            Table(caption="to the gateway, the longest of a round", lines=(same,)),
            Table(caption="from another process", lines=(another,)),
        ),
        checked=("that the dispatcher still ran at the end, and that every notification reached the gateway",),
    )


def _idle(workplace: Workplace, ready: Place) -> float:
    place = workplace.copy(ready)
    command = [str(processes.TOCSIN), "dispatch", "--watch", "--quiet"]
    watching = processes.start(command, place.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(WARM_UP_S)
        began_s, used_s = time.monotonic(), processor_s(watching.pid)
        time.sleep(max(2.0, IDLE_S * workplace.scale))
        share = (processor_s(watching.pid) - used_s) / (time.monotonic() - began_s)
        check(watching.poll() is None, "the dispatcher ended by itself")
    finally:
        stop(watching)
    return 100 * share


def processor_s(pid: int) -> float:
    """Return the seconds of processor time that a process used so far (``/proc/PID/schedstat`` of all its threads)."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def _same_process(workplace: Workplace, ready: Place, count: int) -> float:
    place = workplace.copy(ready)
    place.configure('kind = "bench.gateways:slow"\ntakes_ms = 0')
    found = processes.script("bench.ours.urgent", count, INTERVAL_MS, folder=place.folder)
    check(len(found["waits_s"]) == count, "not every notification reached the gateway")
    return percentile(found["waits_s"], 1) * 1000


def _another_process(workplace: Workplace, ready: Place, count: int) -> float:
    place = workplace.copy(ready)
    log = place.folder / LOG
    place.configure(f'kind = "bench.gateways:logging"\nlog = "{log}"')
    command = [str(processes.TOCSIN), "dispatch", "--watch", "--quiet"]
    watching = processes.start(command, place.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(WARM_UP_S)
        found = processes.script("bench.ours.enqueue_apart", count, INTERVAL_MS, log, folder=place.folder)
    finally:
        stop(watching)
    check(len(found["waits_s"]) == count, "not every notification reached the gateway")
    return percentile(found["waits_s"], 1) * 1000


PART = Part(name="idle", title="Nothing to do", reading=READING, measure=measure)
