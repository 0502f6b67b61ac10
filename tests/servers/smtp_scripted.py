"""An SMTP server on the loopback that says and does exactly what a test tells it, at any point of the conversation."""

import contextlib
import re
import socket
import ssl
import struct
from collections import defaultdict, deque
from collections.abc import Sequence
from enum import Enum, auto
from threading import Event, Lock, Thread
from typing import NoReturn, Self, TypeAlias

from attrs import frozen

from tests.contracts.sender import Behaviour


class Act(Enum):
    """What a server can do instead of answering."""

    HANG = auto()
    CLOSE = auto()
    RESET = auto()
    DRIP = auto()  # a byte now and then, and never a whole line
    FLOOD = auto()  # a reply that never ends


Step: TypeAlias = str | bytes | Act

_USUAL: dict[str, Step] = {
    "GREETING": "220 loopback.example.com ESMTP",
    "EHLO": "250-loopback.example.com\r\n250-SIZE 10000000\r\n250 ENHANCEDSTATUSCODES",
    "HELO": "250 loopback.example.com",
    "STARTTLS": "220 2.0.0 Ready to start TLS",
    "AUTH": "235 2.7.0 Authentication successful",
    "MAIL": "250 2.1.0 Ok",
    "RCPT": "250 2.1.5 Ok",
    "DATA": "354 End data with <CR><LF>.<CR><LF>",
    "DOT": "250 2.0.0 Ok: queued as CC702256245",
    "RSET": "250 2.0.0 Ok",
    "NOOP": "250 2.0.0 Ok",
    "QUIT": "221 2.0.0 Bye",
}

_BEHAVIOURS: dict[Behaviour, dict[str, Step]] = {
    Behaviour.WORKS: {},
    Behaviour.REFUSES_CONNECTIONS: {},
    Behaviour.HANGS: {"DOT": Act.HANG},
    Behaviour.RESETS_BEFORE_READING: {"GREETING": Act.RESET},
    Behaviour.RESETS_AFTER_READING: {"DOT": Act.RESET},
    Behaviour.ANSWERS_GARBAGE: {"GREETING": "HTTP/1.1 400 Bad Request"},
    Behaviour.REJECTS: {"DOT": "554 5.7.1 Message content rejected"},
    Behaviour.FAILS: {"DOT": "451 4.3.0 Internal error, sorry"},
    Behaviour.THROTTLES: {"MAIL": "450 4.7.0 Too many messages, slow down"},
}


@frozen
class Transaction:
    """One message that was read whole: its envelope, its octets as they came, and the number of its connection."""

    sender: str
    recipient: str
    octets: bytes
    connection: int


