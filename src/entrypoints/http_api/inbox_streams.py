"""Every open stream of inbox events of this process, at the price of one look a second for all of them."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

import structlog
from attrs import define, field, frozen
from litestar.concurrency import sync_to_thread

from application.inbox.follow_inbox import WatchInboxes
from domain.errors import StoreUnavailable
from entrypoints.http_api.limits import STREAMS_MAX, STREAMS_OF_ONE_MAX

LOOK_S = 1.0
"""How often is looked for what other processes did."""

GAP_S = 0.05
"""How long after a look the next one is, however much happens."""

_log = structlog.get_logger(__name__)


@define(eq=False)
class Follower:
    """One stream: whose inbox, the last event it knows, and what wakes it."""

    recipient_id: str
    last: int
    is_over: bool = False
    stirred: asyncio.Event = field(factory=asyncio.Event)

    def end(self) -> None:
        """Let the stream end."""
        self.is_over = True
        self.stirred.set()


@frozen
class StreamLimits:
    """How many streams there may be, in all and of one person."""

    in_all: int = STREAMS_MAX
    of_one: int = STREAMS_OF_ONE_MAX


class InboxStreams:
    """Knows who follows which inbox, and wakes whom something happened to.

    Used in one event loop. One task looks after all streams while there are any; an idle stream costs no thread and
    nothing but its place in that look.
    """

    def __init__(self, watch: WatchInboxes, limits: StreamLimits | None = None) -> None:
        self._watch = watch
        self._limits = limits or StreamLimits()
        self._followers: dict[str, set[Follower]] = {}
        self._watching: asyncio.Task[None] | None = None
        self._is_over = False

    @property
    def open(self) -> int:
        """How many streams there are now."""
        return sum(map(len, self._followers.values()))

    @contextmanager
    def followed(self, recipient_id: str, last: int) -> Iterator[Follower | None]:
        """Give a stream its place until it ends; None where there is none.

        There are too many then, of one person or in all, or the process ends.
        """
        if not self._has_room(recipient_id):
            yield None
            return
        follower = Follower(recipient_id, last)
        self._followers.setdefault(recipient_id, set()).add(follower)
        if self._watching is None:
            self._watching = asyncio.create_task(self._look_after_all())
        try:
            yield follower
        finally:
            self._leave(follower)

    def end(self) -> None:
        """Let every stream end, and open no other."""
        self._is_over = True
        self._end_all()

    def _has_room(self, recipient_id: str) -> bool:
        of_same = len(self._followers.get(recipient_id, ()))
        return not self._is_over and of_same < self._limits.of_one and self.open < self._limits.in_all

    def _leave(self, follower: Follower) -> None:
        of_same = self._followers[follower.recipient_id]
        of_same.remove(follower)
        if not of_same:
            del self._followers[follower.recipient_id]
        if not self._followers and self._watching is not None:
            self._watching.cancel()
            self._watching = None

    async def _look_after_all(self) -> None:
        """Look until nobody follows any more; a fault of ours ends the streams, and their clients come back."""
        happened = asyncio.Event()
        end_listening = self._watch.listen(_from_any_thread(happened))
        try:
            while True:
                happened.clear()
                with suppress(StoreUnavailable):  # the next look may succeed
                    self._wake(await sync_to_thread(self._watch, tuple(self._followers)))
                await asyncio.sleep(GAP_S)
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S - GAP_S):
                        await happened.wait()
        except Exception as error:  # noqa: BLE001  (logged; nobody awaits this task)
            _log.error("looking after inbox streams failed", error=type(error).__name__)
            self._watching = None
            self._end_all()
        finally:
            end_listening()

    def _wake(self, last_events: Mapping[str, int]) -> None:
        for recipient_id, last in last_events.items():
            for follower in self._followers.get(recipient_id, ()):
                if last > follower.last:
                    follower.stirred.set()

    def _end_all(self) -> None:
        for followers in self._followers.values():
            for follower in followers:
                follower.end()


def _from_any_thread(happened: asyncio.Event) -> Callable[[], None]:
    loop = asyncio.get_running_loop()

    def heard() -> None:
        with suppress(RuntimeError):  # the loop is closed: the process ends
            loop.call_soon_threadsafe(happened.set)

    return heard
