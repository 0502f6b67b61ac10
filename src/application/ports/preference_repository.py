"""Keeping what people want to be told."""

from typing import Protocol

from domain.preferences import PreferenceChange, Preferences


class PreferenceRepository(Protocol):
    """Stores preferences. Each method is one transaction; called from several threads at once.

    A begin of a hand-over that is committed after a change is refused where the claim knew the state before it
    (:meth:`application.ports.dispatch_queue.DispatchQueue.begin`). Storing a recipient again leaves them as they are.
    Every method may raise StoreUnavailable; then nothing of the call was written.
    """

    def get(self, recipient_id: str) -> Preferences:
        """Return what one recipient wants.

        :raises NotFound: there is none of this id.
        """
        ...

    def put(self, recipient_id: str, preferences: Preferences) -> None:
        """Store *preferences* in the place of what was said before.

        :raises NotFound: there is no recipient of this id.
        """
        ...

    def change(self, recipient_id: str, change: PreferenceChange) -> Preferences:
        """Make *change* and return what the recipient wants now (:meth:`Preferences.after`).

        :raises NotFound: there is no recipient of this id.
        :raises InvalidInput: that would be more choices than are kept; nothing was changed.
        """
        ...
