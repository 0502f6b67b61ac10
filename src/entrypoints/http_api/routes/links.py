"""The pages behind the links of messages. A GET changes nothing: scanners of mail follow every link."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from attrs import evolve, frozen
from litestar import Response, get, post
from litestar.params import FromPath, RawBody

from application.links.save_choices import SaveChoices
from application.links.show_choices import ShowChoices
from application.links.tokens import CheckLink, LinkOver, LinkToken
from application.links.unsubscribe import SubscribeAgain, Unsubscribe, refused_by
from domain.errors import InvalidInput, NotFound
from entrypoints.http_api.limits import FORM_BYTES_MAX
from entrypoints.http_api.openapi import link_operations
from entrypoints.http_api.pages.forms import read_choices, read_fields
from entrypoints.http_api.pages.renderer import STYLE, Pages
from entrypoints.http_api.routes.given import Given

HTML: Final = "text/html"
PAGE_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
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

_TOO_MANY: Final = {"choices": "these are more choices than can be kept; change fewer topics"}
_FOR_A_YEAR: Final = "public, max-age=31536000, immutable"  # its address changes with it


@frozen(kw_only=True)
class LinkDesk:
    """What the routes of links use, together."""

    check: CheckLink
    unsubscribe: Unsubscribe
    subscribe_again: SubscribeAgain
    show: ShowChoices
    save: SaveChoices
    pages: Pages


@get("/unsubscribe/{token:str}", opt=link_operations.SHOW_UNSUBSCRIBE.as_opt(), sync_to_thread=True)
def show_unsubscribe(token: FromPath[str], link_desk: Given[LinkDesk]) -> Response[bytes]:
    """Ask whether the person really wants to unsubscribe."""
    found = _opened(link_desk, token)
    if isinstance(found, Response):
        return found
    return _about("ask", token, found, link_desk)


@post(
    "/unsubscribe/{token:str}",
    opt=link_operations.UNSUBSCRIBE.as_opt(),
    status_code=200,
    request_max_body_size=FORM_BYTES_MAX,
    sync_to_thread=True,
)
def unsubscribe(body: RawBody, token: FromPath[str], link_desk: Given[LinkDesk]) -> Response[bytes]:
    """Unsubscribe, or take that back.

    Whatever the body is, a POST unsubscribes (RFC 8058 section 3.2 sends a form of one of two kinds), unless it is that
    of the button which takes it back.
    """
    found = _opened(link_desk, token)
    if isinstance(found, Response):
        return found
    if "undo" in read_fields(body):
        link_desk.subscribe_again(found)
        return _about("undone", token, found, link_desk)
    link_desk.unsubscribe(found)
    return _about("done", token, found, link_desk)


@get("/preferences/{token:str}", opt=link_operations.SHOW_PREFERENCE_PAGE.as_opt(), sync_to_thread=True)
def show_preference_page(token: FromPath[str], link_desk: Given[LinkDesk]) -> Response[bytes]:
    """Show what the person can choose."""
    found = _opened(link_desk, token)
    if isinstance(found, Response):
        return found
    try:
        return _page(link_desk.pages.preferences(link_desk.show(found.recipient_id)))
    except NotFound:
        return _nobody(link_desk)


@post(
    "/preferences/{token:str}",
    opt=link_operations.SAVE_PREFERENCE_PAGE.as_opt(),
    status_code=200,
    request_max_body_size=FORM_BYTES_MAX,
    sync_to_thread=True,
)
def save_preference_page(body: RawBody, token: FromPath[str], link_desk: Given[LinkDesk]) -> Response[bytes]:
    """Keep what the person chose, or show what is wrong with it beside what was typed."""
    found = _opened(link_desk, token)
    if isinstance(found, Response):
        return found
    sent = read_choices(body)
    try:
        choices = link_desk.show(found.recipient_id)
        if not sent.errors:
            try:
                saved = link_desk.save(found.recipient_id, sent.made(choices.topics))
                return _page(link_desk.pages.preferences(saved, saved=True))
            except InvalidInput:
                sent = evolve(sent, errors=_TOO_MANY)
    except NotFound:
        return _nobody(link_desk)
    return _page(link_desk.pages.preferences(choices, sent), HTTPStatus.UNPROCESSABLE_ENTITY)


@get("/pages/style.css", opt=link_operations.STYLE.as_opt(), sync_to_thread=False)
def style() -> Response[bytes]:
    """Return the style of the pages."""
    return Response(STYLE, media_type="text/css", headers={"Cache-Control": _FOR_A_YEAR})


ROUTES = (show_unsubscribe, unsubscribe, show_preference_page, save_preference_page, style)


def _opened(desk: LinkDesk, text: str) -> LinkToken | Response[bytes]:
    """Return what a link opens, or the page for one that opens nothing."""
    try:
        token = desk.check(text)
    except LinkOver:
        heading = "This link is no longer good"
        remedy = "Use the link in a newer message, or write to whoever sent it to you."
        return _page(desk.pages.notice(heading, remedy), HTTPStatus.GONE)
    if token is None:
        heading = "This link is not complete"
        remedy = "Perhaps it was cut off. Open it from the message once more, or copy it as a whole."
        return _page(desk.pages.notice(heading, remedy), HTTPStatus.NOT_FOUND)
    return token


def _about(name: str, text: str, token: LinkToken, desk: LinkDesk) -> Response[bytes]:
    """Return a page about unsubscribing; it does not tell whether there is such a person."""
    can = desk.unsubscribe.can(token)
    return _page(desk.pages.about(name if can else "needed", text, refused_by(token.about)))


def _nobody(desk: LinkDesk) -> Response[bytes]:
    return _page(desk.pages.notice("There is nothing to choose", "You will get no messages that this link is about."))


def _page(html: bytes, status: HTTPStatus = HTTPStatus.OK) -> Response[bytes]:
    return Response(html, status_code=status, media_type=HTML, headers=dict(PAGE_HEADERS))
