"""One TCP connection to a server, spoken to byte by byte."""

import json
import socket
from types import TracebackType
from typing import Any, Self

from attrs import frozen

PATIENCE_S = 10.0


@frozen
class Answer:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    json: Any


class Connection:
    """A connection in a with statement."""

    def __init__(self, port: int, key: str) -> None:
        self._key = key
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self._reader = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._reader.close()
        self._socket.close()

    def head(self, method: str, path: str, **headers: str) -> bytes:
        """Return the lines before a body."""
        lines = {
            "Host": "localhost",
            "Authorization": f"Bearer {self._key}",
            "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return "".join([f"{method} {path} HTTP/1.1\r\n", *(f"{n}: {v}\r\n" for n, v in lines.items()), "\r\n"]).encode()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def ask(self, method: str, path: str, content: Any = None, **headers: str) -> Answer:
        """Send a request and return its answer."""
        body = b"" if content is None else json.dumps(content).encode()
        self.send(self.head(method, path, Content_Length=str(len(body)), **headers) + body)
        return self.answer()

    def wait_for_continue(self) -> None:
        """Wait until the server asks for the body."""
        assert self._reader.readline().startswith(b"HTTP/1.1 100 ")
        assert self._reader.readline() == b"\r\n"

    def answer(self) -> Answer:
        """Return the next answer."""
        line = self._reader.readline()
        assert line.startswith(b"HTTP/1.1 "), line
        status = int(line.split()[1])
        headers = {}
        while line := self._reader.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        body = self._reader.read(int(headers["content-length"]))
        assert len(body) == int(headers["content-length"]), "the answer was cut off"
        return Answer(status, headers, json.loads(body))

    def is_closed(self) -> bool:
        """Say whether the server closes the connection, without a word."""
        return self._reader.read() == b""
