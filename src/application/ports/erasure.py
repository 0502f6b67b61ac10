"""Forgetting people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen


@frozen(kw_only=True)
class Erased:
    """What one call did with the first ``looked_at`` of its ids.

    ``people`` were known and are forgotten, ``unknown`` are ids that name nobody. ``cancelled`` counts what was
    pending; ``in_flight`` are the notifications that were being sent: their messages may cross.
    """

    looked_at: int
    people: int
    unknown: tuple[str, ...]
    cancelled: int
    in_flight: tuple[int, ...]


class Erasure(Protocol):
    """Forgets people. Called from several threads at once.

    Every method may raise StoreUnavailable; then nothing of the call was written.
    """

    def erase(self, recipient_ids: Sequence[str], now: datetime) -> Erased:
        """Forget the first of *recipient_ids* in one transaction: as many as keep nobody else waiting, at least one.

        Each person is forgotten whole: name, addresses, attributes, preferences; what their notifications said and were
        filled in with, their topics (unless a campaign's), keys and reasons; where they were handed over, and what the
        provider calls them; what providers told; the inbox. The id means nobody from then on, and whoever is stored
        under it again is somebody new. The notifications stay, with an id of ours in the place of theirs
        (:func:`domain.recipient.is_erased`), and so do all counts. What is pending is cancelled, what is being sent is
        marked as :meth:`application.ports.notification_repository.NotificationRepository.cancel` does. What comes
        later, conclusions and receipts, is counted and leaves nothing of the person behind.

        What is said to others too, by a campaign, a template or a request for several, stays as it is. Where the
        audience of a campaign or a kept answer names the person, that name is taken out.

        Suppressions leave the list unless another recipient has the address, and are kept under a keyed hash: when
        somebody stores such an address again, they stand against it again.
        """
        ...

    def notifications_of(self, recipient_ids: Sequence[str]) -> Sequence[int]:
        """Return the ids of everything that was made for some people."""
        ...

    def leave_no_copy(self) -> bool:
        """Let go of the older copies that the store keeps for itself; False where somebody still reads from them."""
        ...
