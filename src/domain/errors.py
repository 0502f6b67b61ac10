"""What a caller got wrong, or what the world around the store refused; each with a sentence that helps."""

from collections.abc import Iterable

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
    """No recipient, notification, campaign or key has this id."""

    def __init__(self, kind: str, identifier: str | int) -> None:
        self.kind = kind
        self.identifier = identifier
        super().__init__(f"no {kind} has the id {identifier}")


class Conflict(TocsinError):
    """The thing exists, but in a state that does not allow what was asked."""


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
