"""Progress on standard error, for people who wait at a terminal."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from entrypoints.cli.output import is_fancy
from entrypoints.cli.session import Session

Advance = Callable[[int, int | None], None]
"""Says how far it is: so much of so much, or of nobody knows how much."""


def progress_bar(session: Session, title: str, *, in_bytes: bool = False) -> AbstractContextManager[Advance]:
    """Show a bar while a block runs; without a terminal, or when asked to be quiet, nothing is shown."""
    if session.quiet or not is_fancy(sys.stderr):
        return nullcontext(_say_nothing)
    from entrypoints.cli.drawing import bar  # only a call at a terminal pays for rich

    return bar(title, in_bytes=in_bytes)


def _say_nothing(_done: int, _total: int | None) -> None:
    """Advance a bar that nobody sees."""
