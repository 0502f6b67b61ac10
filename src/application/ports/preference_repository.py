"""Keeping what people want to be told."""

from collections.abc import Container
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

    def get_revised(self, recipient_id: str) -> tuple[Preferences, int]:
        """Return what one recipient wants, and the revision of that, which rises with their time zone too.

        :raises NotFound: there is none of this id.
        """
        ...

    def put(self, recipient_id: str, preferences: Preferences, revisions: Container[int] | None = None) -> int:
        """Store *preferences* in the place of what was said before, and return the revision of that.

        :raises NotFound: there is no recipient of this id.
        :raises Outdated: *revisions* are given, and what is stored has none of them; nothing was changed.
        """
        ...

    def change(self, recipient_id: str, change: PreferenceChange) -> Preferences:
        """Make *change* and return what the recipient wants now (:meth:`Preferences.after`).

        :raises NotFound: there is no recipient of this id.
        :raises InvalidInput: that would be more choices than are kept; nothing was changed.
        """
        ...
