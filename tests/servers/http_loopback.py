"""An HTTP server on the loopback that records what it gets and answers, or misbehaves, as it is told."""

import json
import socket
import ssl
import struct
from collections.abc import Callable, Mapping
from enum import Enum, auto
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from attrs import field, frozen

_HANG_MAX_S = 30.0
_DRIP_S = 0.1
_RST_ON_CLOSE = struct.pack("ii", 1, 0)


@frozen(kw_only=True)
class Request:
    """One request as it came. Names of headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@frozen
class Reply:
    """One answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(factory=dict)


def json_reply(status: int, body: Any, **headers: str) -> Reply:
    """Return an answer in JSON; ``Retry_After="2"`` gives the header ``Retry-After``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/json;charset=utf-8", **named})


class Trouble(Enum):
    """What may come instead of an answer; the first before the request is read, the others after it."""

    RESET_BEFORE_READING = auto()
    RESET = auto()
    HANG = auto()
    TRUNCATED = auto()
    NOT_HTTP = auto()
    DRIP = auto()  # one byte now and then, for ever


class LoopbackServer:
    """Serves HTTP/1.1 with kept connections, a thread each, until it is closed; over TLS where *tls* is given."""

    def __init__(self, answer: Callable[[Request], Reply | Trouble], tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.reset_at_once = False
        self._answer = answer
        self._lock = Lock()
        self._requests: list[Request] = []
        self._accepted = 0
        self._open: set[socket.socket] = set()
        self._threads: list[Thread] = []
        self._release = Event()
        self._port = 0
        self._listener: socket.socket | None = None
        self.listen()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    @property
    def requests(self) -> list[Request]:
        with self._lock:
            return list(self._requests)

    @property
    def connections(self) -> int:
        with self._lock:
            return self._accepted

    def listen(self) -> None:
        """Take connections, at the same port as before."""
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self._port), backlog=128)
            self._port = self._listener.getsockname()[1]
            self._start(self._accept, self._listener)

    def refuse(self) -> None:
        """Take no connections any more."""
        if self._listener is not None:
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
            self._listener.close()
            self._listener = None

    def disconnect(self) -> None:
        """Close every connection, and end what hangs."""
        with self._lock:
            release, self._release = self._release, Event()
            connections = list(self._open)
        release.set()
        for connection in connections:
            _shut(connection)

    def close(self) -> None:
        self.refuse()
        self.disconnect()
        for thread in self._threads:
            thread.join(_HANG_MAX_S)

    def _start(self, work: Callable[[socket.socket], None], connection: socket.socket) -> None:
        thread = Thread(target=work, args=(connection,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            if self._tls is not None:  # hands are shaken by the thread that reads
                connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            with self._lock:
                self._accepted += 1
                self._open.add(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            release = self._release
            try:
                if self.reset_at_once:
                    _reset(connection)
                    return
                while (request := _read(stream)) is not None:
                    with self._lock:
                        self._requests.append(request)
                    if not _give(connection, self._answer(request), release):
                        return
            except OSError:
                return  # the client went away, or the test closed the connection
            finally:
                with self._lock:
                    self._open.discard(connection)


def _read(stream: Any) -> Request | None:
    first = stream.readline()
    if not first:
        return None
    method, target, _ = first.decode("ascii").split()
    headers = {}
    while (line := stream.readline().decode("latin-1").strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", "0")))
    return Request(method=method, target=target, headers=headers, body=body)


def _give(connection: socket.socket, answer: Reply | Trouble, release: Event) -> bool:
    """Send *answer*, and say whether the connection goes on."""
    match answer:
        case Reply(status, body, headers):
            lines = [f"HTTP/1.1 {status} {'OK' if status < 400 else 'Error'}", f"Content-Length: {len(body)}"]
            lines += [f"{name}: {value}" for name, value in headers.items()]
            connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
            return True
        case Trouble.RESET | Trouble.RESET_BEFORE_READING:
            _reset(connection)
        case Trouble.HANG:
            release.wait(_HANG_MAX_S)
        case Trouble.TRUNCATED:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nContent-Type: application/json\r\n\r\n{")
        case Trouble.NOT_HTTP:
            connection.sendall(b"\x16\x03garbage that is not HTTP\r\n\r\n")
        case Trouble.DRIP:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not release.wait(_DRIP_S):
                connection.sendall(b"x")
    return False


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST_ON_CLOSE)


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # closed already
