"""Checks passwords for Postfix: the server's side of Dovecot's authentication protocol 1.1, over TCP.

https://doc.dovecot.org/latest/core/developers/design/auth_protocol.html
"""

import base64
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Self

_GREETING = "VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t0123456789abcdef0123456789abcdef\nDONE\n"


class LoginServer:
    """Knows one account; use as a context manager."""

    def __init__(self, username: str, password: str) -> None:
        expected = base64.b64encode(f"\0{username}\0{password}".encode()).decode()

        class Conversation(StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(_GREETING.encode())
                for line in self.rfile:
                    command, number, *rest = [*line.decode().rstrip("\n").split("\t"), ""]
                    if command == "AUTH":
                        verdict = "OK" if f"resp={expected}" in rest else "FAIL"
                        self.wfile.write(f"{verdict}\t{number}\tuser={username}\n".encode())

        self._server = ThreadingTCPServer(("127.0.0.1", 0), Conversation)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
