"""What stands before the router: bounds on how a body comes in, the path as it was sent, headers on every answer."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import quote

from attrs import define, field, frozen
from litestar.exceptions import ClientException, HTTPException

from entrypoints.http_api.limits import (
    BODY_BYTES_A_SECOND,
    BODY_MAX_S,
    DRAIN_BYTES_MAX,
    DRAIN_MAX_S,
    SILENCE_MAX_S,
    WEBHOOKS_AT_ONCE,
)

Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
AsgiApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

SECURITY_HEADERS = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")]
CLOSE = (b"connection", b"close")
WEBHOOKS = "/webhooks/"
IS_HEAD = "tocsin.is_head"
"""Where a scope says that it was a HEAD: an answer without end must end at once."""


@define(eq=False)
class Incoming:
    """The body of one request as it comes in."""

    _receive: Receive
    _awaits_continue: bool
    _silence_max_s: float
    _body_max_s: float = BODY_MAX_S
    is_over: bool = False
    _began_s: float | None = None
    _received: int = 0

    async def receive(self) -> Message:
        """Return what comes next.

        :raises HTTPException: the client went silent (408) or away (400) before the body was over.
        """
        self._awaits_continue = False
        if self.is_over:
            return await self._receive()  # only a disconnect may still come
        try:
            async with asyncio.timeout(min(self._silence_max_s, self._left_s())):
                message = await self._receive()
        except TimeoutError:
            self.is_over = True
            raise HTTPException(
                status_code=HTTPStatus.REQUEST_TIMEOUT,
                detail=f"nothing came for {self._silence_max_s:g} seconds, or too little for long; "
                "send the body at once",
                headers={"Connection": "close"},
            ) from None
        self._received += len(message.get("body", b""))
        if message["type"] == "http.disconnect":
            self.is_over = True
            raise ClientException("the body was cut off")
        self.is_over = not message.get("more_body", False)
        return message

    def _left_s(self) -> float:
        """Return how long what has come so far lets the rest take: who drips gains no time by it."""
        now_s = asyncio.get_running_loop().time()
        if self._began_s is None:
            self._began_s = now_s
        return max(0.0, self._began_s + self._body_max_s + self._received / BODY_BYTES_A_SECOND - now_s)

    async def drain(self) -> bool:
        """Read what is left of a body that nobody wants, within bounds, and say whether it is over.

        A client that sends first and reads then would not see the answer if the connection were closed on it.
        """
        if self._awaits_continue:
            return False  # it holds its body back until it is told to go on, and it is told otherwise
        left = DRAIN_BYTES_MAX
        try:
            async with asyncio.timeout(DRAIN_MAX_S):
                while not self.is_over and left > 0:
                    left -= len((await self.receive()).get("body", b""))
        except (TimeoutError, HTTPException):
            return False
        return self.is_over


@frozen
class Front:
    """An ASGI application around the router."""

    app: AsgiApp
    silence_max_s: float = SILENCE_MAX_S
    body_max_s: float = BODY_MAX_S
    _webhooks: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(WEBHOOKS_AT_ONCE), init=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        incoming = Incoming(receive, _awaits_continue(scope), self.silence_max_s, self.body_max_s)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                if not incoming.is_over and not await incoming.drain():
                    message["headers"] = [*message["headers"], CLOSE]
                said = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(one for one in SECURITY_HEADERS if one[0] not in said)]
            await send(message)

        routed = _as_routed(scope)
        if routed["path"].startswith(WEBHOOKS):
            async with self._webhooks:  # these need no key, so a few bodies at once are all that anybody can fill
                await self.app(routed, incoming.receive, answer)
        else:
            await self.app(routed, incoming.receive, answer)


def _awaits_continue(scope: Scope) -> bool:
    return any(name == b"expect" and value.lower() == b"100-continue" for name, value in scope["headers"])


def _as_routed(scope: Scope) -> Scope:
    """Return *scope* with the path still percent-encoded, so that an id may have a slash; HEAD is routed as GET.

    The server leaves the body of an answer to HEAD out.
    """
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    path = raw.partition(b"?")[0].decode("ascii", errors="replace")
    is_head = scope["method"] == "HEAD"
    return {**scope, "path": path, "method": "GET" if is_head else scope["method"], IS_HEAD: is_head}
