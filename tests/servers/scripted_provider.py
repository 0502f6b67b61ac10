"""What the servers that stand for providers over HTTP have in common: what they are told, and what they took."""

import ssl
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from threading import Lock
from types import MappingProxyType
from typing import ClassVar

from entrypoints.testing.sender_contract import Behaviour
from tests.servers.http_loopback import LoopbackServer, Reply, Request, Trouble

_BROKEN: Mapping[Behaviour, Trouble] = MappingProxyType(
    {
        Behaviour.HANGS: Trouble.HANG,
        Behaviour.RESETS_AFTER_READING: Trouble.RESET,
        Behaviour.ANSWERS_GARBAGE: Trouble.NOT_HTTP,
    }
)


class ScriptedProvider(ABC):
    """Answers as its provider does until it is told otherwise; a :class:`entrypoints.testing.sender_contract.Provider`.

    ``says`` are the provider's own words for REJECTS, FAILS and THROTTLES.
    """

    says: ClassVar[Mapping[Behaviour, Reply]]

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._lock = Lock()
        self._always: Reply | Trouble | None = None
        self._accepted: list[str] = []
        self._http = LoopbackServer(self._answer, tls)

    @property
    def url(self) -> str:
        return self._http.url

    @property
    def requests(self) -> list[Request]:
        return self._http.requests

    @property
    def messages(self) -> list[Request]:
        """The requests to send something."""
        return [request for request in self.requests if self._is_message(request)]

    def always(self, answer: Reply | Trouble | None) -> None:
        """Answer everything like this; None works again."""
        self._always = answer

    def behave(self, behaviour: Behaviour) -> None:
        self._always = _BROKEN.get(behaviour) or self.says.get(behaviour)
        self._http.reset_at_once = behaviour is Behaviour.RESETS_BEFORE_READING
        if behaviour is Behaviour.REFUSES_CONNECTIONS:
            self._http.refuse()
        else:
            self._http.listen()
        self._http.disconnect()

    @abstractmethod
    def refuse(self, address: str) -> None:
        """Say of messages for *address* that they can never go; the answer repeats the address."""

    def accepted(self) -> Sequence[str]:
        with self._lock:
            return list(self._accepted)

    def messages_read(self) -> int:
        return len(self.messages)

    def connections(self) -> int:
        return self._http.connections

    def close(self) -> None:
        self._http.close()

    @abstractmethod
    def _is_message(self, request: Request) -> bool:
        """Say whether *request* is one to send something."""

    @abstractmethod
    def _judge(self, request: Request) -> Reply | Trouble:
        """Return what the provider answers where nothing was said for everything."""

    def _answer(self, request: Request) -> Reply | Trouble:
        return self._always if self._always is not None else self._judge(request)

    def _accept(self, addresses: Sequence[str]) -> None:
        with self._lock:
            self._accepted += addresses


class OneByOneProvider(ScriptedProvider):
    """Takes one message a request, so that each address may have an answer of its own."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._for: dict[str, Reply | Trouble] = {}
        super().__init__(tls)

    def reply_to(self, address: str, answer: Reply | Trouble) -> None:
        """Answer messages for *address* like this."""
        self._for[address] = answer

    def refuse(self, address: str) -> None:
        self.reply_to(address, self._refusal(address))

    @abstractmethod
    def _refusal(self, address: str) -> Reply:
        """Return the provider's words for an address that nothing can be sent to."""

    def _take(self, address: str, taken: Reply) -> Reply | Trouble:
        """Return the answer for *address* where it has one, and else accept the message and return *taken*."""
        if address in self._for:
            return self._for[address]
        self._accept([address])
        return taken
