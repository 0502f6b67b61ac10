"""Keeping the keys for HTTP."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.api_key import ApiKey, Scope


class ApiKeyRepository(Protocol):
    """Stores API keys by digest. Each method is one transaction; called from several threads at once."""

    def add(self, name: str, digest: bytes, scopes: frozenset[Scope], now: datetime, *, test: bool = False) -> ApiKey:
        """Store a key and return it with its number."""
        ...

    def find(self, digest: bytes) -> ApiKey | None:
        """Return the key with this digest, also a revoked one, or None."""
        ...

    def all(self) -> Sequence[ApiKey]:
        """Return every key, the oldest first."""
        ...

    def revoke(self, key_id: int, now: datetime) -> ApiKey:
        """Revoke a key and return it; revoking twice changes nothing.

        :raises NotFound: there is none of this id.
        """
        ...
