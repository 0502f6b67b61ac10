"""Two dispatcher processes on one file: nothing twice, fair shares, and no slower than one."""

import subprocess
import time
from collections import Counter
from functools import partial

from attrs import frozen

from bench import processes
from bench.alternating import alternate
from bench.failures import check
from bench.figures import Line, Role, Table, grouped
from bench.part import Found, Part
from bench.work import drained
from bench.workplace import Place, Workplace

COUNT = 100_000
ROUNDS = 3
LOG = "sent.log"

READING = """\
The drain again, through a gateway that appends every message to a log: by one process, and by two that start at
the same moment on the same file. The log is what tells: a notification that stands in it twice was sent twice.
The *smaller share* is the part of the work that the slower process got; what is written by one must wait for
the other, so two are no faster on SQLite, and should not be slower. The times include the start of the
processes and end with the last of them."""


@frozen
class Shares:
    """What the log of a gateway says: how many hand-overs by process, and which notifications stand there twice."""

    by_process: dict[int, int]
    twice: int

    @property
    def smaller(self) -> float:
        """The share of the process that got least, in per cent; of one process alone, all."""
        return 100 * min(self.by_process.values()) / sum(self.by_process.values())


def shares(log: str) -> Shares:
    """Read the lines of :class:`bench.gateways.Logging`."""
    lines = [line.split() for line in log.splitlines()]
    times = Counter(line[1] for line in lines)
    return Shares(
        by_process=dict(Counter(int(line[0]) for line in lines)), twice=sum(1 for count in times.values() if count > 1)
    )


def measure(workplace: Workplace) -> Found:
    """Drain with one process and with two in turns."""
    count = workplace.count(COUNT)
    ready = workplace.due("transactional", count)
    smaller: list[float] = []
    values = alternate(
        ROUNDS,
        {
            "two": partial(_together, workplace, ready, count, 2, smaller),
            "one": partial(_together, workplace, ready, count, 1, []),
        },
        workplace.tell,
    )
    speed = Table(
        caption=f"{grouped(count)} transactional",
        lines=(
            Line(name="two processes together", values=values["two"]),
            Line(name="one process", role=Role.TOCSIN, values=values["one"], ratio_at_least=0.9),
        ),
    )
    fair = Table(
        caption="shares",
        lines=(Line(name="smaller share of the two", unit="%", values=tuple(smaller), at_least=25),),
    )
    return Found(
        tables=(speed, fair),
        checked=(drained.CHECKED, "the gateway's log: every notification stands in it once, and none twice"),
    )


def _together(workplace: Workplace, ready: Place, count: int, processes_count: int, smaller: list[float]) -> float:
    place = workplace.copy(ready)
    place.configure(f'kind = "bench.gateways:logging"\nlog = "{place.folder / LOG}"')
    command = [str(processes.TOCSIN), "dispatch", "--quiet"]
    began_s = time.perf_counter()
    running = [
        processes.start(command, place.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(processes_count)
    ]
    errors = [process.communicate()[1].decode() for process in running]
    seconds = time.perf_counter() - began_s
    check(all(process.returncode == 0 for process in running), f"a dispatcher failed: {' '.join(errors)[-400:]}")
    drained.check_sent(place, count)
    found = shares((place.folder / LOG).read_text())
    check(found.twice == 0, f"{found.twice} notifications were sent twice")
    check(sum(found.by_process.values()) == count, "the log of the gateway has not every notification")
    if len(found.by_process) < processes_count:
        smaller.append(0.0)
    else:
        smaller.append(found.smaller)
    return count / seconds


PART = Part(name="pair", title="Two dispatchers on one file", reading=READING, measure=measure)
