"""One connection to an SMTP server, which knows how far it has come."""

import base64
import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator

from adapters.gateways.mime import Mail
from adapters.gateways.smtp_replies import CLOSING, Garbage, Lost, Phase, Refused, SmtpTrouble, Unfit
from adapters.gateways.smtp_settings import SmtpSettings, Tls
from application.ports.clock import Clock, Deadline

_LINE_MAX = 4096  # RFC 5321 4.5.3.1.5 says 512; some servers say more
_REPLY_LINES_MAX = 128
_RECEIVE_BYTES = 8192
_SEND_BYTES = 65_536
_GOODBYE_S = 0.5
_REPLY_LINE = re.compile(rb"([2-5][0-9]{2})([ -].*)?")

_QUEUE_IDS = (
    re.compile(r"\bqueued as ([\w.-]{1,128})", re.IGNORECASE),  # Postfix, Amazon, many relays
    re.compile(r"\bid=([\w.-]{1,128})", re.IGNORECASE),  # Exim
    re.compile(r"(?:2\.\d+\.\d+ )?([\w.-]{1,128}) Message accepted", re.IGNORECASE),  # sendmail
    re.compile(r"(?:2\.\d+\.\d+ )?Ok:? ([0-9a-f]+(?:-[0-9a-f]+)+)\Z", re.IGNORECASE),  # Amazon SES
)


