"""The pages behind the links of messages. A GET changes nothing: scanners of mail follow every link."""

from http import HTTPStatus
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

from attrs import evolve, frozen
from litestar import Request, Response, get, post, route
from litestar.di import Provide
from litestar.params import FromPath, RawBody

from application.links.save_choices import SaveChoices
from application.links.show_choices import Choices, ShowChoices
from application.links.tokens import CheckLink, LinkOver, LinkToken
from application.links.unsubscribe import SubscribeAgain, Unsubscribe, refused_by
from domain.errors import InvalidInput, NotFound
from entrypoints.http_api.limits import FORM_BYTES_MAX
from entrypoints.http_api.openapi import link_operations
from entrypoints.http_api.pages.answers import page, up_from
from entrypoints.http_api.pages.forms import SentChoices, read_choices, read_fields
from entrypoints.http_api.pages.renderer import STYLE, Pages
from entrypoints.http_api.routes.given import Given

AnyRequest: TypeAlias = Request[Any, Any, Any]

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


@frozen(kw_only=True)
class Visit:
    """One request for the page of a link; *text* is the token as it stands there."""

    desk: LinkDesk
    text: str
    up: str

    @classmethod
    def of(cls, request: AnyRequest, token: str, desk: LinkDesk) -> "Visit":
        """Return what *request* asks for; mail programs may encode any character of the token."""
        return cls(desk=desk, text=unquote(token), up=up_from(request.scope))

    def opened(self) -> LinkToken | Response[bytes]:
        """Return what the link opens, or the page for one that opens nothing."""
        try:
            token = self.desk.check(self.text)
        except LinkOver:
            remedy = "Use the link in a newer message, or write to whoever sent it to you."
            return self.notice("This link is no longer good", remedy, HTTPStatus.GONE)
        if token is None:
            remedy = "Perhaps it was cut off. Open it from the message once more, or copy it as a whole."
            return self.notice("This link is not complete", remedy, HTTPStatus.NOT_FOUND)
        return token

    def about(self, name: str, token: LinkToken, before: str | None = None) -> Response[bytes]:
        """Return a page about unsubscribing; it does not tell whether there is such a person."""
        name = name if self.desk.unsubscribe.can(token) else "needed"
        return page(self.desk.pages.about(name, self.up, self.text, refused_by(token.about), before))

    def undone(self, token: LinkToken, before: str) -> Response[bytes]:
        """Take back a no, and return the page that says so."""
        if not self.desk.unsubscribe.can(token):
            return self.about("needed", token)
        outcome = self.desk.subscribe_again(token, self.text, before)
        try:
            out = self.desk.show(token.recipient_id).silent_of(token.about)
        except NotFound:
            out = ()
        return page(self.desk.pages.undone(self.up, self.text, refused_by(token.about), outcome, out))

    def preferences(self, choices: Choices, sent: SentChoices | None = None, *, saved: bool = False) -> Response[bytes]:
        """Return the preference page; of what was *sent* and could not be saved, with what is wrong."""
        status = HTTPStatus.OK if sent is None else HTTPStatus.UNPROCESSABLE_ENTITY
        return page(self.desk.pages.preferences(self.up, choices, sent, saved=saved), status)

    def notice(self, heading: str, text: str, status: HTTPStatus = HTTPStatus.OK) -> Response[bytes]:
        """Return a page that only says something."""
        return page(self.desk.pages.notice(self.up, heading, text), status)

    def nobody(self) -> Response[bytes]:
        """Return the preference page of somebody who is not there."""
        return self.notice("There is nothing to choose", "You will get no messages that this link is about.")


async def form_start(request: AnyRequest) -> bytes:
    """Return the body up to the size of a form: who unsubscribes with a larger one is unsubscribed."""
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) >= FORM_BYTES_MAX:
            break
    return bytes(read[:FORM_BYTES_MAX])


