"""What JSON shapes are made of: small on purpose, because a command that prints few of them imports only this."""

from datetime import datetime
from typing import Any, TypeAlias

JsonObject: TypeAlias = dict[str, Any]


def instant(value: datetime | None) -> str | None:
    """Return a time as ISO 8601 in UTC with milliseconds, or None."""
    return None if value is None else value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
