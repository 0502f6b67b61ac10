"""The generations of links in memory."""

from attrs import frozen

from adapters.memory.state import MemoryState
from application.ports.link_repository import LinkGenerations


@frozen
class MemoryLinkRepository:
    """Keeps the generations in a field (:class:`application.ports.link_repository.LinkRepository`)."""

    _state: MemoryState

    def generations(self) -> LinkGenerations:
        """Return which links are good."""
        with self._state.lock:
            return self._state.links

    def number_of(self, recipient_id: str) -> int | None:
        """Return the store's own number of a recipient, or None where there is none of this id."""
        with self._state.lock:
            return self._state.recipient_numbers.get(recipient_id)

    def rotate(self, *, revoke: bool) -> LinkGenerations:
        """Begin a new generation, with *revoke* end all older ones, and return which links are good now."""
        with self._state.lock:
            self._state.links = self._state.links.after(revoke=revoke)
            return self._state.links
