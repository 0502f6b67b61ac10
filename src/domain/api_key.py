"""Who may call over HTTP, and what they may do."""

from datetime import datetime
from enum import StrEnum

from attrs import frozen


class Scope(StrEnum):
    """What a key allows; ``manage`` allows the other two as well."""

    SEND = "send"
    READ = "read"
    MANAGE = "manage"


@frozen(kw_only=True)
class ApiKey:
    """A key as the store keeps it: its digest, never its text. What a *test* key asks for reaches no gateway."""

    id: int
    name: str
    digest: bytes
    scopes: frozenset[Scope]
    created_at: datetime
    revoked_at: datetime | None = None
    test: bool = False

    def allows(self, scope: Scope) -> bool:
        """Say whether this key may do what needs *scope*."""
        return self.revoked_at is None and (scope in self.scopes or Scope.MANAGE in self.scopes)
