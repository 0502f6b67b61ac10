"""Suppressions in memory."""

from collections.abc import Collection

from attrs import frozen

from adapters.memory.state import MemoryState
from domain.channel import Channel
from domain.suppression import Suppression


@frozen
class MemorySuppressionRepository:
    """Keeps suppressions in a dict (:class:`application.ports.suppression_repository.SuppressionRepository`)."""

    _state: MemoryState

    def find(self, channel: Channel, addresses: Collection[str]) -> dict[str, Suppression]:
        """Return the suppressions of *addresses* by address as given; those in use are missing."""
        with self._state.lock:
            found = {address: self._state.suppression(channel, address) for address in addresses}
        return {address: suppression for address, suppression in found.items() if suppression is not None}
