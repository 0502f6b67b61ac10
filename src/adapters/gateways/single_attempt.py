"""HTTP as gateways need it: each request goes out once, ends in time, and a failure says whether it may have arrived.

Both provider SDKs bring a ``requests`` session; this is the adapter to mount on it. Left alone, the one waits for ever
and the other sends again by itself.
"""

import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import requests
from attrs import frozen
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, SSLError

from adapters.gateways.connecting import (
    CONNECT_TIMEOUT_MAX_S,
    IDLE_MAX_S,
    LookUp,
    NameNotFound,
    addresses_of,
    connect,
)
from adapters.gateways.lost_answer import NOT_IN_TIME, broken_off
from application.ports.clock import Clock
from domain.outcome import Cause, GatewayDown, Unknown

UNREADABLE = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)
"""What an SDK stumbles with when an answer is not of its provider: no JSON, or JSON of another shape."""

_SHORTEST_S = 0.001
_NEVER_SENT = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidHeader,
)


@frozen
class Answer:
    """What the SDKs drop from an answer: its status and its headers (whose names ignore case)."""

    status: int
    headers: Mapping[str, str]


class _TimedReader(io.RawIOBase):
    """Reads a socket until a moment: a server that sends byte by byte gains no time by it."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, until_s: float) -> None:
        super().__init__()
        self._raw = raw
        self._socket = sock
        self._until_s = until_s

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the answer was not complete in time")
        self._socket.settimeout(left_s)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedAnswer(http.client.HTTPResponse):
    """An answer that has to be complete within the read timeout; by itself that holds for each packet only."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        timeout_s = sock.gettimeout()
        assert timeout_s is not None
        self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock, time.monotonic() + timeout_s))


class _Connection(HTTPConnection):
    """A connection that is opened in bounded time, and not used again once it has rested too long."""

    response_class = _TimedAnswer

    def __init__(self, *args: Any, clock: Clock, look_up: LookUp, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._clock = clock
        self._look_up = look_up
        self._used_at_s = clock.elapsed_s()

    @property
    def is_connected(self) -> bool:
        return super().is_connected and self._clock.elapsed_s() - self._used_at_s <= IDLE_MAX_S

    def connect(self) -> None:
        super().connect()
        self._allow_all()

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._allow_all()
        super().request(*args, **kwargs)

    def getresponse(self) -> Any:
        self._used_at_s = self._clock.elapsed_s()
        return super().getresponse()

    def _new_conn(self) -> socket.socket:
        assert isinstance(self.timeout, float)
        try:
            host = self._dns_host.strip("[]")
            connection, left_s = connect(host, self.port, self.timeout, self._clock, self._look_up)
        except NameNotFound as error:
            raise NewConnectionError(self, f"could not find {self.host}: {error}") from error
        except OSError as error:
            raise NewConnectionError(self, f"{self.host}:{self.port}: {error}") from error
        connection.settimeout(max(left_s, _SHORTEST_S))  # all that there is for shaking hands
        return connection

    def _allow_all(self) -> None:
        """Take back what the time left for shaking hands, or for an answer before, bounded."""
        if self.sock is not None:
            assert isinstance(self.timeout, float)
            self.sock.settimeout(self.timeout)


class _TlsConnection(_Connection, HTTPSConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except (SSLError, OSError) as error:
            # Said as a failed connection, or else it looks like an error of TLS after the request was written.
            raise NewConnectionError(self, f"no TLS connection: {error}") from error


class _ConnectionPool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsConnectionPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class SingleAttempt(HTTPAdapter):
    """A transport that never repeats a request and bounds it as a whole to *timeout_s* seconds.

    Keeps up to *connections* open. Used by several threads at once. Follows HTTPS_PROXY and its like, as requests does.
    """

    def __init__(self, connections: int, timeout_s: float, clock: Clock, *, look_up: LookUp = addresses_of) -> None:
        self._timeout = Timeout(total=float(timeout_s), connect=min(float(timeout_s), CONNECT_TIMEOUT_MAX_S))
        self._pools: Any = {
            "http": partial(_ConnectionPool, clock=clock, look_up=look_up),
            "https": partial(_TlsConnectionPool, clock=clock, look_up=look_up),
        }
        self._of_thread = threading.local()
        super().__init__(pool_maxsize=connections, max_retries=0)

    @property
    def answer(self) -> Answer | None:
        """The last answer that the calling thread got here, or None if its last request had none."""
        return getattr(self._of_thread, "answer", None)

    def forget(self) -> None:
        """Forget the calling thread's last answer."""
        self._of_thread.answer = None

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self.forget()
        response = super().send(request, *args, **{**kwargs, "timeout": self._timeout})
        self._of_thread.answer = Answer(response.status_code, response.headers)
        return response


def failure(error: Exception) -> GatewayDown | Unknown:
    """Return what the end of a request without an answer means.

    GatewayDown where the request certainly never left: no name, no connection, no TLS. Unknown for all the rest.
    """
    reason = _connection_error(error)
    if reason is not None:
        text = str(reason).partition(": ")[2] or str(reason)
        untrusted = isinstance(reason.__cause__, ssl.SSLCertVerificationError)
        return GatewayDown(f"could not connect: {text}", Cause.CONFIGURATION if untrusted else Cause.TRANSIENT)
    if isinstance(error, requests.exceptions.ProxyError):
        return GatewayDown("could not connect through the proxy; check HTTP_PROXY and HTTPS_PROXY")
    if isinstance(error, _NEVER_SENT):
        return GatewayDown(f"the request cannot be sent ({type(error).__name__}); check base_url", Cause.CONFIGURATION)
    if isinstance(error, requests.exceptions.Timeout):
        return Unknown(NOT_IN_TIME)
    return Unknown(broken_off(error))


def _connection_error(error: Exception) -> Exception | None:
    """Return why no connection came about, or None if there was one."""
    cause = error.args[0] if isinstance(error, requests.exceptions.ConnectionError) and error.args else None
    if isinstance(cause, MaxRetryError) and isinstance(cause.reason, ConnectTimeoutError):
        return cause.reason  # among these are a refused connection and a name that is not known
    return None
