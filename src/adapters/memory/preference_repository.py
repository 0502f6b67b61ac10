"""What people want to be told, in memory."""

from collections.abc import Container

from attrs import frozen

from adapters.memory.state import MemoryState
from domain.errors import Outdated
from domain.preferences import NO_PREFERENCES, PreferenceChange, Preferences


@frozen
class MemoryPreferenceRepository:
    """Keeps them in a dict (:class:`application.ports.preference_repository.PreferenceRepository`)."""

    _state: MemoryState

    def get(self, recipient_id: str) -> Preferences:
        """Return what one recipient wants."""
        with self._state.lock:
            self._state.recipient(recipient_id)
            return self._state.preferences.get(recipient_id, NO_PREFERENCES)

    def get_revised(self, recipient_id: str) -> tuple[Preferences, int]:
        """Return what one recipient wants, and the revision of that."""
        with self._state.lock:
            return self.get(recipient_id), self._state.revisions[recipient_id]

    def put(self, recipient_id: str, preferences: Preferences, revisions: Container[int] | None = None) -> int:
        """Store *preferences* in the place of what was said before, and return the revision of that."""
        with self._state.lock:
            before, revision = self.get_revised(recipient_id)
            if revisions is not None and revision not in revisions:
                raise Outdated("the preferences")
            if before == preferences:
                return revision
            self._state.revisions[recipient_id] += 1
            if preferences == NO_PREFERENCES:
                del self._state.preferences[recipient_id]
            else:
                self._state.preferences[recipient_id] = preferences
            return revision + 1

    def change(self, recipient_id: str, change: PreferenceChange) -> Preferences:
        """Make *change* and return what the recipient wants now."""
        with self._state.lock:
            changed = self.get(recipient_id).after(change)
            self.put(recipient_id, changed)
            return changed
