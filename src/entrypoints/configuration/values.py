"""What a single setting may be: each function takes a value of TOML, or text of the environment, and checks it.

All of them raise ValueError with what is allowed, in words that go after the key and the value.
"""

import math
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar
from unicodedata import category
from urllib.parse import urlsplit

from attrs import field, frozen

from application.zones import is_timezone
from domain.address import is_email
from domain.errors import InvalidInput
from domain.frequency_cap import FrequencyCap
from domain.quiet_hours import QuietHours
from entrypoints.when import parse_duration

T = TypeVar("T")
Read = Callable[[object], T]

SHOWN_MAX = 60
MASK = "********"
RATE_MAX = 1_000_000.0
NONE = "none"
"""What takes back, in one environment, what the file says for all."""

_JOINERS = "\u200c\u200d\u200e\u200f"  # of letters and emoji, and what says which way they run
_RATE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*/\s*(s|m|h)\Z")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_USER_OF_URL = re.compile(r"(?<=://)\S*@")  # a password may hold a slash
_USUAL_PORTS = {"http": 80, "https": 443}
_HOST_OF_ORIGIN = re.compile(r"(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])\Z")
_OF_A_PATH = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*"  # RFC 3986 section 3.3
_HOST = r"(?:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\])"
_WEB_ADDRESS = re.compile(rf"(?i:https?)://{_HOST}(?::[0-9]{{1,5}})?(?:/{_OF_A_PATH})?")
_WITHIN_BRACKETS = re.compile(r"[^<>]*<([^<>]+)>\Z")


@frozen(repr=False)
class Secret:
    """A text that no output shows; ``reveal`` gives it to the one who needs it."""

    _text: str = field()

    def reveal(self) -> str:
        """Return the text."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    __str__ = __repr__


def shown(value: object) -> str:
    """Return *value* as a problem shows it: short, on one line, and no password of a URL."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            text = _USER_OF_URL.sub(f"{MASK}@", value)
            text = text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"
            return '"' + "".join(one if one.isprintable() else "�" for one in text) + '"'
        case int() | float():
            return str(value)[:SHOWN_MAX]
        case list():
            return f"[{', '.join(shown(one) for one in value[:5])}{', …' if len(value) > 5 else ''}]"  # noqa: PLR2004  (enough to find it by)
        case dict():
            return "{…}"
        case _:
            return str(value)[:SHOWN_MAX]


def text(value: object) -> str:
    """Return one line of text."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("must be one line of text")
    return value


def prose(value: object) -> str:
    """Return one line of text that people read: with spaces of every width, and what joins letters or emoji."""
    if isinstance(value, str) and value.strip():
        plain = "".join(" " if one in _JOINERS or category(one) == "Zs" else one for one in value)
        if plain.isprintable():
            return value
    raise ValueError("must be one line of text")


def whole(least: int, most: int | None = None) -> Read[int]:
    """Return a reader of whole numbers from *least* to *most*."""
    span = f"from {least} to {most}" if most is not None else f"of {least} or more"

    def read(value: object) -> int:
        number = value
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
            number = int(value)
        if not isinstance(number, int) or isinstance(number, bool) or number < least:
            raise ValueError(f"must be a whole number {span}")
        if most is not None and number > most:
            raise ValueError(f"must be a whole number {span}")
        return number

    return read


def factor(value: object) -> float:
    """Return a number of 1 or more."""
    try:
        number = math.nan if isinstance(value, bool) or not isinstance(value, str | int | float) else float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not (1 <= number < math.inf):
        raise ValueError("must be a number of 1 or more")
    return number


def truth(value: object) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false")  # noqa: TRY004  (to whoever writes the file it is a wrong value)
    return value


def timezone(value: object) -> str:
    """Return the name of a time zone."""
    if not isinstance(value, str) or not is_timezone(value):
        raise ValueError("must be a name of the IANA time zone database, such as Europe/Berlin")
    return value


def quiet_hours(value: object) -> QuietHours | None:
    """Return two times of day; None for ``none``."""
    if value == NONE:
        return None
    try:
        return QuietHours.parse(value if isinstance(value, str) else "")
    except ValueError as error:
        raise ValueError(f"{error}, or {NONE}") from None


def frequency_cap(value: object) -> FrequencyCap | None:
    """Return so many a day, a week or a month; None for ``none``."""
    if value == NONE:
        return None
    try:
        return FrequencyCap.parse(value if isinstance(value, str) else "")
    except ValueError as error:
        raise ValueError(f"{error}, or {NONE}") from None


def one_of(words: Sequence[str]) -> Read[str]:
    """Return a reader of one of *words*."""

    def read(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return value

    return read


def names(value: object) -> tuple[str, ...]:
    """Return a list of names; as text they are separated by commas."""
    parts = [part.strip() for part in value.split(",")] if isinstance(value, str) and value.strip() else value
    if not isinstance(parts, list) or not parts or not all(isinstance(part, str) and part for part in parts):
        raise ValueError('must name at least one gateway, as in ["mail"]; a list is in order of failover')
    repeated = next((part for part in parts if parts.count(part) > 1), None)
    if repeated is not None:
        raise ValueError(f"names {repeated} twice; once is enough")
    return tuple(parts)


def duration(least: timedelta, most: timedelta, span: str) -> Read[timedelta]:
    """Return a reader of durations such as ``30s``; *span* says the bounds in words."""

    def read(value: object) -> timedelta:
        allowed = f'must be a duration {span}, such as "30s", "5m", "1h" or "250ms"'
        if not isinstance(value, str):
            raise ValueError(allowed)  # noqa: TRY004  (to whoever writes the file it is a wrong value)
        try:
            found = parse_duration(value, "duration")
        except InvalidInput:
            raise ValueError(allowed) from None
        if not least <= found <= most:
            raise ValueError(allowed)
        return found

    return read


def parse_rate(value: str) -> float:
    """Return how many a second ``50/s``, ``100/m`` or ``1000/h`` is.

    :raises ValueError: it is no rate, or not between 1/h and a million a second.
    """
    match = _RATE.match(value.strip())
    rate = float(match[1]) / _SECONDS[match[2]] if match else 0.0
    if not 1 / _SECONDS["h"] <= rate <= RATE_MAX:
        raise ValueError('must be a rate such as "50/s", "100/m" or "1000/h"')
    return rate


def rate(value: object) -> float:
    """Return how many a second."""
    return parse_rate(value if isinstance(value, str) else "")


def web_address_like(example: str) -> Read[str]:
    """Return a reader of http and https URLs such as *example*, which it returns without a slash at the end.

    They stand in headers and links as they are: so they have the characters of RFC 3986 alone, and nothing secret.
    """

    def read(value: object) -> str:
        url = value if isinstance(value, str) else ""
        try:
            parts = urlsplit(url)
            is_fine = bool(_WEB_ADDRESS.fullmatch(url))
            parts.port  # noqa: B018  (looking at it checks it)
        except ValueError:
            raise ValueError(f"must be an address such as {example}") from None
        if not is_fine:
            raise ValueError(f"must be an address such as {example}{_mend(parts.netloc)}")
        return url.rstrip("/")

    return read


def _mend(authority: str) -> str:
    """Return what is to be done about a host, and what stands before it, where that is known."""
    if "@" in authority:
        return "; leave out user and password"
    return "" if authority.isascii() else "; write the host as xn--…, its name in ASCII"


def origins(value: object) -> tuple[str, ...]:
    """Return a list of origins as browsers send them (RFC 6454 section 6.2); as text they are separated by commas."""
    parts = [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) and _is_origin(part) for part in parts):
        raise ValueError(
            'must be a list of origins, as in ["https://shop.example"]: scheme and host in lower case, a port where '
            "it is not the usual one, and nothing behind"
        )
    return tuple(parts)


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    host = parts.netloc.rpartition(":")[0] if port is not None else parts.netloc
    shown_port = "" if port in (None, _USUAL_PORTS.get(parts.scheme)) else f":{port}"
    is_host = bool(_HOST_OF_ORIGIN.match(host))
    return parts.scheme in _USUAL_PORTS and is_host and text == f"{parts.scheme}://{host}{shown_port}"


def host_name(value: object) -> str:
    """Return a host name or an IP address."""
    host = value if isinstance(value, str) and value.isprintable() else ""
    try:
        is_fine = bool(host.encode("idna"))
    except UnicodeError:
        is_fine = False
    if not is_fine or any(one.isspace() or one in "/@" for one in host):
        raise ValueError("must be a host name or an IP address, without a scheme or a port")
    return host


def mailbox(value: object) -> str:
    """Return a mail address, perhaps with a name before it."""
    named = value.strip() if isinstance(value, str) and value.isprintable() else ""
    within = _WITHIN_BRACKETS.match(named)
    if not is_email((within[1] if within else named).strip()):
        raise ValueError("must be one mail address, such as: Example <news@example.com>")
    return named
