"""What one call of the command line carries along: the options that go anywhere, and where it was called."""

import os
from collections.abc import Mapping
from pathlib import Path

import click


class Session:
    """How the caller wants to be answered, and where to look for the configuration.

    Plain on purpose: it is made for every call, ``--help`` too, so it imports nothing.
    """

    def __init__(self, environ: Mapping[str, str] | None = None, folder: Path | None = None) -> None:
        self.environ = os.environ if environ is None else environ
        self.folder = folder or _current_folder()
        self.config: Path | None = None
        self.json = False
        self.quiet = False

    def want_json(self, _: bool) -> None:
        """Answer with JSON."""
        self.json = True

    def want_quiet(self, _: bool) -> None:
        """Leave out notes and progress."""
        self.quiet = True

    def use_config(self, path: str) -> None:
        """Read the configuration from *path*, taken from the folder of the call."""
        self.config = self.folder / path

    def note(self, text: str) -> None:
        """Say something beside the result, on standard error."""
        if not self.quiet:
            click.echo(text, err=True)


def _current_folder() -> Path:
    """Return the folder of the call.

    :raises OSError: it was removed; its ``strerror`` says what to do.
    """
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise FileNotFoundError(error.errno, "the current folder was removed; change to another one") from None


pass_session = click.make_pass_decorator(Session, ensure=True)