class ScriptedSmtpServer:
    """Follows the usual course unless a test says otherwise; use as a context manager.

    Steps are named GREETING, DOT, and by their commands. ``commands`` has every line that was read, with the number of
    its connection; ``transactions`` every message read whole, and ``message_came`` is set with the first.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, *, implicit: bool = False) -> None:
        self.commands: list[tuple[int, str]] = []
        self.transactions: list[Transaction] = []
        self.message_came = Event()
        self._accepted: list[str] = []
        self._tls = tls
        self._implicit = implicit
        self._lock = Lock()
        self._always: dict[str, Step] = {}
        self._next: dict[str, deque[Step]] = defaultdict(deque)
        self._for_recipient: dict[tuple[str, str], Step] = {}
        self._connections = 0
        self._open: list[socket.socket] = []
        self._threads: list[Thread] = []
        self._release = Event()
        self._listener = self._bound(0)
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_listening()
        self.cut()
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive(), "a connection of the scripted server did not end"
        self._listener.close()

    # What a test tells it.

    def always(self, **steps: Step) -> None:
        """Take these steps from now on."""
        with self._lock:
            self._always.update(steps)

    def next(self, **steps: Step | Sequence[Step]) -> None:
        """Take these steps once, or one after the other if there are several, then the usual ones."""
        with self._lock:
            for name, given in steps.items():
                self._next[name].extend([given] if isinstance(given, Step) else given)

    def for_recipient(self, address: str, **steps: Step) -> None:
        """Take these steps in the transactions of one recipient."""
        with self._lock:
            self._for_recipient.update({(address, name): step for name, step in steps.items()})

    def cut(self) -> None:
        """End every connection that is open, also one that hangs."""
        with self._lock:
            connections, self._open = self._open, []
            self._release.set()
            self._release = Event()
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def interject(self, line: str) -> None:
        """Say something unasked on every connection that is open, and close it."""
        with self._lock:
            for connection in self._open:
                connection.sendall(line.encode() + b"\r\n")
        self.cut()

    # What the contract of senders wants of a provider.

    def behave(self, behaviour: Behaviour) -> None:
        """Treat everything like this from now on."""
        with self._lock:
            self._always = dict(_BEHAVIOURS[behaviour])
        self._stop_listening()
        self.cut()
        self._listener.close()
        self._listener = self._bound(self.port)
        if behaviour is not Behaviour.REFUSES_CONNECTIONS:  # a port that is bound and not listened at refuses
            self._listen()

    def refuse(self, address: str) -> None:
        """Say of one recipient that there is no such mailbox."""
        self.for_recipient(address, RCPT=f"550 5.1.1 <{address}>: Recipient address rejected: User unknown")

    def accepted(self) -> Sequence[str]:
        """Return the recipients of what was accepted, in order."""
        with self._lock:
            return list(self._accepted)

    def messages_read(self) -> int:
        """Return how many messages were read whole."""
        with self._lock:
            return len(self.transactions)

    def connections(self) -> int:
        """Return how often a client connected."""
        with self._lock:
            return self._connections

    # The server.

    @staticmethod
    def _bound(port: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        return listener

    def _listen(self) -> None:
        self._listener.listen(64)
        thread = Thread(target=self._accept, args=(self._listener,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _stop_listening(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self._connections += 1
                conversation = _Conversation(self, connection, self._connections, self._release)
                self._open.append(connection)
            thread = Thread(target=conversation.run, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _step(self, name: str, recipient: str) -> Step:
        with self._lock:
            if self._next[name]:
                return self._next[name].popleft()
            special = self._for_recipient.get((recipient, name))
            return special if special is not None else self._always.get(name, _USUAL.get(name, "500 5.5.1 What?"))


class _Over(Exception):
    """The conversation is over."""


class _Conversation:
    """One connection."""

    def __init__(self, server: ScriptedSmtpServer, connection: socket.socket, number: int, release: Event) -> None:
        self._server = server
        self._socket = connection
        self._number = number
        self._release = release
        self._buffer = b""
        self._sender = ""
        self._recipient = ""

    def run(self) -> None:
        try:
            with contextlib.suppress(_Over, OSError):
                if self._server._implicit:
                    self._encrypt()
                self._take("GREETING")
                while True:
                    self._command(self._until(b"\r\n").decode(errors="replace"))
        finally:
            with self._server._lock:
                if self._socket in self._server._open:
                    self._server._open.remove(self._socket)
            self._socket.close()

    def _command(self, line: str) -> None:
        with self._server._lock:
            self._server.commands.append((self._number, line))
        verb = line.partition(" ")[0].upper()
        path = re.search(r"<(.*)>", line)
        if verb == "MAIL":
            self._sender, self._recipient = path[1] if path else "", ""
        elif verb == "RCPT":
            self._recipient = path[1] if path else ""
        answer = self._take(verb)
        if verb == "STARTTLS" and answer.startswith(b"2"):
            self._encrypt()
        elif verb == "DATA" and answer.startswith(b"354"):
            self._message()
        elif verb == "QUIT":
            raise _Over

    def _message(self) -> None:
        octets = self._until(b"\r\n.\r\n") + b"\r\n"
        with self._server._lock:
            self._server.transactions.append(Transaction(self._sender, self._recipient, octets, self._number))
        self._server.message_came.set()
        self._take("DOT", on_success=self._recipient)

    def _take(self, name: str, on_success: str | None = None) -> bytes:
        step = self._server._step(name, self._recipient)
        if isinstance(step, Act):
            self._act(step)
        answer = step.encode() if isinstance(step, str) else step
        if on_success is not None and answer.startswith(b"250"):
            with self._server._lock:
                self._server._accepted.append(on_success)
        self._socket.sendall(answer + b"\r\n")
        if answer.startswith(b"421") or (name == "GREETING" and answer.startswith(b"554")):
            raise _Over
        return answer

    def _act(self, act: Act) -> NoReturn:
        if act is Act.HANG:
            self._release.wait(30)
        elif act is Act.DRIP:
            while not self._release.wait(0.02):
                self._socket.sendall(b"2")
        elif act is Act.FLOOD:
            while not self._release.is_set():
                self._socket.sendall(b"250-and so on\r\n" * 50)
        elif act is Act.RESET:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise _Over

    def _until(self, end: bytes) -> bytes:
        while end not in self._buffer:
            received = self._socket.recv(65_536)
            if not received:
                raise _Over
            self._buffer += received
        found, _, self._buffer = self._buffer.partition(end)
        return found

    def _encrypt(self) -> None:
        assert self._server._tls is not None
        plain, self._socket = self._socket, self._server._tls.wrap_socket(self._socket, server_side=True)
        with self._server._lock:
            if plain in self._server._open:
                self._server._open.remove(plain)
            self._server._open.append(self._socket)
