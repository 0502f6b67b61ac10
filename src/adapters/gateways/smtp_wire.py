"""The wire to an SMTP server: octets out, replies in, and no wait longer than it may be."""

import re
import socket
import ssl
from collections import deque

from adapters.gateways.smtp_replies import Garbage, Reply
from application.ports.clock import Clock

_LINE_MAX = 4096  # RFC 5321 4.5.3.1.5 says 512; some servers say more
_REPLY_LINES_MAX = 128
_RECEIVE_BYTES = 8192
_WAIT_TOLERANCE_S = 0.01
_NOT_SET = -1.0
_QUICK_ACKNOWLEDGEMENT = getattr(socket, "TCP_QUICKACK", None)  # where the system has it
_UNSENT_BYTES = 65_536
_UNSENT_LIMIT = getattr(socket, "TCP_NOTSENT_LOWAT", None)  # where the system has it
_REPLY_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?")


class SmtpWire:
    """A connection, or none yet. Used by one thread at a time.

    Every wait ends at the limit that was set last, however much or little comes meanwhile. All methods that wait raise
    OSError: the connection ended, the time is up, or what came is no reply (:class:`Garbage`).
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._socket: socket.socket | None = None
        self._socket_timeout_s = _NOT_SET
        self._limit_s = 0.0
        self._lines: deque[bytes] = deque()
        self._begun = b""  # of a line whose end has not come
        self._has_heard = False  # something, since we spoke last

    @property
    def is_open(self) -> bool:
        """Say whether the connection can be used further, as far as is known without asking."""
        return self._socket is not None

    @property
    def has_unread(self) -> bool:
        """Say whether something has come that was not read as a reply."""
        return bool(self._lines or self._begun)

    def limit(self, seconds: float) -> None:
        """Let all waits from now on end in *seconds*, together."""
        self._limit_s = self._clock.elapsed_s() + seconds

    def connect(self, host: str, port: int) -> None:
        """Connect to the first of the host's addresses that answers; all share the time there is."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        for tried, (family, kind, protocol, _, address) in enumerate(found):
            attempt = socket.socket(family, kind, protocol)
            try:
                attempt.settimeout(max(self._left_s() / (len(found) - tried), 0.001))
                attempt.connect(address)
                attempt.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if _UNSENT_LIMIT is not None:
                    # Else the system takes megabytes off our hands at once, and on a slow line the wait for the answer
                    # is over before the text is out.
                    attempt.setsockopt(socket.IPPROTO_TCP, _UNSENT_LIMIT, _UNSENT_BYTES)
            except OSError:
                attempt.close()
                if tried == len(found) - 1:
                    raise
            else:
                self._socket = attempt
                return
        raise socket.gaierror("the host has no address")

    def encrypt(self, tls: ssl.SSLContext, host: str) -> None:
        """Go on encrypted, with a server that shows a certificate for *host*."""
        self._socket = tls.wrap_socket(self._patient(), server_hostname=host)

    def own_address(self) -> str:
        """Return the address of this end, as :meth:`socket.socket.getsockname` has it."""
        return str(self._patient().getsockname()[0])

    def write(self, octets: bytes | memoryview) -> None:
        """Send all of *octets*: no more than some 64 KiB, because an encrypted socket begins to wait anew with more."""
        self._has_heard = False
        self._patient().sendall(octets)

    def reply(self) -> Reply:
        """Read one reply."""
        line = self._line()
        if line[3:4] == b" " and line[:3].isdigit() and b"2" <= line < b"6":  # as nearly all are: of one line
            return Reply(int(line[:3]), line[4:].decode(errors="replace").strip())
        texts: list[bytes] = []
        while len(texts) < _REPLY_LINES_MAX:
            match = _REPLY_LINE.fullmatch(line.rstrip(b"\r"))
            if match is None:
                raise Garbage(f"not a reply: {line[:80].decode(errors='replace')}")
            texts.append((match[3] or b"").strip())
            if match[2] != b"-":
                return Reply(int(match[1]), b"\n".join(texts).decode(errors="replace"))
            line = self._line()
        raise Garbage("a reply without an end")

    def is_silent(self) -> bool:
        """Say whether nothing has come since the last reply: an end or a 421 would lie there to be read."""
        if self._socket is None or self.has_unread:
            return False
        self._socket_timeout_s = _NOT_SET
        try:
            self._socket.settimeout(0)
            self._socket.recv(_RECEIVE_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """Close the connection at once."""
        self._lines.clear()
        self._begun = b""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _line(self) -> bytes:
        while not self._lines:
            if len(self._begun) > _LINE_MAX:
                raise Garbage("a line without an end")
            wire = self._patient()
            if self._has_heard and _QUICK_ACKNOWLEDGEMENT is not None:
                # It answers bit by bit, and may wait with each bit until we have acknowledged the one before (RFC 896).
                wire.setsockopt(socket.IPPROTO_TCP, _QUICK_ACKNOWLEDGEMENT, 1)
            received = wire.recv(_RECEIVE_BYTES)
            if not received:
                raise ConnectionResetError("the server closed the connection")
            self._has_heard = True
            *lines, self._begun = (self._begun + received).split(b"\n")
            self._lines.extend(lines)
        return self._lines.popleft()

    def _patient(self) -> socket.socket:
        """Return the socket, which waits for what is left; to set that costs a system call, so trifles are let be."""
        if self._socket is None:
            raise ConnectionResetError("the connection is closed")
        left_s = self._left_s()
        if left_s <= 0:
            raise TimeoutError("timed out")
        if abs(left_s - self._socket_timeout_s) > _WAIT_TOLERANCE_S:
            self._socket.settimeout(left_s)
            self._socket_timeout_s = left_s
        return self._socket

    def _left_s(self) -> float:
        return self._limit_s - self._clock.elapsed_s()
