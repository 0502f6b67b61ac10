"""The address of a provider's API, as a gateway's settings name it."""

from urllib.parse import urlsplit


def is_base_url(text: str) -> bool:
    """Say whether *text* is where an API can be: scheme, host and perhaps a path, nothing more."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
