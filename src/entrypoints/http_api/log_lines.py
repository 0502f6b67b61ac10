"""Log lines of a process that serves: on standard error, for people on a terminal and as JSON elsewhere."""

import logging
import sys
from typing import Any

import structlog


def log_to_standard_error() -> None:
    """Let structlog write there from level info upwards, unless somebody has told it otherwise."""
    if structlog.is_configured():
        return
    last: Any = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
