"""A clock that can be put forward."""

from adapters.system_clock import SystemClock


class LaterClock(SystemClock):
    """The machine's clock, ``later_s`` seconds ahead on its span."""

    later_s = 0.0

    def elapsed_s(self) -> float:
        return super().elapsed_s() + self.later_s
