"""A client that calls an ASGI application in this process, as a server would."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from anyio.from_thread import BlockingPortal
from attrs import frozen

from entrypoints.http_api.front import AsgiApp, Message


@frozen
class Received:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def fields(self) -> list[str]:
        """The fields that a problem names."""
        return [error["field"] for error in self.json["errors"]]


@frozen
class AsgiClient:
    """Sends one request a call; any thread may use it."""

    app: AsgiApp
    portal: BlockingPortal

    def __call__(
        self, method: str, target: str, chunks: Sequence[bytes] = (b"",), headers: Sequence[tuple[str, str]] = ()
    ) -> Received:
        return self.portal.call(self._exchange, method, target, list(chunks), headers)

    async def _exchange(
        self, method: str, target: str, chunks: list[bytes], headers: Sequence[tuple[str, str]]
    ) -> Received:
        raw_path, _, query = target.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(raw_path),
            "raw_path": raw_path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 8080),
            "state": {},
        }
        answered: list[Message] = []

        async def receive() -> Message:
            if not chunks:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": chunks.pop(0), "more_body": bool(chunks)}

        async def send(message: Message) -> None:
            answered.append(message)

        await self.app(scope, receive, send)
        start, *bodies = answered
        return Received(
            status=start["status"],
            headers={name.decode(): value.decode() for name, value in start["headers"]},
            body=b"".join(message.get("body", b"") for message in bodies),
        )
