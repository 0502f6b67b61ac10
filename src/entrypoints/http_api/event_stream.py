"""One stream of what happens in an inbox, as server-sent events (https://html.spec.whatwg.org/#server-sent-events)."""

import asyncio
from contextlib import suppress

from attrs import frozen
from litestar.concurrency import sync_to_thread
from litestar.exceptions import HTTPException

from application.inbox.follow_inbox import EVENTS_MAX, FollowInbox, InboxNews
from domain.errors import TocsinError
from entrypoints.http_api.front import IS_HEAD, Message, Receive, Scope, Send
from entrypoints.http_api.inbox_streams import Follower, InboxStreams
from entrypoints.http_api.limits import HEARTBEAT_S
from entrypoints.http_api.rendering import to_json
from entrypoints.wire_format import inbox_counts_json

EVENT_STREAM = "text/event-stream"
RECONNECT_MS = 2000
"""After how long a client that was cut off is to connect again."""

RECONNECT_BUSY_MS = 30_000
"""After how long one is that found no place: a browser never comes back after any status but 200, so it gets that."""

_HEADERS = [
    (b"content-type", EVENT_STREAM.encode()),
    (b"x-accel-buffering", b"no"),  # a proxy in front would hold the events back
]


@frozen(kw_only=True)
class EventStream:
    """An answer that goes on: an ASGI application for one request.

    *first* is what the client is told at once; *is_new* says that it names no event after which to go on. It ends after
    *lifetime_s*, so that whoever may no longer look is asked again; the client connects again by itself. Where there
    is no place for one more, it ends at once, and its client is told of everything every 30 seconds instead.
    """

    recipient_id: str
    first: InboxNews
    is_new: bool
    lifetime_s: float
    follow: FollowInbox
    streams: InboxStreams
    heartbeat_s: float = HEARTBEAT_S

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what happens until the client goes away, the process ends or the time is over."""
        with self.streams.followed(self.recipient_id, self.first.last) as follower:
            await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
            if not scope.get(IS_HEAD, False):
                reconnect_ms = RECONNECT_BUSY_MS if follower is None else RECONNECT_MS
                await send(_part(_beginning(self.first, reconnect_ms, is_new=self.is_new)))
                if follower is not None:
                    await self._go_on_until_gone(follower, receive, send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _go_on_until_gone(self, follower: Follower, receive: Receive, send: Send) -> None:
        leaving = asyncio.create_task(_end_when_gone(receive, follower))
        try:
            await self._go_on(follower, send)
        finally:
            leaving.cancel()

    async def _go_on(self, follower: Follower, send: Send) -> None:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self.lifetime_s
        news = self.first
        while (left_s := until_s - loop.time()) > 0:
            if len(news.events) < EVENTS_MAX:
                await _wait(follower, min(left_s, self.heartbeat_s))
            follower.stirred.clear()
            if follower.is_over:
                return
            try:
                news = await sync_to_thread(self.follow, self.recipient_id, follower.last)
            except TocsinError:
                return  # the client connects again, and is told what is wrong
            follower.last = news.last
            await send(_part(_text(news)))


async def _wait(follower: Follower, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await follower.stirred.wait()


async def _end_when_gone(receive: Receive, follower: Follower) -> None:
    with suppress(HTTPException):  # of a body that nobody wants
        while (await receive())["type"] != "http.disconnect":
            pass
    follower.end()


def _beginning(news: InboxNews, reconnect_ms: int, *, is_new: bool) -> bytes:
    retry = f"retry: {reconnect_ms}\n\n".encode()
    return retry + (_event("counts", None, news.last, news) if is_new else _text(news))


def _text(news: InboxNews) -> bytes:
    """Return *news* as events, or as a heartbeat: a comment, and the number up to which nothing happened."""
    if news.was_cut:
        return _event("reset", None, news.last, news)
    if not news.events:
        return f":\nid: {news.last}\n\n".encode()
    return b"".join(_event(one.what, one.notification_id, one.seq, news) for one in news.events)


def _event(name: str, notification_id: int | None, seq: int, news: InboxNews) -> bytes:
    data = to_json({"id": notification_id, "counts": inbox_counts_json(news.counts)})
    return f"id: {seq}\nevent: {name}\ndata: ".encode() + data + b"\n\n"


def _part(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}
