"""Keeping which links are good."""

from typing import Protocol

from attrs import frozen


@frozen(kw_only=True)
class LinkGenerations:
    """New links are of the *present* generation; those from the *oldest* on are good."""

    present: int
    oldest: int

    def __contains__(self, generation: int) -> bool:
        return self.oldest <= generation <= self.present

    def after(self, *, revoke: bool) -> "LinkGenerations":
        """Return these one generation later; with *revoke* all older ones are over."""
        present = self.present + 1
        return LinkGenerations(present=present, oldest=present if revoke else self.oldest)


FIRST_LINKS = LinkGenerations(present=1, oldest=1)
"""What a new store begins with."""


class LinkRepository(Protocol):
    """Stores the generations of links. Each method is one transaction; called from several threads at once.

    Every method may raise StoreUnavailable; then nothing of the call was written.
    """

    def generations(self) -> LinkGenerations:
        """Return which links are good."""
        ...

    def number_of(self, recipient_id: str) -> int | None:
        """Return the store's own number of a recipient, or None where there is none of this id.

        Who is stored anew after an erasure has another one, and nobody gets it again.
        """
        ...

    def rotate(self, *, revoke: bool) -> LinkGenerations:
        """Begin a new generation, with *revoke* end all older ones, and return which links are good now."""
        ...
