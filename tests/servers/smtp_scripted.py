"""An SMTP server on the loopback that says and does exactly what a test tells it, at any point of the conversation."""

import contextlib
import socket
import ssl
from collections.abc import Mapping, Sequence
from threading import Event, Thread
from typing import Self

from entrypoints.testing.sender_contract import Behaviour
from tests.servers.smtp_conversation import Conversation
from tests.servers.smtp_course import Act, Course, Ledger, Step

_BEHAVIOURS: Mapping[Behaviour, Mapping[str, Step]] = {
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


class ScriptedSmtpServer:
    """Follows the usual course unless a test says otherwise; use as a context manager.

    ``course`` is what it says and does, ``ledger`` what it has read.
    """

    def __init__(
        self, tls: ssl.SSLContext | None = None, *, implicit: bool = False, takes_groups: bool = False
    ) -> None:
        self.course = Course(takes_groups=takes_groups)
        self.ledger = Ledger()
        self.always, self.next, self.for_recipient = self.course.always, self.course.next, self.course.for_recipient
        self.commands, self.transactions = self.ledger.commands, self.ledger.transactions
        self.message_came = self.ledger.message_came
        self._tls = tls
        self._implicit = implicit
        self._lock = self.ledger.lock
        self._connections = 0
        self._open: list[Conversation] = []
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

    def cut(self) -> None:
        """End every connection that is open, also one that hangs."""
        with self._lock:
            conversations, self._open = self._open, []
            self._release.set()
            self._release = Event()
        for conversation in conversations:
            with contextlib.suppress(OSError):
                conversation.socket.shutdown(socket.SHUT_RDWR)

    def interject(self, line: str) -> None:
        """Say something unasked on every connection that is open, and close it."""
        with self._lock:
            for conversation in self._open:
                conversation.socket.sendall(line.encode() + b"\r\n")
        self.cut()

    # What the contract of senders wants of a provider.

    def behave(self, behaviour: Behaviour) -> None:
        """Treat everything like this from now on."""
        self.course.start_over(_BEHAVIOURS[behaviour])
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
            return list(self.ledger.accepted)

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
                conversation = Conversation(
                    course=self.course,
                    ledger=self.ledger,
                    socket=connection,
                    number=self._connections,
                    release=self._release,
                    tls=self._tls,
                    implicit=self._implicit,
                )
                self._open.append(conversation)
            thread = Thread(target=self._converse, args=(conversation,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _converse(self, conversation: Conversation) -> None:
        try:
            conversation.run()
        finally:
            with self._lock:
                if conversation in self._open:
                    self._open.remove(conversation)
            conversation.socket.close()