class SmtpSession(smtplib.SMTP):
    """A connection that is open and logged in, once :meth:`open` has returned. Used by one thread at a time.

    What :mod:`smtplib` lacks: it knows the phase in which something failed, every wait is bounded as a whole and not
    a packet at a time, and the answer to the message is kept. All methods raise :class:`SmtpTrouble`; what ends with
    :class:`Lost` or a 421 is closed.
    """

    def __init__(self, settings: SmtpSettings, tls: ssl.SSLContext | None, clock: Clock) -> None:
        super().__init__(local_hostname="localhost")  # connects nowhere; the name is set once the socket has one
        self.phase = Phase.CONNECT
        self.delivered = 0
        self.idle_since_s = 0.0
        self._settings = settings
        self._tls = tls
        self._clock = clock
        self._limit = Deadline(0.0, clock)
        self._received = b""

    @property
    def is_open(self) -> bool:
        """Say whether the connection can be used further, as far as is known without asking."""
        return self.sock is not None

    def open(self, deadline: Deadline) -> None:
        """Connect, encrypt as the settings say, and log in."""
        self._begin(deadline)
        with self._at(Phase.CONNECT):
            self.sock = self._connected()
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.local_hostname = _own_name(self.sock)
        if self._settings.tls is Tls.TLS:
            self._encrypt()
        with self._at(Phase.GREETING):
            self._expect(2, *self.getreply())
        self._hello()
        if self._settings.tls is Tls.STARTTLS:
            self._start_tls()
        if self._settings.username is not None:
            self._log_in(self._settings.username, self._settings.password or "")

    def deliver(self, mail: Mail, deadline: Deadline) -> str | None:
        """Hand over one mail and return the server's name for it, if one is recognised.

        The envelope is bounded by the timeout and *deadline*. Once the message is on its way only the timeout counts:
        giving up a moment before the answer would lose it.
        """
        self._begin(deadline)
        options = self._mail_options(mail)
        with self._at(Phase.MAIL):
            self.command_encoding = "utf-8" if mail.needs_smtputf8 else "ascii"
            self._expect(2, *self.docmd(f"MAIL FROM:<{mail.sender}>{options}"))
        try:
            with self._at(Phase.RCPT):
                self._expect(2, *self.docmd(f"RCPT TO:<{mail.recipient}>"))
            with self._at(Phase.DATA):
                self._expect(3, *self.docmd("DATA"))
        except Refused:
            self._reset()
            raise
        text = self._transmit(mail.octets)
        self.delivered += 1
        return _queue_id(text)

    def noop(self) -> tuple[int, bytes]:
        """Ask whether the server is still there."""
        with self._at(Phase.HELLO):
            reply = self.docmd("NOOP")
            self._expect(2, *reply)
        return reply

    def is_silent(self) -> bool:
        """Say whether nothing has come since the last answer: an end or a 421 would lie there to be read."""
        if self.sock is None or self._received:
            return False
        self.sock.settimeout(0)
        try:
            self.sock.recv(_RECEIVE_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        return False

    def leave(self) -> None:
        """Say goodbye, without much patience, and close."""
        if self.sock is not None:
            self._limit = Deadline.after(_GOODBYE_S, self._clock)
            with contextlib.suppress(OSError):
                self.docmd("QUIT")
        self.close()

    # The pieces of smtplib that wait: each wait is cut to what is left of the whole.

    def send(self, s: "str | bytes | bytearray | memoryview[int]") -> None:  # type: ignore[override]  # no arrays
        """Send all of *s*."""
        octets = memoryview(s.encode(self.command_encoding) if isinstance(s, str) else s)
        for start in range(0, len(octets), _SEND_BYTES):
            self._patient_socket().sendall(octets[start : start + _SEND_BYTES])

    def getreply(self) -> tuple[int, bytes]:
        """Read one reply.

        :raises OSError: the connection ended, the time is up, or what came is no reply (:class:`Garbage`).
        """
        lines: list[bytes] = []
        while len(lines) < _REPLY_LINES_MAX:
            line = self._line()
            match = _REPLY_LINE.fullmatch(line)
            if match is None:
                raise Garbage(f"not a reply: {line[:80].decode(errors='replace')}")
            lines.append((match[2] or b" ")[1:].strip())
            if not (match[2] or b"").startswith(b"-"):
                return int(match[1]), b"\n".join(lines)
        raise Garbage("a reply without an end")

    def close(self) -> None:
        """Close the connection at once."""
        self._received = b""
        if self.sock is not None:
            self.sock.close()
            self.sock = None

    def _line(self) -> bytes:
        while b"\n" not in self._received:
            if len(self._received) > _LINE_MAX:
                raise Garbage("a line without an end")
            received = self._patient_socket().recv(_RECEIVE_BYTES)
            if not received:
                raise ConnectionResetError("the server closed the connection")
            self._received += received
        line, _, self._received = self._received.partition(b"\n")
        return line.rstrip(b"\r")

    def _patient_socket(self) -> socket.socket:
        if self.sock is None:
            raise ConnectionResetError("the connection is closed")
        left = self._limit.remaining_s()
        if left <= 0:
            raise TimeoutError("timed out")
        self.sock.settimeout(left)
        return self.sock

    # Steps.

    def _begin(self, deadline: Deadline) -> None:
        self._limit = Deadline(min(self._clock.elapsed_s() + self._settings.timeout_s, deadline.at_s), self._clock)

    @contextlib.contextmanager
    def _at(self, phase: Phase) -> Iterator[None]:
        """Say in which phase what goes wrong here went wrong, and close what cannot be used further."""
        self.phase = phase
        try:
            yield
        except OSError as error:
            self.close()
            raise Lost(phase, error) from error
        except SmtpTrouble as trouble:
            if phase in (Phase.GREETING, Phase.HELLO, Phase.TLS, Phase.AUTH) or not isinstance(trouble, Refused):
                self.leave()
            elif trouble.code == CLOSING:
                self.close()
            raise

    def _expect(self, kind: int, code: int, text: bytes) -> str:
        """Return the text of a reply whose first digit is *kind*; another is a refusal, or makes no sense here."""
        words = text.decode(errors="replace")
        if code // 100 == kind:
            return words
        if code // 100 in (4, 5):
            raise Refused(self.phase, code, words)
        raise Garbage(f"{code} {words}")

    def _connected(self) -> socket.socket:
        """Return a socket to the first of the host's addresses that answers; all share the time there is."""
        found = socket.getaddrinfo(self._settings.host, self._settings.port, type=socket.SOCK_STREAM)
        for tried, (family, kind, protocol, _, address) in enumerate(found):
            attempt = socket.socket(family, kind, protocol)
            try:
                attempt.settimeout(max(self._limit.remaining_s() / (len(found) - tried), 0.001))
                attempt.connect(address)
            except OSError:
                attempt.close()
                if tried == len(found) - 1:
                    raise
            else:
                return attempt
        raise socket.gaierror("the host has no address")

    def _encrypt(self) -> None:
        with self._at(Phase.TLS):
            assert self._tls is not None
            self.sock = self._tls.wrap_socket(self._patient_socket(), server_hostname=self._settings.host)

    def _start_tls(self) -> None:
        with self._at(Phase.TLS):
            if not self.has_extn("starttls"):
                raise Unfit(
                    Phase.TLS, "the server offers no STARTTLS, and we do not go on in clear; check port and tls"
                )
            self._expect(2, *self.docmd("STARTTLS"))
            if self._received:  # anything sent before TLS could come from somebody in between
                raise Unfit(Phase.TLS, "the server sent more than its answer before TLS began; nothing was sent")
        self._encrypt()
        self._hello()

    def _hello(self) -> None:
        with self._at(Phase.HELLO):
            code, text = self.ehlo()
            if code // 100 == 5:  # noqa: PLR2004  (a server of before 1995)
                self._expect(2, *self.helo())
            else:
                self._expect(2, code, text)

    def _log_in(self, username: str, password: str) -> None:
        with self._at(Phase.AUTH):
            offered = self.esmtp_features.get("auth", "").upper().split()
            if "PLAIN" in offered:  # RFC 4616
                self._expect(2, *self.docmd("AUTH PLAIN", _base64(f"\0{username}\0{password}")))
            elif "LOGIN" in offered:
                self._expect(3, *self.docmd("AUTH LOGIN"))
                self._expect(3, *self.docmd(_base64(username)))
                self._expect(2, *self.docmd(_base64(password)))
            else:
                ways = " ".join(offered) or "none"
                raise Unfit(
                    Phase.AUTH, f"the server offers no login by PLAIN or LOGIN (offered: {ways}); check port and tls"
                )

    def _mail_options(self, mail: Mail) -> str:
        options = f" SIZE={len(mail.octets)}" if self.has_extn("size") else ""
        if mail.needs_smtputf8:
            if not self.has_extn("smtputf8"):
                raise Unfit(Phase.MAIL, "the server cannot carry an address beyond ASCII (no SMTPUTF8)")
            options += " SMTPUTF8 BODY=8BITMIME"
        return options

    def _transmit(self, octets: bytes) -> str:
        """Send the message, and return what the server says once it has the final dot."""
        octets = octets.replace(b"\r\n.", b"\r\n..") + b".\r\n"
        with self._at(Phase.DATA):  # as long as the dot is not among what was sent, the server cannot have taken it
            self.send(octets[:-_SEND_BYTES])
        self._limit = Deadline.after(self._settings.timeout_s, self._clock)
        with self._at(Phase.DOT):
            self.send(octets[-_SEND_BYTES:])
            return self._expect(2, *self.getreply())

    def _reset(self) -> None:
        """End a transaction that was refused half-way; one that cannot be ended takes the connection with it."""
        if self.sock is None:
            return
        try:
            code, _ = self.docmd("RSET")
        except OSError:
            self.close()
        else:
            if code // 100 != 2:  # noqa: PLR2004  (the class of success)
                self.close()


def _own_name(connection: socket.socket) -> str:
    """Return how we introduce ourselves: the machine's full name, else its address (RFC 5321 4.1.4); no DNS."""
    name = socket.gethostname()
    if "." in name and re.fullmatch(r"[A-Za-z0-9.-]+", name):
        return name
    address = connection.getsockname()[0]
    return f"[IPv6:{address.partition('%')[0]}]" if ":" in address else f"[{address}]"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _queue_id(text: str) -> str | None:
    for pattern in _QUEUE_IDS:
        if match := pattern.search(text):
            return match[1].rstrip(".")
    return None
