"""What the gateway of :mod:`tests.integration.ledger_gateway` wrote down, and what it tells."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import frozen


@frozen
class Line:
    """One message in the hands of a gateway: ``taken``, ``refused``, or the first one of a call (``enter``, ``leave``).

    ``at_s`` is on the machine's monotonic clock, the same in every process.
    """

    word: str
    notification: int
    fence: int
    pid: int
    at_s: float
    type: str


@frozen
class Ledger:
    """The ledger of one gateway, and the switches beside it."""

    path: Path

    def lines(self, *words: str) -> list[Line]:
        """Return what was written so far, in order, of these kinds; without any, those that were taken."""
        if not self.path.exists():
            return []
        wanted = set(words or ("taken",))
        found = (line.split() for line in self.path.read_text().splitlines())
        return [
            Line(word, int(number), int(fence), int(pid), int(at_ns) / 1e9, type_)
            for word, number, fence, pid, at_ns, type_ in found
            if word in wanted
        ]

    def count(self) -> int:
        """Return how many messages were taken so far."""
        return len(self.lines())

    def is_longer_than(self, messages: int) -> bool:
        """Say whether more than *messages* were taken, by the size of the file: quick to ask."""
        shortest_line = len("taken 1 1 1 1000000000 promotional\n")
        return self.path.exists() and self.path.stat().st_size > messages * shortest_line * 1.5

    def turn(self, switch: str, *, on: bool) -> None:
        """Turn a switch of the gateway: ``refuse`` or ``hang``."""
        file = self.path.with_name(f"{self.path.name}.{switch}")
        if on:
            file.touch()
        else:
            file.unlink(missing_ok=True)


def repeated(lines: Iterable[Line]) -> list[tuple[int, int]]:
    """Return every (notification, fence) that is there more than once."""
    return [pair for pair, number in Counter((one.notification, one.fence) for one in lines).items() if number > 1]


def sent_again(lines: Iterable[Line], type_: str) -> list[int]:
    """Return the notifications of a type that are there more than once, whatever their fence."""
    return [
        one for one, number in Counter(line.notification for line in lines if line.type == type_).items() if number > 1
    ]


def shares(lines: Iterable[Line]) -> dict[int, float]:
    """Return the part of the work that each process did."""
    counts = Counter(line.pid for line in lines)
    return {pid: number / counts.total() for pid, number in counts.items()}


def most_in_a_second(lines: Sequence[Line]) -> int:
    """Return how many were taken in the busiest second, wherever it began."""
    moments = sorted(line.at_s for line in lines)
    return max((bisect_right(moments, at_s + 1.0) - index for index, at_s in enumerate(moments)), default=0)


def most_at_once(lines: Sequence[Line]) -> int:
    """Return how many calls were under way at the busiest moment; *lines* are ``enter`` and ``leave``."""
    under_way = most = 0
    for line in sorted(lines, key=lambda one: (one.at_s, one.word == "enter")):
        under_way += 1 if line.word == "enter" else -1
        most = max(most, under_way)
    return most
