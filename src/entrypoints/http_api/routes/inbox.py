"""The in-app inbox of a recipient: reading, marking and following it, and tokens for it."""

from datetime import timedelta
from typing import cast

from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, RawBody
from litestar.types import ASGIApp

from application.inbox.follow_inbox import FollowInbox
from application.inbox.mark_inbox import MarkInbox
from application.inbox.read_inbox import ReadInbox
from application.inbox.tokens import LIFETIME, InboxToken, MakeInboxToken
from application.ports.clock import Clock
from application.ports.inbox_repository import InboxQuery
from domain.errors import InvalidInput
from entrypoints.http_api.authentication import InboxRequest
from entrypoints.http_api.event_stream import EventStream
from entrypoints.http_api.inbox_streams import InboxStreams
from entrypoints.http_api.limits import SINGLE_BYTES_MAX, STREAM_MAX_S
from entrypoints.http_api.openapi import inbox_operations
from entrypoints.http_api.reading.bodies import CONVERTER, EmptyBody, InboxTokenBody
from entrypoints.http_api.reading.contents import optional_json_value
from entrypoints.http_api.reading.queries import (
    InboxItemsQuery,
    InboxStreamQuery,
    InboxTokenQuery,
    read_query,
    to_event_id,
    to_inbox_item_id,
    to_known_recipient_id,
)
from entrypoints.http_api.reading.strict import read
from entrypoints.http_api.rendering import answer
from entrypoints.http_api.routes.given import Given
from entrypoints.wire_format import inbox_marked_json, inbox_page_json, inbox_token_json

INBOX = "/v1/recipients/{recipient_id:str}/inbox"
LAST_EVENT_ID = "Last-Event-ID"


@get(INBOX, opt=inbox_operations.READ_INBOX.as_opt(), sync_to_thread=True)
def read_inbox(request: InboxRequest, recipient_id: FromPath[str], read_inbox: Given[ReadInbox]) -> Response[bytes]:
    """Return one page of what the in-app channel shows a recipient."""
    asked = read_query(InboxItemsQuery, request)
    query = InboxQuery(
        recipient_id=to_known_recipient_id(recipient_id),
        limit=asked.limit,
        after=asked.after,
        unread=asked.unread,
        archived=asked.archived,
    )
    return answer(inbox_page_json(read_inbox(query)))


@get(f"{INBOX}/stream", opt=inbox_operations.STREAM_INBOX.as_opt())
async def stream_inbox(
    request: InboxRequest,
    recipient_id: FromPath[str],
    follow_inbox: Given[FollowInbox],
    inbox_streams: Given[InboxStreams],
    clock: Given[Clock],
) -> ASGIApp:
    """Return an answer that goes on; whoever waits for news takes no thread."""
    after = _last_event_id(request)
    name = to_known_recipient_id(recipient_id)
    stream = EventStream(
        recipient_id=name,
        first=await sync_to_thread(follow_inbox, name, after),
        is_new=after is None,
        lifetime_s=_lifetime_s(request, clock),
        follow=follow_inbox,
        streams=inbox_streams,
    )
    return cast("ASGIApp", stream)


@post(
    f"{INBOX}/token",
    opt=inbox_operations.MAKE_TOKEN.as_opt(),
    status_code=200,
    request_max_body_size=SINGLE_BYTES_MAX,
    sync_to_thread=True,
)
def make_token(
    request: InboxRequest, body: RawBody, recipient_id: FromPath[str], make_inbox_token: Given[MakeInboxToken]
) -> Response[bytes]:
    """Make a token for one inbox."""
    asked, errors = read(InboxTokenBody, optional_json_value(request, body), CONVERTER)
    if errors or asked is None:
        raise InvalidInput(errors)
    name = to_known_recipient_id(recipient_id)
    try:
        lifetime = LIFETIME if asked.seconds is None else timedelta(seconds=asked.seconds)
    except OverflowError:
        lifetime = timedelta.max
    try:
        return answer(inbox_token_json(make_inbox_token(name, lifetime)))
    except InvalidInput as error:
        raise InvalidInput.of("seconds", error.errors[0].message) from None


def _marking_one(verb: str) -> HTTPRouteHandler:
    mark = inbox_operations.VERBS[verb]

    @post(
        f"{INBOX}/{{notification_id:str}}/{verb}",
        opt=inbox_operations.MARK_ONE[verb].as_opt(),
        status_code=200,
        request_max_body_size=SINGLE_BYTES_MAX,
        sync_to_thread=True,
    )
    def mark_one(
        request: InboxRequest,
        body: RawBody,
        recipient_id: FromPath[str],
        notification_id: FromPath[str],
        mark_inbox: Given[MarkInbox],
    ) -> Response[bytes]:
        """Mark one message."""
        _require_nothing(request, body)
        name = to_known_recipient_id(recipient_id)
        return answer(inbox_marked_json(mark_inbox(name, mark, [to_inbox_item_id(notification_id)])))

    return mark_one


def _marking_all(verb: str) -> HTTPRouteHandler:
    mark = inbox_operations.VERBS[verb]

    @post(
        f"{INBOX}/{verb}",
        opt=inbox_operations.MARK_ALL[verb].as_opt(),
        status_code=200,
        request_max_body_size=SINGLE_BYTES_MAX,
        sync_to_thread=True,
    )
    def mark_all(
        request: InboxRequest, body: RawBody, recipient_id: FromPath[str], mark_inbox: Given[MarkInbox]
    ) -> Response[bytes]:
        """Mark all messages that are not put away."""
        _require_nothing(request, body)
        return answer(inbox_marked_json(mark_inbox(to_known_recipient_id(recipient_id), mark)))

    return mark_all


ROUTES = (
    read_inbox,
    stream_inbox,
    make_token,
    *(_marking_one(verb) for verb in inbox_operations.MARK_ONE),
    *(_marking_all(verb) for verb in inbox_operations.MARK_ALL),
)


def _require_nothing(request: InboxRequest, body: bytes) -> None:
    read_query(InboxTokenQuery, request)
    _, errors = read(EmptyBody, optional_json_value(request, body), CONVERTER)
    if errors:
        raise InvalidInput(errors)


def _last_event_id(request: InboxRequest) -> int | None:
    """Return the event after which to go on; the header, which a browser sends when it comes again, wins."""
    in_query = read_query(InboxStreamQuery, request).last_event_id
    in_header = request.headers.get(LAST_EVENT_ID)
    return in_query if not in_header else to_event_id(in_header, LAST_EVENT_ID)


def _lifetime_s(request: InboxRequest, clock: Clock) -> float:
    if not isinstance(request.auth, InboxToken):
        return STREAM_MAX_S
    return min(STREAM_MAX_S, (request.auth.expires_at - clock.now()).total_seconds())
