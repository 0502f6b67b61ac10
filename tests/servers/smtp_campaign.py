"""An SMTP server that treats a large mailing as the world does: refuses some, defers some, drops a few answers."""

import contextlib
import re
import socketserver
import threading
from collections import Counter
from collections.abc import Callable
from typing import Self

from attrs import define, field

_ADDRESS = re.compile(rb"<([^>]*)>")
_GREETING = re.compile(rb"^Hello ([^,]+),", re.MULTILINE)


@define(eq=False)
class Mailing:
    """How addresses are treated, and a log of every mail that was taken, answered or not.

    *refused* addresses get 550 5.1.1, *deferred* ones 451 4.3.0 the first time, and for *dropped* ones the connection
    is closed after the final dot of the first try, when the mail is already taken.
    """

    refused: frozenset[str] = frozenset()
    deferred: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    taken: Counter[str] = field(factory=Counter)
    greeted: dict[str, str] = field(factory=dict)
    tried: Counter[str] = field(factory=Counter)
    on_taken: Callable[[int], None] = lambda _: None
    lock: threading.Lock = field(factory=threading.Lock)

    def at_recipient(self, address: str) -> bytes:
        """Return the reply to RCPT TO."""
        if address in self.refused:
            return b"550 5.1.1 No such user here\r\n"
        with self.lock:
            self.tried[address] += 1
            if address in self.deferred and self.tried[address] == 1:
                return b"451 4.3.0 Try again later\r\n"
        return b"250 2.1.5 Ok\r\n"

    def take(self, address: str, octets: bytes) -> bytes | None:
        """Take a mail and return the reply, or None to close the connection without one."""
        greeting = _GREETING.search(octets)
        with self.lock:
            self.taken[address] += 1
            self.greeted[address] = greeting[1].decode() if greeting else ""
            total = self.taken.total()
            is_dropped = address in self.dropped and self.taken[address] == 1
        self.on_taken(total)
        return None if is_dropped else b"250 2.0.0 Ok: queued as %08X\r\n" % total


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # a client that was killed
            self._converse()

    def _converse(self) -> None:
        mailing = self.server.mailing  # type: ignore[attr-defined]  # set by CampaignServer
        self.wfile.write(b"220 loopback ESMTP\r\n")
        address, is_valid = "", False
        while line := self.rfile.readline(2000):
            verb = line[:4].upper()
            if verb == b"EHLO":
                self.wfile.write(b"250-loopback\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n")
            elif verb == b"RCPT":
                found = _ADDRESS.search(line)
                address = found[1].decode() if found else ""
                answer = mailing.at_recipient(address)
                is_valid = answer.startswith(b"250")
                self.wfile.write(answer)
            elif verb == b"DATA" and not is_valid:
                self.wfile.write(b"554 5.5.1 No valid recipients\r\n")
            elif verb == b"DATA":
                self.wfile.write(b"354 Go on\r\n")
                octets = self._body()
                if octets is None:
                    return
                reply = mailing.take(address, octets)
                if reply is None:
                    return
                self.wfile.write(reply)
            elif verb == b"QUIT":
                self.wfile.write(b"221 2.0.0 Bye\r\n")
                return
            else:
                self.wfile.write(b"250 2.0.0 Ok\r\n")

    def _body(self) -> bytes | None:
        """Return the mail up to the final dot, or None if the client went away before it."""
        lines: list[bytes] = []
        while line := self.rfile.readline():
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line)
        return None


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


class CampaignServer:
    """Serves a :class:`Mailing` on the loopback, on a free port unless one is given; use as a context manager."""

    def __init__(self, mailing: Mailing, port: int = 0) -> None:
        self._server = _Server(("127.0.0.1", port), _Conversation)
        self._server.mailing = mailing  # type: ignore[attr-defined]  # for the conversations
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
