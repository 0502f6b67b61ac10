"""API keys in memory."""

from collections.abc import Sequence
from datetime import datetime

from attrs import evolve, frozen

from adapters.memory.state import MemoryState
from domain.api_key import ApiKey, Scope
from domain.errors import NotFound


@frozen
class MemoryApiKeyRepository:
    """Keeps API keys in a dict (:class:`application.ports.api_key_repository.ApiKeyRepository`)."""

    _state: MemoryState

    def add(self, name: str, digest: bytes, scopes: frozenset[Scope], now: datetime, *, test: bool = False) -> ApiKey:
        """Store a key and return it with its number."""
        with self._state.lock:
            key = ApiKey(
                id=self._state.new_id("key"), name=name, digest=digest, scopes=scopes, created_at=now, test=test
            )
            self._state.api_keys[key.id] = key
            return key

    def find(self, digest: bytes) -> ApiKey | None:
        """Return the key with this digest, also a revoked one, or None."""
        with self._state.lock:
            return next((key for key in self._state.api_keys.values() if key.digest == digest), None)

    def all(self) -> Sequence[ApiKey]:
        """Return every key, the oldest first."""
        with self._state.lock:
            return list(self._state.api_keys.values())

    def revoke(self, key_id: int, now: datetime) -> ApiKey:
        """Revoke a key and return it; revoking twice changes nothing."""
        with self._state.lock:
            key = self._state.api_keys.get(key_id)
            if key is None:
                raise NotFound("key", key_id)
            if key.revoked_at is None:
                key = self._state.api_keys[key_id] = evolve(key, revoked_at=now)
            return key
