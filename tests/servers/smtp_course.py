"""What a scripted SMTP server says and does at each step, and what it has read so far."""

from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from threading import Event, Lock
from typing import TypeAlias

from attrs import define, field, frozen


class Act(Enum):
    """What a server can do instead of answering."""

    HANG = auto()
    CLOSE = auto()
    RESET = auto()
    GO_AHEAD_AND_RESET = auto()  # says 354, and resets before anything of the text can come
    DRIP = auto()  # a byte now and then, and never a whole line
    FLOOD = auto()  # a reply that never ends


class Manner(Enum):
    """How the octets of answers travel."""

    ONE_BY_ONE = auto()  # each answer in a packet of its own
    TOGETHER = auto()  # the answers to all that has come in one packet, as RFC 2920 3.2 wants it
    BYTE_BY_BYTE = auto()
    HESITANT = auto()  # one by one, each when the one before is acknowledged (RFC 896)


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

WITH_PIPELINING = "250-loopback.example.com\r\n250-PIPELINING\r\n250-SIZE 10000000\r\n250 ENHANCEDSTATUSCODES"
"""An answer to EHLO that offers to take groups of commands."""


class Course:
    """The steps of every conversation: the usual ones, unless a test says otherwise.

    Steps are named GREETING, DOT, and by their commands. With *takes_groups* the server offers PIPELINING.
    """

    def __init__(self, *, takes_groups: bool) -> None:
        self.manner = Manner.ONE_BY_ONE
        self._usual = _USUAL | ({"EHLO": WITH_PIPELINING} if takes_groups else {})
        self._lock = Lock()
        self._always: dict[str, Step] = {}
        self._next: dict[str, deque[Step | None]] = defaultdict(deque)
        self._for_recipient: dict[tuple[str, str], Step] = {}

    def start_over(self, steps: Mapping[str, Step]) -> None:
        """Take *steps* from now on, and no others than the usual ones."""
        with self._lock:
            self._always = dict(steps)

    def always(self, **steps: Step) -> None:
        """Take these steps from now on."""
        with self._lock:
            self._always.update(steps)

    def next(self, **steps: Step | Sequence[Step | None]) -> None:
        """Take these steps once, or one after the other if there are several (None: the usual one), then the usual."""
        with self._lock:
            for name, given in steps.items():
                self._next[name].extend([given] if isinstance(given, Step) else given)

    def for_recipient(self, address: str, **steps: Step) -> None:
        """Take these steps in the transactions of one recipient."""
        with self._lock:
            self._for_recipient.update({(address, name): step for name, step in steps.items()})

    def step(self, name: str, recipient: str, usual: Step | None = None) -> Step:
        """Return what comes at a step; *usual* is what the standard wants there now, if not the usual."""
        with self._lock:
            following = self._next[name].popleft() if self._next[name] else None
            if following is not None:
                return following
            special = self._for_recipient.get((recipient, name))
            return special or self._always.get(name) or usual or self._usual.get(name, "500 5.5.1 What?")


@frozen
class Transaction:
    """One message that was read whole: its envelope, its octets as they came, and the number of its connection."""

    sender: str
    recipient: str
    octets: bytes
    connection: int


@define(eq=False)
class Ledger:
    """What came from clients.

    ``commands`` has every line that was read, with the number of its connection; ``grouped`` those that lay there
    before what came ahead of them was answered; ``begun`` the recipients of texts of which some came; ``transactions``
    every message read whole, and ``accepted`` the recipients of those that were accepted; ``breaches`` where a client
    broke a rule. ``message_came`` is set with the first message, ``on_message`` called with the recipient of each.
    """

    commands: list[tuple[int, str]] = field(factory=list)
    grouped: list[str] = field(factory=list)
    begun: list[str] = field(factory=list)
    transactions: list[Transaction] = field(factory=list)
    accepted: list[str] = field(factory=list)
    breaches: list[str] = field(factory=list)
    message_came: Event = field(factory=Event)
    on_message: Callable[[str], None] = lambda _: None
    lock: Lock = field(factory=Lock)

    def note(self, connection: int, command: str, *, grouped: bool) -> None:
        """Keep one command."""
        with self.lock:
            self.commands.append((connection, command))
            if grouped:
                self.grouped.append(command)

    def take(self, transaction: Transaction) -> None:
        """Keep a message that was read whole, before it is answered."""
        with self.lock:
            self.transactions.append(transaction)
        self.message_came.set()
        self.on_message(transaction.recipient)
