"""Recipients in memory."""

from collections.abc import Sequence
from heapq import nsmallest

from attrs import frozen

from adapters.memory.erased_suppressions import put_back
from adapters.memory.state import MemoryState
from domain.recipient import Recipient


@frozen
class MemoryRecipientRepository:
    """Keeps recipients in a dict (:class:`application.ports.recipient_repository.RecipientRepository`)."""

    _state: MemoryState

    def put(self, recipients: Sequence[Recipient]) -> int:
        """Store *recipients*, replacing those with the same id, and return how many were new."""
        with self._state.lock:
            before = len(self._state.recipients)
            for one in recipients:
                self._store(one)
            return len(self._state.recipients) - before

    def merge(self, recipients: Sequence[Recipient]) -> int:
        """Store *recipients*, keeping what one leaves out, and return how many were new."""
        with self._state.lock:
            before = len(self._state.recipients)
            for one in recipients:
                known = self._state.recipients.get(one.id)
                self._store(one if known is None else known.merged(one))
            return len(self._state.recipients) - before

    def get(self, recipient_id: str) -> Recipient:
        """Return one recipient."""
        with self._state.lock:
            return self._state.recipient(recipient_id)

    def get_many(self, recipient_ids: Sequence[str]) -> dict[str, Recipient]:
        """Return those of *recipient_ids* that are known, by id."""
        with self._state.lock:
            known = self._state.recipients
            return {one: known[one] for one in recipient_ids if one in known}

    def find(self, limit: int, after: str | None = None) -> Sequence[Recipient]:
        """Return recipients by id, after the one with the id *after*."""
        with self._state.lock:
            known = self._state.recipients
            later = [one for one in known if after is None or one > after]
            return [known[one] for one in nsmallest(limit or len(later), later)]

    def count(self) -> int:
        """Return how many recipients there are."""
        with self._state.lock:
            return len(self._state.recipients)

    def _store(self, recipient: Recipient) -> None:
        known = self._state.recipients.get(recipient.id)
        if known is not None and known.timezone != recipient.timezone:
            self._state.revisions[recipient.id] += 1
        if known is None:
            self._state.recipient_numbers[recipient.id] = self._state.new_id("recipient")
        self._state.recipients[recipient.id] = recipient
        put_back(self._state, recipient)
