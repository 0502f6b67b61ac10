"""Suppressions in memory."""

from collections.abc import Collection, Sequence
from itertools import islice

from attrs import frozen

from adapters.memory.state import MemoryState
from adapters.memory.suppressing import suppress
from application.ports.suppression_repository import Removal, SuppressionQuery
from domain.channel import Channel
from domain.suppression import Suppression, suppression_key
from domain.suppression_reason import SuppressionReason


@frozen
class MemorySuppressionRepository:
    """Keeps suppressions in a dict (:class:`application.ports.suppression_repository.SuppressionRepository`)."""

    _state: MemoryState

    def find(self, channel: Channel, addresses: Collection[str]) -> dict[str, Sequence[Suppression]]:
        """Return the suppressions of *addresses* by address as given, each by reason; those in use are missing."""
        with self._state.lock:
            found = {address: self._state.suppressions_of(channel, address) for address in addresses}
        return {address: known for address, known in found.items() if known}

    def add(self, suppressions: Sequence[Suppression]) -> Sequence[Suppression]:
        """Take addresses out of use, and return how each stands on the list now."""
        with self._state.lock:
            for one in suppressions:
                suppress(self._state, one)
            names = [one.name for one in suppressions]
            return [self._state.suppressions[name.channel, name.address, name.reason] for name in names]

    def remove(self, channel: Channel, address: str, reasons: Collection[SuppressionReason]) -> Removal:
        """Take away what stands against an address for one of *reasons*."""
        with self._state.lock:
            known = self._state.suppressions_of(channel, address)
            removed = [one for one in known if one.reason in reasons]
            for one in removed:
                del self._state.suppressions[one.channel, one.address, one.reason]
            return Removal(removed, [one for one in known if one.reason not in reasons])

    def page(self, query: SuppressionQuery) -> Sequence[Suppression]:
        """Return those that match, by channel, address and reason."""
        with self._state.lock:
            known = [one for _, one in sorted(self._state.suppressions.items())]
        return list(islice((one for one in known if _matches(one, query)), query.limit or None))


def _matches(suppression: Suppression, query: SuppressionQuery) -> bool:
    channel, address, after = suppression.channel, suppression.address, query.after
    return (
        (query.channel is None or channel is query.channel)
        and (query.reason is None or suppression.reason is query.reason)
        and (query.address is None or address == suppression_key(channel, query.address))
        and (after is None or (channel, address, suppression.reason) > (after.channel, after.address, after.reason))
    )
