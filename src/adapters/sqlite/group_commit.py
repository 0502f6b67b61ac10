"""What waits together is committed together: the first of those who wait to write leads, and runs what the others want.

Nothing here knows of SQLite; :class:`adapters.sqlite.database.Database` has the transaction.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, Final, Generic, TypeAlias, TypeVar

T = TypeVar("T")


class Stage(Enum):
    """How far a call has come."""

    WAITING = "waiting"  # nobody has touched it; it may be withdrawn
    WITHDRAWN = "withdrawn"  # it will never run
    LEADING = "leading"  # its own thread runs it, and what waits with it
    STARTED = "started"  # another thread runs it, and will answer
    ANSWERED = "answered"


OfItems: TypeAlias = Callable[[Any, Sequence[Any]], Sequence[T]]

LONG_S: Final = 0.02
"""What took longer than this shares no transaction the next time: those behind it would wait for it."""


class Call(Generic[T]):
    """One function that is to run in a transaction, and what came of it.

    ``kind`` is the same for calls of the same code, None if that cannot be told. One that stands *alone* shares its
    transaction with nobody.
    """

    __slots__ = ("alone", "error", "function", "item", "kind", "of_items", "result", "stage", "thread", "woken")

    result: T

    def __init__(self, function: Callable[[Any], T], *, alone: bool = False) -> None:
        self.function = function
        self.kind: object = getattr(function, "__code__", None)
        self.alone = alone
        self.of_items: OfItems[T] | None = None
        self.item: object = None
        self.error: BaseException | None = None
        self.stage = Stage.WAITING
        self.thread = threading.get_ident()
        self.woken = threading.Lock()

    @classmethod
    def for_item(cls, of_items: OfItems[T], item: object) -> "Call[T]":
        """Return a call of a function that gives one result an item, and takes those of several calls at once."""
        call = cls(lambda argument: of_items(argument, [item])[0])
        call.of_items, call.item, call.kind = of_items, item, of_items
        return call

    def goes_with(self, other: "Call[Any]") -> bool:
        """Say whether one run of the function does for both."""
        return self.of_items is not None and self.of_items is other.of_items and not self.alone

    def answer(self) -> T:
        """Return what the function returned, or raise what it raised."""
        if self.error is None:
            return self.result
        try:
            raise self.error
        finally:
            self.error = None  # or error, traceback and this call would keep each other


class Line:
    """Those of one process who wait to write, first come, first served; one of them leads, the others follow.

    Who finds nobody leading leads at once, in its own thread: a lone writer waits for nothing and wakes nobody. A
    leader starts calls of others one by one, answers them all, and hands the lead to whoever waits longest.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[Call[Any]] = deque()
        self._started: list[Call[Any]] = []  # those of others that the leader has taken on
        self._leader: int | None = None
        self._long: set[object] = set()  # the kinds of calls that took long the last time

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._waiting)

    def join(self, call: Call[Any], deadline_s: float | None) -> Stage:
        """Wait until *call* leads, was answered, or was withdrawn because the deadline came before it was started.

        *deadline_s* is on the monotonic clock, None for no end. Who leads must :meth:`leave`.
        """
        assert self._leader != call.thread, "a write within a write would wait for itself"
        call.alone = call.alone or call.kind in self._long
        with self._guard:
            if self._leader is None:
                self._leader = call.thread
                call.stage = Stage.LEADING
                return Stage.LEADING
            call.woken.acquire()
            self._waiting.append(call)
        timeout_s = -1 if deadline_s is None else max(0.0, deadline_s - time.monotonic())
        try:
            if call.woken.acquire(timeout=timeout_s):
                return call.stage
        except BaseException:
            if self._withdrawn(call) is Stage.LEADING:
                self.leave()
            raise
        return self._withdrawn(call)

    def start_next(self, count_max: int) -> list[Call[Any]]:
        """Take on the call that waits longest and those behind it that go with it, unless it stands alone.

        The leader's alone, like all that follows.
        """
        with self._guard:
            if not count_max or not self._waiting or self._waiting[0].alone:
                return []
            first = self._start()
            return [first, *self._start_like(first, count_max - 1)]

    def start_like(self, call: Call[Any], count_max: int) -> list[Call[Any]]:
        """Take on those in front that go with *call*."""
        with self._guard:
            return self._start_like(call, count_max)

    def run(self, calls: Sequence[Call[Any]], argument: object) -> Exception | None:
        """Run one call, or several that go with each other at once, and return what was raised.

        What is no Exception, such as a KeyboardInterrupt, was meant for the thread that runs them.
        """
        first = calls[0]
        began_s = time.monotonic()
        try:
            if len(calls) == 1:
                first.result = first.function(argument)
            else:
                assert first.of_items is not None
                results = first.of_items(argument, [call.item for call in calls])
                for call, result in zip(calls, results, strict=True):
                    call.result = result
        except Exception as error:  # noqa: BLE001  (it is raised again where it belongs)
            return error
        finally:
            self._note(first.kind, (time.monotonic() - began_s) / len(calls))
        return None

    def answer(self) -> None:
        """Let those that were started have what came of them."""
        while self._started:
            call = self._started.pop()
            call.stage = Stage.ANSWERED
            call.woken.release()

    def refuse(self, refusal: Callable[[], Exception]) -> None:
        """Let those that were started have an error each, unless they have one of their own."""
        for call in self._started:
            call.error = call.error or refusal()
        self.answer()

    def leave(self) -> None:
        """Hand the lead to whoever waits longest, or to nobody."""
        with self._guard:
            if not self._waiting:
                self._leader = None
                return
            call = self._waiting.popleft()
            call.stage = Stage.LEADING
            self._leader = call.thread
            call.woken.release()

    def _note(self, kind: object, took_s: float) -> None:
        if took_s <= LONG_S:
            self._long.discard(kind)
        elif kind is not None:
            self._long.add(kind)

    def _start(self) -> Call[Any]:
        call = self._waiting.popleft()
        call.stage = Stage.STARTED
        self._started.append(call)
        return call

    def _start_like(self, call: Call[Any], count_max: int) -> list[Call[Any]]:
        some: list[Call[Any]] = []
        while len(some) < count_max and self._waiting and self._waiting[0].goes_with(call):
            some.append(self._start())
        return some

    def _withdrawn(self, call: Call[Any]) -> Stage:
        """Withdraw *call* if nobody has touched it; if it was started, wait for its answer."""
        with self._guard:
            if call.stage is Stage.WAITING:
                self._waiting.remove(call)
                call.stage = Stage.WITHDRAWN
        if call.stage is Stage.STARTED:
            call.woken.acquire()  # whoever runs it answers
        return call.stage
