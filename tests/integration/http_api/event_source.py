"""A client of server-sent events, as a browser is one, over a socket of its own."""

import json
import socket
from types import TracebackType
from typing import Any, Self

from attrs import frozen

PATIENCE_S = 15.0


@frozen
class Event:
    """One event as a page would get it."""

    id: int
    name: str
    data: Any


class EventSource:
    """Follows one URL, in a with statement; ``last_id`` is what it would send when it connects again."""

    def __init__(self, port: int, target: str, **headers: str) -> None:
        self.last_id = 0
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self._reader = self._socket.makefile("rb")
        lines = [f"GET {target} HTTP/1.1", "Host: localhost", "Accept: text/event-stream"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.status = int(self._reader.readline().split()[1])
        while self._reader.readline().strip():
            pass
        self._left = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._reader.close()
        self._socket.close()

    def next(self) -> Event | None:
        """Return the next event, or None if the server ended the stream."""
        while True:
            block = self._block()
            if block is None:
                return None
            fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and line[0] != ":")
            if "id" in fields:
                self.last_id = int(fields["id"])
            if "data" in fields:
                return Event(self.last_id, fields["event"], json.loads(fields["data"]))

    def several(self, how_many: int) -> list[Event]:
        """Return so many events."""
        found = []
        for _ in range(how_many):
            event = self.next()
            assert event is not None, "the stream ended"
            found.append(event)
        return found

    def _block(self) -> str | None:
        while b"\n\n" not in self._left:
            chunk = self._chunk()
            if not chunk:
                return None
            self._left += chunk
        block, _, self._left = self._left.partition(b"\n\n")
        return block.decode()

    def _chunk(self) -> bytes:
        """Return one chunk (RFC 9112 section 7.1); nothing at the end, which the server has to say."""
        line = self._reader.readline()
        assert line, "the stream was cut off"
        chunk = self._reader.read(int(line, 16))
        self._reader.readline()
        return chunk
