"""The store as a whole."""

from collections.abc import Sequence
from typing import Protocol

from attrs import frozen


@frozen(kw_only=True)
class StoreFinding:
    """One thing ``doctor`` says of the store: what was looked at, whether it is well, and what to do if not."""

    name: str
    level: str  # ok, warning, error
    message: str


class Store(Protocol):
    """Creation, migration and inspection."""

    @property
    def identity(self) -> str:
        """A random id made with the store; no other store has it."""
        ...

    def migrate(self) -> Sequence[str]:
        """Create the store or bring its schema up to date, and return the names of the steps taken.

        :raises StoreUnavailable: it cannot be written, or it is of a newer Tocsin.
        """
        ...

    def inspect(self) -> Sequence[StoreFinding]:
        """Look at the store for ``doctor``; raises nothing for what it can say as a finding."""
        ...

    def close(self) -> None:
        """Release every connection."""
        ...
