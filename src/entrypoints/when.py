"""Times and spans as people write them: ``2026-06-01T09:00+02:00``, ``+2h``, ``09:00 local``, ``30s``."""

import re
from datetime import UTC, datetime, time, timedelta

from domain.errors import InvalidInput
from domain.local_time import LocalTime

TEXT_MAX = 64
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|[smhdw])")
_SPAN = re.compile(rf"(?:{_PART.pattern})+\Z")
_LOCAL = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))? +local\Z", re.IGNORECASE)
_REMEDY = "write 2026-06-01T09:00:00+02:00, +10m, +2h, now, or 09:00 local"


def parse_when(text: str, now: datetime, field: str = "at") -> datetime | LocalTime:
    """Return the moment that *text* names, in UTC and whole milliseconds, or a time of the recipient's day.

    ``+10m`` counts from *now*, and so does ``-2h``.

    :raises InvalidInput: it names none; the error is of *field*.
    """
    written = text.strip()
    if len(written) > TEXT_MAX:
        raise InvalidInput.of(field, f"is too long for a time; {_REMEDY}")
    if written.lower() == "now":
        return now
    if match := _LOCAL.match(written):
        return _local(match, field)
    if written[:1] in ("+", "-"):
        span = parse_duration(written[1:], field)
        try:
            return _whole_milliseconds(now + span if written.startswith("+") else now - span)
        except OverflowError:
            raise InvalidInput.of(field, "is further away than the calendar goes") from None
    return _instant(written, field)


def parse_duration(text: str, field: str) -> timedelta:
    """Return the span that *text* names: a number and ms, s, m, h, d or w, or several as in ``1h30m``.

    :raises InvalidInput: it names none; the error is of *field*.
    """
    written = text.strip()
    if len(written) > TEXT_MAX or not _SPAN.match(written):
        remedy = f"has no unit; write {written}s" if re.fullmatch(r"[0-9]{1,9}", written) else "is not a length of time"
        raise InvalidInput.of(field, f"{remedy}; units are ms, s, m, h, d and w, as in 30s or 1h30m")
    try:
        return sum(
            (timedelta(**{_UNITS[unit]: float(number)}) for number, unit in _PART.findall(written)), start=timedelta()
        )
    except OverflowError:
        raise InvalidInput.of(field, "is longer than the calendar; give a shorter time") from None


def _local(match: re.Match[str], field: str) -> LocalTime:
    try:
        return LocalTime(time(int(match[1]), int(match[2]), int(match[3] or 0)))
    except ValueError:
        raise InvalidInput.of(field, "is no time of day; hours go from 00 to 23, minutes from 00 to 59") from None


def _instant(written: str, field: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise InvalidInput.of(field, f"is not a time; {_REMEDY}") from None
    if moment.tzinfo is None:
        raise InvalidInput.of(
            field,
            "has no offset, so it could mean any place; add one, as in +02:00, or Z for UTC, "
            "or write 09:00 local for the recipient's own time",
        )
    try:
        return _whole_milliseconds(moment.astimezone(UTC))
    except OverflowError:
        raise InvalidInput.of(field, "is further away than the calendar goes") from None


def _whole_milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
