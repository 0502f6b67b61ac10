"""One client's connection: what is no HTTP is answered as a problem, and a head that never comes is not waited for."""

import asyncio
import sys
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from entrypoints.http_api.front import CLOSE, SECURITY_HEADERS
from entrypoints.http_api.limits import CONNECTIONS_MAX, HEAD_BYTES_MAX, HEAD_MAX_S, UNREAD_MAX_S
from entrypoints.http_api.problems import RETRY_AFTER_S, Problem
from entrypoints.http_api.rendering import PROBLEM_JSON, to_json

_TOO_LARGE = (
    f"the request line and the headers take more than {HEAD_BYTES_MAX} bytes together; send fewer or shorter ones"
)


class ClientConnection(H11Protocol):
    """uvicorn's connection, with what it leaves open.

    By itself it answers what it cannot read with plain text, and waits without end for the head of a request, so that
    whoever opens connections and says nothing, or does not read, takes all the files that the process may have open.
    """

    connections_max = CONNECTIONS_MAX
    head_max_s = HEAD_MAX_S
    unread_max_s = UNREAD_MAX_S

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._patience: asyncio.TimerHandle | None = None
        self._until_read: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for the first request."""
        super().connection_made(transport)
        if len(self.connections) > self.connections_max:
            self._refuse(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"{self.connections_max} connections are open already; close some, or try again later",
                (b"retry-after", str(RETRY_AFTER_S).encode()),
            )
        else:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        self._stop_watching()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; while the head of a request is not complete, the time for it runs."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self._wait_for_head()
        else:
            self._stop_waiting()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, as far as nothing has been answered yet, and close; *msg* is uvicorn's own."""
        error = sys.exc_info()[1]
        assert isinstance(error, h11.RemoteProtocolError), msg
        status = HTTPStatus(error.error_status_hint)
        too_large = status is HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        cause = str(error).partition(": bytearray")[0]  # what h11 found there may be a key, or very long
        self._refuse(status, _TOO_LARGE if too_large else f"this is not HTTP/1.1 as RFC 9112 has it: {cause}")

    def pause_writing(self) -> None:
        """Write no more until the client has read; the time for it runs."""
        super().pause_writing()
        self._watch_reading()

    def resume_writing(self) -> None:
        """Go on writing."""
        self._stop_watching()
        super().resume_writing()

    def _watch_reading(self) -> None:
        unread = self.transport.get_write_buffer_size()
        self._until_read = self.loop.call_later(self.unread_max_s, self._expect_less_than, unread)

    def _expect_less_than(self, unread: int) -> None:
        if self.transport.get_write_buffer_size() < unread:
            self._watch_reading()
        else:
            self.transport.abort()

    def _stop_watching(self) -> None:
        if self._until_read is not None:
            self._until_read.cancel()
            self._until_read = None

    def _wait_for_head(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(self.head_max_s, self._lose_patience)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _lose_patience(self) -> None:
        has_begun = bool(self.conn.trailing_data[0])
        if has_begun:
            detail = f"no request came within {self.head_max_s:g} seconds; send its head at once"
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, detail)
        else:
            self.transport.close()

    def _refuse(self, status: HTTPStatus, detail: str, *more: tuple[bytes, bytes]) -> None:
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = to_json(Problem(status=status, title=status.phrase, detail=detail).as_json())
            headers = [
                (b"content-type", PROBLEM_JSON.encode()),
                (b"content-length", str(len(body)).encode()),
                *SECURITY_HEADERS,
                CLOSE,
                *more,
            ]
            head = h11.Response(status_code=status.value, headers=headers, reason=status.phrase.encode())
            for event in (head, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
