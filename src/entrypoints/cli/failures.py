"""The one place that knows which error means which exit code, and which sentence a person gets."""

import os
import traceback
from collections.abc import Callable, Sequence

import click

from domain.errors import (
    Conflict,
    Forged,
    InvalidInput,
    Misconfigured,
    NotFound,
    StoreUnavailable,
    TocsinError,
    Unreadable,
)
from entrypoints.cli.plain_text import visible

FAILED = 1
WRONG_USAGE = 2
NOT_FOUND = 3
CONFLICT = 4
INTERRUPTED = 130  # 128 + SIGINT, as a shell has it

EXIT_CODES: Sequence[tuple[type[Exception], int]] = (
    (InvalidInput, WRONG_USAGE),
    (Misconfigured, WRONG_USAGE),
    (NotFound, NOT_FOUND),
    (Conflict, CONFLICT),  # also KeyReused and IllegalTransition
    (Forged, FAILED),
    (Unreadable, FAILED),
    (StoreUnavailable, FAILED),
    (OSError, FAILED),
)
"""The first row that fits counts; anything else is a bug of ours."""

OPTIONS = {
    "to": "--to",
    "channel": "--channel",
    "type": "--type",
    "subject": "--subject",
    "body": "--body",
    "html": "--html",
    "data": "--data",
    "attach": "--attach",
    "attachments": "--attach",
    "send_at": "--at",
    "at": "--at",
    "expires_at": "--expires",
    "expires": "--expires",
    "since": "--since",
    "key": "--key",
    "topic": "--topic",
    "rate": "--rate",
    "for": "--for",
    "name": "--name",
    "audience": "--audience",
    "status": "--status",
    "scope": "--scope",
    "days": "--days",
    "rejects": "--rejects",
    "email": "--email",
    "phone": "--phone",
    "push_tokens": "--push-token",
    "locale": "--locale",
    "timezone": "--timezone",
    "attributes": "--attr",
    "id": "ID",
    "address": "ADDRESS",
    "detail": "--detail",
    "all": "--all",
    "file": "FILE",
    "template": "--template",
    "variables": "--var",
    "var": "--var",
    "recipient": "--recipient",
    "wanted": "--wanted",
    "quiet_hours": "--quiet-hours",
    "out": "--out",
}
"""The fields of the use cases as they are called here."""


def exit_code(error: Exception) -> int:
    """Return the exit code that *error* means."""
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), FAILED)


def sentences(error: Exception) -> list[str]:
    """Return what to tell a person, a line each."""
    match error:
        case InvalidInput():
            return [f"{_option(one.field)}: {one.message}" for one in error.errors]
        case Misconfigured():
            return list(error.problems)
        case TocsinError():
            return [str(error)]
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            return [f"{where}{error.strerror or error}"]
        case _:
            kind = type(error).__name__
            return [f"this is a bug in Tocsin ({kind}); run it again with TOCSIN_DEBUG=1 to see the traceback"]


def _option(field: str) -> str:
    root, _, name = field.partition(".")
    return f"--var {name}" if root == "variables" and name else OPTIONS.get(field, field)


def tell(error: Exception, say: Callable[[str], None] = lambda line: click.echo(line, err=True)) -> int:
    """Tell a person what went wrong, on standard error, and return the exit code."""
    if os.environ.get("TOCSIN_DEBUG"):
        say("".join(traceback.format_exception(error)).rstrip())
    for line in sentences(error):
        say(f"error: {visible(line)}")
    return exit_code(error)
