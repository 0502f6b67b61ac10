"""The container for one command, closed at the end of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from entrypoints.cli.session import Session
from entrypoints.container import Container, build, close
from entrypoints.settings import Settings, load


def settings_of(session: Session) -> Settings:
    """Return the settings that apply where the command was called.

    :raises Misconfigured: all that is wrong with them.
    """
    return load(session.config, session.environ, session.folder)


@contextmanager
def opened(session: Session) -> Iterator[Container]:
    """Give the container of the use cases; gateways and store are closed behind it.

    :raises Misconfigured: all that is wrong with the settings.
    """
    container = build(settings_of(session))
    try:
        yield container
    finally:
        close(container)
