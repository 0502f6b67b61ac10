"""How busy others kept the machine meanwhile: a figure of a busy machine is worth less, and the page says so."""

import os
import time
from pathlib import Path

from attrs import frozen

_IDLE = frozenset({3, 4})  # of the fields of /proc/stat: idle, waiting for a disk (man 5 proc)
_COUNTED = 8  # up to steal; guests are in the first two already


@frozen
class Moment:
    """The clock, and the seconds of processor time that all and that this process and its children used so far."""

    at_s: float
    all_s: float
    own_s: float

    @classmethod
    def now(cls) -> "Moment":
        """Look at the kernel's counters; children count once they have ended."""
        ticks = busy_ticks(Path("/proc/stat").read_text(encoding="ascii"))
        own = os.times()
        own_s = own.user + own.system + own.children_user + own.children_system
        return cls(at_s=time.monotonic(), all_s=ticks / os.sysconf("SC_CLK_TCK"), own_s=own_s)

    def others_since(self, before: "Moment") -> float:
        """Return how many cores others kept busy on average since *before*."""
        others_s = (self.all_s - before.all_s) - (self.own_s - before.own_s)
        return max(0.0, others_s / (self.at_s - before.at_s))


def busy_ticks(stat: str) -> int:
    """Return the ticks that all cores together were busy, in the text of ``/proc/stat``."""
    fields = stat.split("\n", 1)[0].split()[1:]
    return sum(int(ticks) for number, ticks in enumerate(fields[:_COUNTED]) if number not in _IDLE)
