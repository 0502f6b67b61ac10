"""Threads of which one runs at a time, in an order that a seed decides, on a clock that moves when all of them wait."""

import math
import threading
from collections.abc import Callable
from datetime import timedelta
from random import Random

from attrs import define, field

from tests.unit.application.sending.desk import ManualClock

STUCK_AFTER_S = 30.0
"""So long may one step take on the real clock; no step waits for anything."""


class Killed(BaseException):
    """The process that this was a thread of is gone."""


@define(eq=False)
class Process:
    """What is killed, or stopped for a while, as a whole."""

    name: str
    is_killed: bool = False
    frozen_until_s: float = 0.0


@define(eq=False)
class Actor:
    """One thread of a process, and when it goes on."""

    process: Process
    wakes_at_s: float
    turn: threading.Semaphore = field(factory=lambda: threading.Semaphore(0))


@define(eq=False)
class Interleaving:
    """Lets one actor run at a time, up to its next pause; everything that is random comes from *random*."""

    random: Random
    clock: ManualClock = field(factory=ManualClock)
    bugs: list[BaseException] = field(factory=list)
    _actors: list[Actor] = field(factory=list)
    _running: Actor | None = None
    _back: threading.Semaphore = field(factory=lambda: threading.Semaphore(0))

    def spawn(self, process: Process, work: Callable[[], None]) -> None:
        """Start a thread of *process*; it begins when its turn comes."""
        actor = Actor(process, self.clock.elapsed_s())
        self._actors.append(actor)
        threading.Thread(target=self._live, args=(actor, work), daemon=True).start()

    def pause(self, seconds: float = 0.0) -> None:
        """Let others go on, for at least *seconds*.

        :raises Killed: the process was killed meanwhile.
        """
        actor = self._running
        assert actor is not None
        actor.wakes_at_s = self.clock.elapsed_s() + seconds
        self._back.release()
        actor.turn.acquire()
        if actor.process.is_killed:
            raise Killed

    def step(self) -> bool:
        """Let one actor go on to its next pause; if all of them wait, move the clock first. False if none is left."""
        if not self._actors:
            return False
        now_s = self.clock.elapsed_s()
        ready = [actor for actor in self._actors if self._ready_at_s(actor) <= now_s]
        if not ready:
            ready = [min(self._actors, key=self._ready_at_s)]
            wait_s = self._ready_at_s(ready[0]) - now_s
            self.clock.forward(timedelta(milliseconds=math.ceil(wait_s * 1000)))
        self._running = self.random.choice(ready)
        self._running.turn.release()
        assert self._back.acquire(timeout=STUCK_AFTER_S), "a thread waits for something that is no pause"
        return True

    def lives(self, process: Process) -> bool:
        """Say whether any thread of *process* is left."""
        return any(actor.process is process for actor in self._actors)

    def _ready_at_s(self, actor: Actor) -> float:
        if actor.process.is_killed:
            return 0.0
        return max(actor.wakes_at_s, actor.process.frozen_until_s)

    def _live(self, actor: Actor, work: Callable[[], None]) -> None:
        actor.turn.acquire()
        try:
            if not actor.process.is_killed:
                work()
        except Killed:
            pass
        except BaseException as bug:  # noqa: BLE001  (the thread that steps fails the test with it)
            self.bugs.append(bug)
        finally:
            self._actors.remove(actor)
            self._back.release()
