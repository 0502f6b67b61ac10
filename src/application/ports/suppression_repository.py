"""Keeping the addresses that must not be used."""

from collections.abc import Collection, Sequence
from typing import Protocol

from attrs import frozen

from domain.channel import Channel
from domain.suppression import SuppressedAddress, Suppression, SuppressionReason


@frozen(kw_only=True)
class SuppressionQuery:
    """Which suppressions to look at. ``limit`` 0 means all; ``after`` names the last one of the page before.

    ``address`` is found as its channel spells it: mail addresses without regard to case.
    """

    channel: Channel | None = None
    reason: SuppressionReason | None = None
    address: str | None = None
    limit: int = 50
    after: SuppressedAddress | None = None


class SuppressionRepository(Protocol):
    """Stores suppressions. Each method is one transaction; called from several threads at once.

    Every method may raise StoreUnavailable; then nothing of the call was written.
    """

    def find(self, channel: Channel, addresses: Collection[str]) -> dict[str, Suppression]:
        """Return the suppressions of *addresses* by address as given; those in use are missing."""
        ...

    def add(self, suppressions: Sequence[Suppression]) -> Sequence[Suppression]:
        """Take addresses out of use, and return how each stands on the list now, in order.

        A stronger reason takes the place of a weaker one; of two alike the first stays
        (:data:`domain.suppression.STRENGTH`). A claim sees it from then on.
        """
        ...

    def remove(self, channel: Channel, address: str) -> Suppression | None:
        """Let an address be used again, and return what stood against it; None if nothing did."""
        ...

    def page(self, query: SuppressionQuery) -> Sequence[Suppression]:
        """Return those that match, by channel and then by address, each in the order of its characters."""
        ...
