"""Making keys, and telling who calls."""

import hashlib
from collections.abc import Sequence

from attrs import frozen

from application.ports.api_key_repository import ApiKeyRepository
from application.ports.clock import Clock
from application.ports.randomness import Randomness
from domain.api_key import ApiKey, Scope
from domain.errors import InvalidInput

PREFIX = "tocsin_"
TEST_PREFIX = f"{PREFIX}test_"
"""So whoever sees a key in a configuration knows that it can tell nobody anything."""

NAME_MAX = 100


def digest(secret: str) -> bytes:
    """Return what is stored of a key. A key has 256 random bits, so a plain hash cannot be searched backwards."""
    return hashlib.sha256(secret.encode()).digest()


@frozen(kw_only=True)
class NewKey:
    """A key just made; its text is shown this once."""

    key: ApiKey
    secret: str


@frozen(kw_only=True)
class CreateKey:
    """Make a key."""

    keys: ApiKeyRepository
    randomness: Randomness
    clock: Clock

    def __call__(self, scopes: frozenset[Scope], name: str | None = None, *, test: bool = False) -> NewKey:
        """Store a key and return it with its text. What a *test* key asks for reaches no gateway.

        :raises InvalidInput: there is no scope, or the name is not one line of text.
        """
        if not scopes:
            raise InvalidInput.of("scope", "name at least one of send, read, manage")
        if name is not None and not (name.isprintable() and name.strip() and len(name) <= NAME_MAX):
            raise InvalidInput.of("name", f"must have 1 to {NAME_MAX} printable characters")
        secret = (TEST_PREFIX if test else PREFIX) + self.randomness.secret()
        label = name or "+".join(["test"] * test + sorted(scopes))
        key = self.keys.add(label, digest(secret), scopes, self.clock.now(), test=test)
        return NewKey(key=key, secret=secret)


@frozen(kw_only=True)
class Authenticate:
    """Tell whose key a caller shows."""

    keys: ApiKeyRepository

    def __call__(self, secret: str) -> ApiKey | None:
        """Return the key, or None for one that is not known or revoked.

        The store is asked for the digest, so the time it takes tells nothing of the key.
        """
        found = self.keys.find(digest(secret))
        return None if found is None or found.revoked_at is not None else found


@frozen(kw_only=True)
class ListKeys:
    """Show which keys there are."""

    keys: ApiKeyRepository

    def __call__(self) -> Sequence[ApiKey]:
        """Return every key, the oldest first, also the revoked ones."""
        return self.keys.all()


@frozen(kw_only=True)
class RevokeKey:
    """Take a key out of use."""

    keys: ApiKeyRepository
    clock: Clock

    def __call__(self, key_id: int) -> ApiKey:
        """Return the revoked key; revoking twice changes nothing.

        :raises NotFound: there is none of this id.
        """
        return self.keys.revoke(key_id, self.clock.now())
