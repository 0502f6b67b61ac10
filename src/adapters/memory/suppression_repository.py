"""Suppressions in memory."""

from collections.abc import Collection, Sequence
from itertools import islice

from attrs import frozen

from adapters.memory.state import MemoryState
from adapters.memory.suppressing import suppress
from application.ports.suppression_repository import SuppressionQuery
from domain.channel import Channel
from domain.suppression import Suppression, suppression_key


@frozen
class MemorySuppressionRepository:
    """Keeps suppressions in a dict (:class:`application.ports.suppression_repository.SuppressionRepository`)."""

    _state: MemoryState

    def find(self, channel: Channel, addresses: Collection[str]) -> dict[str, Suppression]:
        """Return the suppressions of *addresses* by address as given; those in use are missing."""
        with self._state.lock:
            found = {address: self._state.suppression(channel, address) for address in addresses}
        return {address: one for address, one in found.items() if one is not None}

    def add(self, suppressions: Sequence[Suppression]) -> Sequence[Suppression]:
        """Take addresses out of use, and return how each stands on the list now."""
        with self._state.lock:
            for one in suppressions:
                suppress(self._state, one)
            standing = [self._state.suppression(one.channel, one.address) for one in suppressions]
            return [one for one in standing if one is not None]

    def remove(self, channel: Channel, address: str) -> Suppression | None:
        """Let an address be used again, and return what stood against it."""
        with self._state.lock:
            return self._state.suppressions.pop((channel, suppression_key(channel, address)), None)

    def page(self, query: SuppressionQuery) -> Sequence[Suppression]:
        """Return those that match, by channel and address."""
        with self._state.lock:
            known = [one for _, one in sorted(self._state.suppressions.items())]
        return list(islice((one for one in known if _matches(one, query)), query.limit or None))


def _matches(suppression: Suppression, query: SuppressionQuery) -> bool:
    channel, address, after = suppression.channel, suppression.address, query.after
    return (
        (query.channel is None or channel is query.channel)
        and (query.reason is None or suppression.reason is query.reason)
        and (query.address is None or address == suppression_key(channel, query.address))
        and (after is None or (channel, address) > (after.channel, after.address))
    )
