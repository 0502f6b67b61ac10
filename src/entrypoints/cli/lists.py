"""Lists of any length: so many of them, and where to go on."""

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Limited(Generic[T]):
    """Yields at most *limit* of *items* (0 means all) and then knows whether there are more.

    Give it one item more than the limit, and memory stays flat however long the list is.
    """

    def __init__(self, items: Iterable[T], limit: int) -> None:
        self._items = items
        self._limit = limit
        self.last: T | None = None
        self.has_more = False

    def __iter__(self) -> Iterator[T]:
        for count, item in enumerate(self._items):
            if self._limit and count == self._limit:
                self.has_more = True
                return
            self.last = item
            yield item


def one_more(limit: int) -> int:
    """Return the limit to ask for in order to see whether there are more."""
    return limit + 1 if limit else 0
