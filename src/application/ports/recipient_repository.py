"""Keeping the people who are told."""

from collections.abc import Sequence
from typing import Protocol

from domain.recipient import Recipient


class RecipientRepository(Protocol):
    """Stores recipients. Each method is one transaction; called from several threads at once.

    Every method may raise StoreUnavailable; then nothing of the call was written.
    """

    def put(self, recipients: Sequence[Recipient]) -> int:
        """Store *recipients*, replacing those with the same id, and return how many were new."""
        ...

    def merge(self, recipients: Sequence[Recipient]) -> int:
        """Store *recipients*, each merged onto the one that is there (:meth:`Recipient.merged`).

        Return how many were new. Of several with the same id the later one is merged onto the earlier one.
        """
        ...

    def get(self, recipient_id: str) -> Recipient:
        """Return one recipient.

        :raises NotFound: there is none of this id.
        """
        ...

    def get_many(self, recipient_ids: Sequence[str]) -> dict[str, Recipient]:
        """Return those of *recipient_ids* that are known, by id."""
        ...

    def find(self, limit: int, after: str | None = None) -> Sequence[Recipient]:
        """Return recipients by id, after the one with the id *after*; *limit* 0 means all."""
        ...

    def count(self) -> int:
        """Return how many recipients there are."""
        ...
