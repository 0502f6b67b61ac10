"""Time, as it is given to the use cases."""

from datetime import datetime
from typing import Protocol

from attrs import define


class Clock(Protocol):
    """Tells the time of day and measures spans. Called from several threads at once."""

    def now(self) -> datetime:
        """Return the time of day in UTC, aware, in whole milliseconds; it may jump when the machine's clock is set."""
        ...

    def elapsed_s(self) -> float:
        """Return seconds since some fixed moment, never backwards; the time a machine is suspended counts."""
        ...


@define(eq=False)
class Deadline:
    """A moment on a clock's span after which nothing may be started any more.

    An answer that is already on its way may be awaited past it. It may be brought forward while others look at it: a
    dispatcher that is asked to stop cuts its calls short.
    """

    at_s: float
    clock: Clock

    @classmethod
    def after(cls, seconds: float, clock: Clock) -> "Deadline":
        """Return the deadline *seconds* from now."""
        return cls(clock.elapsed_s() + seconds, clock)

    def cut_short(self) -> None:
        """Let it pass now."""
        self.at_s = min(self.at_s, self.clock.elapsed_s())

    def remaining_s(self) -> float:
        """Return the seconds left; zero once it has passed."""
        return max(0.0, self.at_s - self.clock.elapsed_s())

    @property
    def has_passed(self) -> bool:
        """Say whether it is over."""
        return self.remaining_s() <= 0
