"""What is prepared and waits for a slot of its gateway."""

from collections import Counter, deque
from collections.abc import Sequence
from typing import TypeAlias

from attrs import define, field

from application.ports.clock import Deadline
from application.ports.sender import OutboundMessage
from application.sending.attempt import Attempt

FAIR_EVERY = 8
"""Every so many calls of a gateway, the priority served longest ago goes first, if a slot is free for it."""

Item: TypeAlias = tuple[Attempt, OutboundMessage, Deadline]


@define(eq=False)
class Ready:
    """The messages of one gateway that are ready, by priority; the first are due first."""

    _queues: dict[int, deque[Item]] = field(factory=dict, init=False)
    _calls: int = field(default=0, init=False)
    _served: Counter[int] = field(factory=Counter, init=False)  # by priority: at which call

    def put(self, items: Sequence[Item], *, first: bool = False) -> None:
        """Keep *items*, all of one priority; *first*, if they have waited before."""
        if not items:
            return
        queue = self._queues.setdefault(items[0][0].rules.policy.priority, deque())
        if first:
            queue.extendleft(reversed(items))
        else:
            queue.extend(items)

    def count(self, priority: int | None = None) -> int:
        """Return how many messages wait, up to and including *priority*; None means all."""
        return sum(len(queue) for known, queue in self._queues.items() if priority is None or known <= priority)

    def priorities(self) -> list[int]:
        """Return the priorities of the messages that wait, in the order in which they go next.

        The highest goes first, but every eighth time the one that was served longest ago: so none starves here.
        """
        waiting = sorted(priority for priority, queue in self._queues.items() if queue)
        if self._calls % FAIR_EVERY == FAIR_EVERY - 1:
            waiting.sort(key=lambda priority: self._served[priority])
        return waiting

    def first(self, priority: int) -> Item:
        """Return the message of *priority* that goes next, without taking it."""
        return self._queues[priority][0]

    def take(self, priority: int, number: int) -> list[Item]:
        """Return up to *number* messages of *priority* and of one channel, for one call."""
        queue = self._queues[priority]
        channel = queue[0][1].channel
        self._calls += 1
        self._served[priority] = self._calls
        items: list[Item] = []
        while queue and len(items) < number and queue[0][1].channel is channel:
            items.append(queue.popleft())
        return items

    def take_late(self) -> list[Item]:
        """Return those whose deadline has passed."""
        late: list[Item] = []
        for queue in self._queues.values():
            while queue and queue[0][2].has_passed:
                late.append(queue.popleft())
        return late

    def take_all(self) -> list[Item]:
        """Return everything."""
        items = [item for queue in self._queues.values() for item in queue]
        self._queues.clear()
        return items
