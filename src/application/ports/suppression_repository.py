"""Keeping the addresses that must not be used."""

from collections.abc import Collection, Sequence
from typing import Protocol

from attrs import frozen

from domain.channel import Channel
from domain.suppression import Suppression, SuppressionName, SuppressionScope
from domain.suppression_reason import SuppressionReason


@frozen(kw_only=True)
class SuppressionQuery:
    """Which suppressions to look at. ``limit`` 0 means all; ``after`` names the last one of the page before.

    ``address`` is found as its channel spells it: mail addresses without regard to case. ``scope`` is exactly that of
    the suppression: one of all is no one of a topic.
    """

    channel: Channel | None = None
    reason: SuppressionReason | None = None
    scope: SuppressionScope | None = None
    address: str | None = None
    limit: int = 50
    after: SuppressionName | None = None


@frozen
class Removal:
    """What no longer stands against an address, and what still does, each by the characters of reason and scope."""

    removed: Sequence[Suppression]
    left: Sequence[Suppression]


class SuppressionRepository(Protocol):
    """Stores suppressions. Each method is one transaction; called from several threads at once.

    Every method may raise StoreUnavailable; then nothing of the call was written.
    """

    def find(self, channel: Channel, addresses: Collection[str]) -> dict[str, Sequence[Suppression]]:
        """Return the suppressions of *addresses* by address as given, each by reason and scope.

        Addresses that may be used for everything are missing.
        """
        ...

    def add(self, suppressions: Sequence[Suppression]) -> Sequence[Suppression]:
        """Take addresses out of use, and return how each stands on the list now, in order.

        An address may be out of use for several reasons and of several scopes, each of which counts for itself. Of two
        for the same reason and scope the first stays, but of those in
        :data:`domain.receipt.LIFTED_BY_THE_PERSON` the later one. A claim sees it from then on.
        """
        ...

    def remove(
        self,
        channel: Channel,
        address: str,
        reasons: Collection[SuppressionReason],
        scopes: Collection[SuppressionScope] | None = None,
    ) -> Removal:
        """Take away what stands against an address for one of *reasons* and of one of *scopes*, None meaning any.

        Once nothing is left, the address may be used again.
        """
        ...

    def page(self, query: SuppressionQuery) -> Sequence[Suppression]:
        """Return those that match, by channel, address, reason and scope, each in the order of its characters."""
        ...
