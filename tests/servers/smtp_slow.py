"""An SMTP server at the end of a slow line."""

import contextlib
import socket
from threading import Event, Thread
from typing import Self

_PIECE_BYTES = 16_384
_BUFFER_BYTES = 65_536
_ANSWERS = {b"EHLO": b"250 slow.example.com", b"DATA": b"354 Go on", b"QUIT": b"221 Bye"}


class SlowSmtpServer:
    """Reads no more than *bytes_per_s*; use as a context manager. ``read_bytes`` is what came so far."""

    def __init__(self, bytes_per_s: float) -> None:
        self.read_bytes = 0
        self._pause_s = _PIECE_BYTES / bytes_per_s
        self._over = Event()
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)  # or the system reads ahead
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self._thread = Thread(target=self._serve, daemon=True)
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            Thread(target=self._attend, args=(connection,), daemon=True).start()

    def _attend(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        connection.sendall(b"220 slow.example.com\r\n")
        read = b""
        while not self._over.is_set():
            while b"\r\n" not in read:
                read += self._some(connection)
            line, _, read = read.partition(b"\r\n")
            verb = line[:4].upper()
            connection.sendall(_ANSWERS.get(verb, b"250 Ok") + b"\r\n")
            if verb == b"DATA":
                end = b""
                while not end.endswith(b"\r\n.\r\n"):
                    end = (end + self._some(connection))[-_PIECE_BYTES:]
                connection.sendall(b"250 Ok\r\n")

    def _some(self, connection: socket.socket) -> bytes:
        octets = connection.recv(_PIECE_BYTES)
        if not octets:
            raise ConnectionResetError
        self.read_bytes += len(octets)
        if len(octets) == _PIECE_BYTES:
            self._over.wait(self._pause_s)
        return octets
