"""What a caller got wrong, or what the world around the store refused; each with a sentence that helps."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from attrs import frozen


class TocsinError(Exception):
    """Something that the caller, or whoever runs Tocsin, can put right."""


@frozen
class FieldError:
    """One wrong field: *field* as the caller spells it, *message* with the cause and the remedy."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


class InvalidInput(TocsinError):
    """One or more fields are wrong; all of them are named at once."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        assert self.errors, "InvalidInput without an error"
        super().__init__("; ".join(str(error) for error in self.errors))

    @classmethod
    def of(cls, field: str, message: str) -> "InvalidInput":
        """Return the error of a single *field*."""
        return cls([FieldError(field, message)])


class NotFound(TocsinError):
    """No recipient, notification, campaign or key has this id; no gateway or lane has this name.

    *known* are the names that there are, where they are few.
    """

    def __init__(self, kind: str, identifier: str | int, known: Iterable[str] = ()) -> None:
        self.kind = kind
        self.identifier = identifier
        has = _HAS.get(kind, _HAS_ID) if isinstance(identifier, str) else _HAS_ID
        there_are = ", ".join(known)
        configured = f"; configured: {there_are}" if there_are else ""
        super().__init__(f"no {kind} {has} {_EMPTY if identifier == '' else identifier}{configured}")


_EMPTY = '""'
_HAS_ID = "has the id"
_HAS: Mapping[str, str] = MappingProxyType(
    {"gateway": "is called", "lane": "is called", "campaign": "has the name or the id"}
)
"""How that is said of what people may name."""


class Conflict(TocsinError):
    """The thing exists, but in a state that does not allow what was asked."""


class Outdated(Conflict):
    """It was changed after it was read, so what was made of that does not take its place."""

    def __init__(self, what: str) -> None:
        super().__init__(f"somebody changed {what} meanwhile; read it again, and change that")


class IllegalTransition(Conflict):
    """The lifecycle has no way from this status by this event."""


class KeyReused(Conflict):
    """An idempotency key came back with another content."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            f"the key {key!r} was used before for something else; take another key, or send the same content"
        )


class Misconfigured(TocsinError):
    """The configuration does not allow a start; every problem is named at once."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        assert self.problems, "Misconfigured without a problem"
        super().__init__("\n".join(self.problems))


class StoreUnavailable(TocsinError):
    """The store cannot be used now: locked, read-only, full, missing, or of another schema."""


class Forged(TocsinError):
    """The signature is missing or wrong: whoever sent it is not the provider."""


class Unreadable(TocsinError):
    """The provider signed it, but it is not what the provider documents."""
