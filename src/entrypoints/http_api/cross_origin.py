"""Web pages of other origins that use the inbox (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol).

They show a person's token in a header or in the query, never a cookie, so credentials are allowed to nobody.
"""

import re
from typing import Final

from attrs import frozen

from entrypoints.http_api.front import AsgiApp, Message, Receive, Scope, Send

_INBOX: Final = re.compile(r"/v1/recipients/[^/]+/inbox(?!/token/*\Z)(?:/.*)?\Z")
"""What a browser calls. Tokens are made by a backend, with a key that no browser has."""

_PREFLIGHT: Final = [
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"authorization, content-type, last-event-id"),
    (b"access-control-max-age", b"600"),
]
_EXPOSED: Final = (b"access-control-expose-headers", b"retry-after, www-authenticate")
_VARY: Final = (b"vary", b"origin")


@frozen
class CrossOrigin:
    """An ASGI application around the router; pages of *origins* may read what the inbox routes answer."""

    app: AsgiApp
    origins: frozenset[str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if not self.origins or scope["type"] != "http" or not _INBOX.match(scope["path"]):
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        origin: bytes = headers.get(b"origin", b"")
        is_allowed = origin.decode("latin-1") in self.origins
        allowed = [(b"access-control-allow-origin", origin)] if is_allowed else []
        if is_allowed and scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            answer = [*allowed, *_PREFLIGHT, _VARY]
            await send({"type": "http.response.start", "status": 204, "headers": answer})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return

        async def with_origin(message: Message) -> None:
            if message["type"] == "http.response.start":
                more = [*allowed, _EXPOSED] if allowed else []
                message["headers"] = [*message["headers"], *more, _VARY]
            await send(message)

        await self.app(scope, receive, with_origin)
