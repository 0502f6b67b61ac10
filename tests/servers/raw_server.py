"""A server on the loopback that answers requests with octets as they are, in clear or over TLS."""

import socket
import ssl
from contextlib import suppress
from threading import Thread


class RawServer:
    """Takes one connection, and answers each request on it with the next of *answers*; then it hangs up."""

    def __init__(self, *answers: bytes, tls: ssl.SSLContext | None = None) -> None:
        self._answers = answers
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):  # the client trusts nobody, or takes no more
            connection, _ = self._listener.accept()
            with connection:
                talk = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
                with talk:
                    for answer in self._answers:
                        _read(talk)
                        talk.sendall(answer)


def _read(talk: socket.socket) -> None:
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(talk)
    head, _, body = received.partition(b"\r\n\r\n")
    length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
    missing = int(length.partition(b":")[2]) - len(body)
    while missing > 0:
        missing -= len(_more(talk))


def _more(talk: socket.socket) -> bytes:
    octets = talk.recv(65_536)
    if not octets:
        raise ConnectionError("the client went away")
    return octets
