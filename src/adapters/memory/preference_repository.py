"""What people want to be told, in memory."""

from attrs import frozen

from adapters.memory.state import MemoryState
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

    def put(self, recipient_id: str, preferences: Preferences) -> None:
        """Store *preferences* in the place of what was said before."""
        with self._state.lock:
            if self.get(recipient_id) == preferences:
                return
            self._state.revisions[recipient_id] += 1
            if preferences == NO_PREFERENCES:
                del self._state.preferences[recipient_id]
            else:
                self._state.preferences[recipient_id] = preferences

    def change(self, recipient_id: str, change: PreferenceChange) -> Preferences:
        """Make *change* and return what the recipient wants now."""
        with self._state.lock:
            changed = self.get(recipient_id).after(change)
            self.put(recipient_id, changed)
            return changed
