"""The log of a process that runs for long, on standard error: for people on a terminal, else JSON, an event a line."""

import logging
import os
import sys
from typing import Any

import structlog

from entrypoints.cli.output import is_fancy
from entrypoints.cli.session import Session


def log_to_stderr(session: Session) -> None:
    """Let everything that is logged from now on go there; quiet means warnings and worse, TOCSIN_DEBUG everything."""
    level = logging.WARNING if session.quiet else logging.INFO
    if session.environ.get("TOCSIN_DEBUG"):
        level = logging.DEBUG
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *_renderers(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _renderers() -> list[Any]:
    if is_fancy(sys.stderr):
        colours = not os.environ.get("NO_COLOR")
        return [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
