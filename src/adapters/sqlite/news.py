"""Telling those of this process who wait that something may be due."""

import threading
from collections.abc import Callable


class News:
    """Calls whoever listens; used from several threads at once."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._listeners: tuple[Callable[[], None], ...] = ()  # replaced whole, so that telling needs no lock

    def listen(self, heard: Callable[[], None]) -> Callable[[], None]:
        """Call *heard* at every :meth:`tell` from now on; what is returned ends that."""
        with self._changing:
            self._listeners = (*self._listeners, heard)

        def end() -> None:
            with self._changing:
                self._listeners = tuple(one for one in self._listeners if one is not heard)

        return end

    def tell(self) -> None:
        """Let those who listen know; called after a commit."""
        for heard in self._listeners:
            heard()
