"""The Retry-After header of HTTP (RFC 9110 10.2.3)."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

SHORTEST = timedelta(seconds=1)
LONGEST = timedelta(hours=1)
_DIGITS_MAX = 9  # seconds for thirty years; more is no number that anybody meant


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """Return how long *header* asks to wait: seconds or an HTTP date, held between a second and an hour.

    None where there is no header, or one that cannot be read.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        wait = timedelta(seconds=int(text)) if len(text) <= _DIGITS_MAX else LONGEST
    else:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        # An HTTP date is always GMT; a date without a zone is read as one.
        wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    return min(max(wait, SHORTEST), LONGEST)
