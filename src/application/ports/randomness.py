"""Chance, as it is given to the use cases."""

from typing import Protocol


class Randomness(Protocol):
    """Draws numbers and secrets. Called from several threads at once."""

    def spread(self) -> float:
        """Return a number between 0.5 and 1, evenly, for the jitter of a delay."""
        ...

    def secret(self) -> str:
        """Return 256 unguessable bits as URL-safe text."""
        ...
