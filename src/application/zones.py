"""The time zones of recipients, by name."""

from datetime import tzinfo
from zoneinfo import ZoneInfo

from attrs import field, frozen


def is_timezone(name: str) -> bool:
    """Say whether the IANA time zone database has a zone called *name*."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError):  # a folder of the database is an OSError
        return False
    except KeyError:  # ZoneInfoNotFoundError
        return False
    return True


@frozen(eq=False)
class Zones:
    """Finds time zones; *fallback* is that of those who have none. Called from several threads."""

    fallback: str = "UTC"
    _known: dict[str | None, tzinfo] = field(factory=dict, init=False)

    def __call__(self, name: str | None) -> tzinfo:
        """Return the zone called *name*, or the fallback; also for one that the system no longer knows."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._look_up(name)
        return found

    def _look_up(self, name: str | None) -> tzinfo:
        try:
            return ZoneInfo(name or self.fallback)
        except (ValueError, OSError, KeyError):  # it was there when the recipient was stored
            return ZoneInfo(self.fallback)
