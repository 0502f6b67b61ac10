"""Pages as answers, also of what went wrong: behind a link stands a person with a browser, not a program."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from litestar import Response

from entrypoints.http_api.pages.renderer import Pages

_HTML: Final = "text/html"
_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "Referrer-Policy": "no-referrer",  # the token is in the address
        "X-Robots-Tag": "noindex, nofollow",
        "X-Frame-Options": "DENY",
    }
)
"""The headers of every page; that it is not to be stored is said of every answer."""

_PATHS: Final = ("/unsubscribe/", "/preferences/")
_OURS: Final = (
    "Something went wrong on our side",
    "Please try again in a few minutes. What you choose is kept only once a page here says so.",
)
_OTHERWISE: Final = ("This did not work", "Open the link from the message once more, and try again.")
_NOTICES: Final[Mapping[int, tuple[str, str]]] = MappingProxyType(
    {
        HTTPStatus.NOT_FOUND: (
            "There is nothing here",
            "Perhaps the link was cut off. Open it from the message once more, or copy it as a whole.",
        ),
        HTTPStatus.REQUEST_TIMEOUT: ("This took too long", "Nothing was changed. Please go back and try again."),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
            "This is too much at once",
            "Nothing was changed. Open the link from the message once more, and change fewer things.",
        ),
    }
)
"""What people read, by status: a heading, and what to do."""


def is_page(path: str) -> bool:
    """Say whether people open *path* with a browser."""
    return path.startswith(_PATHS)


def up_from(scope: Mapping[str, Any]) -> str:
    """Return what leads from the page of a request to the root, as the start of a relative link."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()  # the router takes a slash off the end of the path
    return "../" * (raw.partition(b"?")[0].count(b"/") - 1)


def page(html: bytes, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response[bytes]:
    """Return *html* as an answer."""
    return Response(html, status_code=status, media_type=_HTML, headers={**(headers or {}), **_HEADERS})


def failure(scope: Mapping[str, Any], status: int, headers: Mapping[str, str]) -> Response[bytes]:
    """Return the page of a request for an error, without a word about the inside."""
    by_default = _OURS if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _OTHERWISE
    heading, text = _NOTICES.get(status, by_default)
    return page(_PAGES.notice(up_from(scope), heading, text), status, headers)


_PAGES: Final = Pages({})
