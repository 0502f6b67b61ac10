"""One connection of the scripted SMTP server: strict about what a client may say and when (RFC 5321, RFC 2920)."""

import contextlib
import re
import socket
import ssl
import struct
from threading import Event
from typing import NoReturn

from attrs import define, field

from tests.servers.smtp_course import Act, Course, Ledger, Manner, Transaction

_LAST_OF_A_GROUP = frozenset({"DATA", "EHLO", "HELO", "STARTTLS", "AUTH", "QUIT", "NOOP"})
"""What may only be the last of a group (RFC 2920 3.1); a login is a conversation of its own."""


class _Over(Exception):
    """The conversation is over."""


@define(eq=False, kw_only=True)
class Conversation:
    """One connection, ``number`` so and so. ``release`` ends it where it hangs."""

    course: Course
    ledger: Ledger
    socket: socket.socket
    number: int
    release: Event
    tls: ssl.SSLContext | None
    implicit: bool
    _came: bytes = field(default=b"", init=False)
    _unsaid: bytes = field(default=b"", init=False)
    _takes_groups: bool = field(default=False, init=False)
    _sender: str | None = field(default=None, init=False)
    _recipient: str = field(default="", init=False)
    _is_valid: bool = field(default=False, init=False)  # the recipient was accepted

    def run(self) -> None:
        """Talk until one of the two has enough, and close."""
        with contextlib.suppress(_Over, OSError):
            if self.course.manner is not Manner.HESITANT:
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.implicit:
                self._encrypt()
            self._answer("GREETING")
            while True:
                grouped = bool(self._came)
                line = self._until(b"\r\n").decode(errors="replace")
                self.ledger.note(self.number, line, grouped=grouped)
                self._command(line, grouped=grouped)

    def _command(self, line: str, *, grouped: bool) -> None:
        verb = line.partition(" ")[0].upper()
        if (grouped and not self._takes_groups) or (self._came and verb in _LAST_OF_A_GROUP):
            self._breach(f"{line} came in a group where it may not")
        path = re.search(r"<(.*)>", line)
        match verb:
            case "MAIL":
                self._mail(path[1] if path else "")
            case "RCPT":
                self._rcpt(path[1] if path else "")
            case "DATA":
                self._data()
            case "EHLO":
                self._takes_groups = b"PIPELINING" in self._answer(verb)
            case "STARTTLS":
                if self._answer(verb).startswith(b"2"):
                    self._encrypt()
            case "RSET":
                self._answer(verb)
                self._end_transaction()
            case _:
                self._answer(verb)
                if verb == "QUIT":
                    self._flush()
                    raise _Over

    def _mail(self, sender: str) -> None:
        if self._sender is not None:
            self._breach("MAIL came within a transaction")
        self._end_transaction()
        if self._answer("MAIL").startswith(b"250"):
            self._sender = sender

    def _rcpt(self, recipient: str) -> None:
        self._recipient = recipient
        usual = None if self._sender is not None else "503 5.5.1 Need MAIL first"
        self._is_valid = self._answer("RCPT", usual).startswith(b"250")

    def _data(self) -> None:
        usual = None if self._is_valid else "554 5.5.1 No valid recipients"
        if self._answer("DATA", usual).startswith(b"354"):
            self._text()

    def _text(self) -> None:
        self._flush()
        octets = self._until(b"\r\n.\r\n", after=b"\r\n")[2:] + b"\r\n"
        is_empty = octets == b"\r\n"
        if is_empty is self._is_valid:
            self._breach(f"{'no text' if is_empty else 'a text'} came, and the recipient is valid: {self._is_valid}")
        if self._is_valid:
            self.ledger.take(Transaction(self._sender or "", self._recipient, octets, self.number))
            self._answer("DOT", recipient=self._recipient)
        else:
            self._answer("DOT", "554 5.5.1 No valid recipients")
        self._end_transaction()

    def _end_transaction(self) -> None:
        self._sender, self._recipient, self._is_valid = None, "", False

    def _breach(self, rule: str) -> None:
        with self.ledger.lock:
            self.ledger.breaches.append(rule)

    def _answer(self, name: str, usual: str | None = None, recipient: str | None = None) -> bytes:
        """Take a step; a success is one of a mail for *recipient*, if that is given."""
        step = self.course.step(name, self._recipient, usual)
        if isinstance(step, Act):
            self._flush()
            self._act(step)
        answer = step.encode() if isinstance(step, str) else step
        if recipient is not None and answer.startswith(b"250"):
            with self.ledger.lock:
                self.ledger.accepted.append(recipient)
        self._say(answer + b"\r\n")
        if answer.startswith(b"421") or (name == "GREETING" and answer.startswith(b"554")):
            self._flush()
            raise _Over
        return answer

    def _say(self, octets: bytes) -> None:
        match self.course.manner:
            case Manner.ONE_BY_ONE | Manner.HESITANT:
                self.socket.sendall(octets)
            case Manner.TOGETHER:
                self._unsaid += octets
            case Manner.BYTE_BY_BYTE:
                for octet in octets:
                    self.socket.sendall(bytes([octet]))

    def _flush(self) -> None:
        unsaid, self._unsaid = self._unsaid, b""
        self.socket.sendall(unsaid)

    def _act(self, act: Act) -> NoReturn:
        if act is Act.GO_AHEAD_AND_RESET:
            self.socket.sendall(b"354 Go ahead\r\n")
            act = Act.RESET
        if act is Act.HANG:
            self.release.wait(30)
        elif act is Act.DRIP:
            while not self.release.wait(0.02):
                self.socket.sendall(b"2")
        elif act is Act.FLOOD:
            while not self.release.is_set():
                self.socket.sendall(b"250-and so on\r\n" * 50)
        elif act is Act.RESET:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise _Over

    def _until(self, end: bytes, after: bytes = b"") -> bytes:
        """Return what comes up to *end*, with *after* taken as read before; that is where a text begins."""
        self._came = after + self._came
        while end not in self._came:
            self._flush()
            received = self.socket.recv(65_536)
            if not received:
                raise _Over
            if after and received != b".\r\n":
                with self.ledger.lock:
                    self.ledger.begun.append(self._recipient)
            self._came += received
        found, _, self._came = self._came.partition(end)
        return found

    def _encrypt(self) -> None:
        assert self.tls is not None
        self.socket = self.tls.wrap_socket(self.socket, server_side=True)
