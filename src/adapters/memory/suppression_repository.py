"""Suppressions in memory."""

from collections.abc import Collection, Sequence
from itertools import islice

from attrs import frozen

from adapters.memory.state import MemoryState
from adapters.memory.suppressing import lift, suppress
from application.ports.suppression_repository import Removal, SuppressionQuery
from domain.channel import Channel
from domain.suppression import Suppression, SuppressionName, SuppressionScope, suppression_key
from domain.suppression_reason import SuppressionReason


@frozen
class MemorySuppressionRepository:
    """Keeps suppressions in a dict (:class:`application.ports.suppression_repository.SuppressionRepository`)."""

    _state: MemoryState

    def find(self, channel: Channel, addresses: Collection[str]) -> dict[str, Sequence[Suppression]]:
        """Return the suppressions of *addresses* by address as given, each by reason and scope; the rest is missing."""
        with self._state.lock:
            found = {address: self._state.suppressions_of(channel, address) for address in addresses}
        return {address: known for address, known in found.items() if known}

    def add(self, suppressions: Sequence[Suppression]) -> Sequence[Suppression]:
        """Take addresses out of use, and return how each stands on the list now."""
        with self._state.lock:
            for one in suppressions:
                suppress(self._state, one)
            known = self._state.suppressions
            names = [one.name for one in suppressions]
            return [known[name.channel, name.address][name.reason, str(name.scope)] for name in names]

    def remove(
        self,
        channel: Channel,
        address: str,
        reasons: Collection[SuppressionReason],
        scopes: Collection[SuppressionScope] | None = None,
    ) -> Removal:
        """Take away what stands against an address for one of *reasons* and of one of *scopes*, None meaning any."""
        with self._state.lock:
            known = self._state.suppressions_of(channel, address)
            removed = [one for one in known if one.reason in reasons and (scopes is None or one.scope in scopes)]
            for one in removed:
                lift(self._state, one)
            return Removal(removed, [one for one in known if one not in removed])

    def page(self, query: SuppressionQuery) -> Sequence[Suppression]:
        """Return those that match, by channel, address, reason and scope."""
        with self._state.lock:
            listed = self._state.suppressions
            known = [listed[address][key] for address in sorted(listed) for key in sorted(listed[address])]
        return list(islice((one for one in known if _matches(one, query)), query.limit or None))


def _matches(suppression: Suppression, query: SuppressionQuery) -> bool:
    channel, address = suppression.channel, suppression.address
    return (
        (query.channel is None or channel is query.channel)
        and (query.reason is None or suppression.reason is query.reason)
        and (query.scope is None or suppression.scope == query.scope)
        and (query.address is None or address == suppression_key(channel, query.address))
        and (query.after is None or _place(suppression.name) > _place(query.after))
    )


def _place(name: SuppressionName) -> tuple[str, ...]:
    """Return what the order of a page goes by."""
    return name.channel, name.address, name.reason, str(name.scope)
