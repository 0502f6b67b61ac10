"""The store as a whole."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from attrs import frozen


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@frozen
class Finding:
    """One thing that was looked at: its name, how bad it is, and a sentence with what to do if it is not well."""

    name: str
    level: Level
    message: str


class Store(Protocol):
    """Creation, migration and inspection."""

    @property
    def identity(self) -> str:
        """A random id made with the store; no other store has it."""
        ...

    @property
    def secret(self) -> str:
        """Another one, which never leaves the store: it seals what is given out (:mod:`domain.sealing`)."""
        ...

    def migrate(self) -> Sequence[str]:
        """Create the store or bring its schema up to date, and return the names of the steps taken.

        :raises StoreUnavailable: it cannot be written, or it is of a newer Tocsin.
        """
        ...

    def inspect(self) -> Sequence[Finding]:
        """Look at the store for ``doctor``; raises nothing for what it can say as a finding."""
        ...

    def close(self) -> None:
        """Release every connection."""
        ...
