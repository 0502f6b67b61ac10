"""The machine's own clock."""

import time
from datetime import UTC, datetime

# CLOCK_BOOTTIME goes on while the machine is suspended; where there is none, the monotonic clock has to do.
_SPAN_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """Tells the machine's time in UTC; fulfils :class:`application.ports.clock.Clock`."""

    def now(self) -> datetime:
        """Return the time of day in UTC, aware, cut to whole milliseconds."""
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def elapsed_s(self) -> float:
        """Return seconds since the machine started, never backwards; where it can be had, suspension counts."""
        return time.clock_gettime(_SPAN_CLOCK)