@get("/unsubscribe/{token:str}", opt=link_operations.SHOW_UNSUBSCRIBE.as_opt(), sync_to_thread=True)
def show_unsubscribe(request: AnyRequest, token: FromPath[str], link_desk: Given[LinkDesk]) -> Response[bytes]:
    """Ask whether the person really wants to unsubscribe."""
    visit = Visit.of(request, token, link_desk)
    found = visit.opened()
    return found if isinstance(found, Response) else visit.about("ask", found)


@post(
    "/unsubscribe/{token:str}",
    opt=link_operations.UNSUBSCRIBE.as_opt(),
    status_code=200,
    request_max_body_size=None,
    dependencies={"form": Provide(form_start)},
    sync_to_thread=True,
)
def unsubscribe(
    request: AnyRequest, token: FromPath[str], link_desk: Given[LinkDesk], form: Given[bytes]
) -> Response[bytes]:
    """Unsubscribe, or take that back.

    Whatever the body is, a POST unsubscribes (RFC 8058 section 3.2 sends a form of one of two kinds), unless it is that
    of the button which takes it back.
    """
    visit = Visit.of(request, token, link_desk)
    found = visit.opened()
    if isinstance(found, Response):
        return found
    fields = read_fields(form, request.headers.get("content-type", ""))
    if "undo" in fields:
        return visit.undone(found, fields.get("before", ""))
    return visit.about("done", found, link_desk.unsubscribe(found, visit.text))


@get("/preferences/{token:str}", opt=link_operations.SHOW_PREFERENCE_PAGE.as_opt(), sync_to_thread=True)
def show_preference_page(request: AnyRequest, token: FromPath[str], link_desk: Given[LinkDesk]) -> Response[bytes]:
    """Show what the person can choose."""
    visit = Visit.of(request, token, link_desk)
    found = visit.opened()
    if isinstance(found, Response):
        return found
    try:
        return visit.preferences(link_desk.show(found.recipient_id))
    except NotFound:
        return visit.nobody()


@post(
    "/preferences/{token:str}",
    opt=link_operations.SAVE_PREFERENCE_PAGE.as_opt(),
    status_code=200,
    request_max_body_size=FORM_BYTES_MAX,
    sync_to_thread=True,
)
def save_preference_page(
    request: AnyRequest, body: RawBody, token: FromPath[str], link_desk: Given[LinkDesk]
) -> Response[bytes]:
    """Keep what the person changed, or show what is wrong with it beside what was typed."""
    visit = Visit.of(request, token, link_desk)
    found = visit.opened()
    if isinstance(found, Response):
        return found
    sent = read_choices(body, request.headers.get("content-type", ""))
    if sent is None:
        remedy = "What was sent could not be read, so nothing was saved. Please open the link once more."
        return visit.notice("Nothing was saved", remedy, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        choices = link_desk.show(found.recipient_id)
        if sent.errors:
            return visit.preferences(choices, sent)
        try:
            return visit.preferences(link_desk.save(found.recipient_id, sent.made(choices.topics)), saved=True)
        except InvalidInput:
            return visit.preferences(choices, evolve(sent, errors=_TOO_MANY))
    except NotFound:
        return visit.nobody()


@route(
    ["/unsubscribe/{token:str}", "/preferences/{token:str}"],
    http_method="OPTIONS",
    status_code=HTTPStatus.NO_CONTENT,
    sync_to_thread=False,
)
def say_methods() -> Response[None]:
    """Say which methods a page takes."""
    return Response(None, status_code=HTTPStatus.NO_CONTENT, headers={"Allow": "GET, HEAD, OPTIONS, POST"})


@get("/pages/style.css", opt=link_operations.STYLE.as_opt(), sync_to_thread=False)
def style() -> Response[bytes]:
    """Return the style of the pages."""
    return Response(STYLE, media_type="text/css", headers={"Cache-Control": _FOR_A_YEAR})


ROUTES = (show_unsubscribe, unsubscribe, show_preference_page, save_preference_page, style)
