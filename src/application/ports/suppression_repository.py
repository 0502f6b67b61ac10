"""Keeping the addresses that must not be used."""

from collections.abc import Collection
from typing import Protocol

from domain.channel import Channel
from domain.suppression import Suppression


class SuppressionRepository(Protocol):
    """Stores suppressions. Each method is one transaction; called from several threads at once."""

    def find(self, channel: Channel, addresses: Collection[str]) -> dict[str, Suppression]:
        """Return the suppressions of *addresses* by address as given; those in use are missing."""
        ...
