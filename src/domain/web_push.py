"""Where push services listen, and what the keys of a browser's subscription look like (RFC 8030, RFC 8291)."""

import base64
import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

PUSH_HOSTS: Final = (
    "fcm.googleapis.com",  # Chrome, Opera, Brave, Samsung Internet, Edge on Android
    "*.push.services.mozilla.com",  # Firefox
    "*.notify.windows.com",  # Edge on Windows
    "*.push.apple.com",  # Safari
)
"""The hosts of the browsers' push services; ``*.`` stands for one or more labels. No message goes anywhere else."""

ENDPOINT_MAX: Final = 2048
AUTH_BYTES: Final = 16  # RFC 8291 3.2
POINT_BYTES: Final = 65  # X9.62, uncompressed: 4, x, y (RFC 8291 2.1)
_HTTPS_PORT = 443

_VISIBLE = re.compile(r"[\x21-\x7e]+\Z")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}\Z")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"  # RFC 1035 2.3.1
_HOST = rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])\Z"  # whose last label is no number
_NAME = re.compile(_HOST)
_PATTERN = re.compile(rf"(?:\*\.)?{_HOST}")

# The curve P-256 (FIPS 186, D.1.2.3): y² = x³ - 3x + b modulo p.
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


def is_host_pattern(text: str) -> bool:
    """Say whether *text* can stand in a list of push hosts: a name in lower case, perhaps with ``*.`` before it."""
    return _PATTERN.match(text) is not None


def push_service(endpoint: str, hosts: Sequence[str] = PUSH_HOSTS) -> str | None:
    """Return the entry of *hosts*, without its ``*.``, that *endpoint* belongs to; None if it is none of them.

    Nobody but a push service is ever spoken to: the scheme is https, the host is a listed name and no address, the port
    is the usual one, and the URL names no user.
    """
    if len(endpoint) > ENDPOINT_MAX or not _VISIBLE.match(endpoint) or "\\" in endpoint:
        return None
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme != "https" or "@" in parts.netloc or port not in (None, _HTTPS_PORT) or parts.fragment:
        return None
    host = parts.hostname or ""
    if not _NAME.match(host):
        return None
    return next((entry.removeprefix("*.") for entry in hosts if _covers(entry, host)), None)


def origin_of(endpoint: str) -> str:
    """Return the origin of an *endpoint* that belongs to a push service (RFC 6454); it is whom a VAPID token is for."""
    return f"https://{urlsplit(endpoint).hostname}"


def key_bytes(text: str) -> bytes:
    """Return the octets of a key in base64url, with or without padding.

    :raises ValueError: it is not base64url.
    """
    if not _BASE64URL.match(text):
        raise ValueError("is not base64url")
    bare = text.rstrip("=")
    return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))


def is_public_key(text: str) -> bool:
    """Say whether *text* is a point of P-256, uncompressed, in base64url: the ``p256dh`` of a subscription."""
    octets = _bytes_or_nothing(text)
    if len(octets) != POINT_BYTES or octets[0] != 4:  # noqa: PLR2004  (X9.62: an uncompressed point)
        return False
    x, y = int.from_bytes(octets[1:33], "big"), int.from_bytes(octets[33:], "big")
    return x < _P and y < _P and (y * y - (x * x * x - 3 * x + _B)) % _P == 0


def is_auth_secret(text: str) -> bool:
    """Say whether *text* is 16 octets in base64url: the ``auth`` of a subscription."""
    return len(_bytes_or_nothing(text)) == AUTH_BYTES


def _bytes_or_nothing(text: str) -> bytes:
    try:
        return key_bytes(text)
    except ValueError:
        return b""


def _covers(entry: str, host: str) -> bool:
    return host.endswith(entry[1:]) if entry.startswith("*.") else host == entry
