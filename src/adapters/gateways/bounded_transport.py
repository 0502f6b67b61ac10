"""HTTP for httpx2 as gateways need it: each request goes out once, ends in time, and a failure says whether it left.

The timeouts of httpx2 hold for each packet; a server that sends byte by byte gains no time from this transport.
"""

import logging
import select
import socket
import ssl
import threading
from collections.abc import Iterable
from typing import Any

import httpcore2
import httpx2

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

BODY_MAX_BYTES = 1_000_000
"""More of an answer is not read; no answer that we look into is as long."""

_PACKET_BYTES = 65_536
_NOT_PASSED_ON = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})


class NotSent(httpx2.TransportError):
    """The request certainly did not arrive whole: no name, no connection, no TLS, or it could not be written."""

    def __init__(self, reason: str, cause: Cause = Cause.TRANSIENT) -> None:
        super().__init__(reason)
        self.cause = cause


class AnswerLost(httpx2.TransportError):
    """The request left, or most of it, and no answer came; nobody knows what became of it."""


class BoundedTransport(httpx2.BaseTransport):
    """Sends a request once, on a kept or a new connection, and bounds it as a whole to *timeout_s* seconds.

    An answer whose status and headers came counts, even where its body breaks off: what came of it is given. Used by
    several threads at once, each of which may have a request under way. No proxy is used: HTTPS_PROXY and its like,
    which :class:`adapters.gateways.single_attempt.SingleAttempt` follows, are not looked at here.

    :raises NotSent: nothing was done, or only a part of the request arrived.
    :raises AnswerLost: the request may have arrived.
    """

    def __init__(
        self,
        connections: int,
        timeout_s: float,
        clock: Clock,
        tls: ssl.SSLContext | None = None,
        *,
        look_up: LookUp = addresses_of,
    ) -> None:
        logging.getLogger("httpx2").addFilter(_FOR_DEBUGGING)
        self._timeout_s = timeout_s
        self._network = _Network(clock, look_up)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=tls or httpx2.create_ssl_context(),
            max_connections=None,  # those who call are as many as there are slots; nobody waits here
            max_keepalive_connections=connections,
            network_backend=self._network,
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the answer to *request*, its body read."""
        url = httpcore2.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        self._network.begin(self._timeout_s)
        try:
            answer = self._pool.handle_request(
                httpcore2.Request(request.method, url, headers=request.headers.raw, content=request.stream)
            )
        except httpcore2.TimeoutException:
            raise AnswerLost(NOT_IN_TIME) from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            raise AnswerLost(broken_off(error)) from None
        try:
            body = _as_far_as_it_came(answer)
        finally:
            answer.close()
        headers = [(name, value) for name, value in answer.headers if name.lower() not in _NOT_PASSED_ON]
        return httpx2.Response(answer.status, headers=headers, content=body)

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


def failure(error: NotSent | AnswerLost) -> GatewayDown | Unknown:
    """Return what the end of a request without an answer means."""
    return GatewayDown(str(error), error.cause) if isinstance(error, NotSent) else Unknown(str(error))


def _as_far_as_it_came(answer: httpcore2.Response) -> bytes:
    body = bytearray()
    try:
        for packet in answer.iter_stream():
            body += packet
            if len(body) > BODY_MAX_BYTES:
                break
    except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError):
        pass  # the status says it all
    return bytes(body[:BODY_MAX_BYTES])


class _ForDebugging(logging.Filter):
    """Keeps what httpx2 logs of each request for those who debug: a URL may be somebody's address."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno > logging.INFO or logging.getLogger(record.name).isEnabledFor(logging.DEBUG)


_FOR_DEBUGGING = _ForDebugging()


class _Network(httpcore2.NetworkBackend):
    """The way to the network; every wait ends with the time of the request that the thread has under way."""

    def __init__(self, clock: Clock, look_up: LookUp) -> None:
        self.clock = clock
        self._look_up = look_up
        self._of_thread = threading.local()

    def begin(self, timeout_s: float) -> None:
        """Give the calling thread *timeout_s* seconds from now."""
        self._of_thread.until_s = self.clock.elapsed_s() + timeout_s

    def left_s(self) -> float:
        """Return the seconds that are left.

        :raises TimeoutError: there are none.
        """
        left_s: float = self._of_thread.until_s - self.clock.elapsed_s()
        if left_s <= 0:
            raise TimeoutError("timed out")
        return left_s

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  (the bound of the whole request holds)
        local_address: str | None = None,  # noqa: ARG002  (none is ever given)
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,  # noqa: ARG002  (likewise)
    ) -> httpcore2.NetworkStream:
        try:
            timeout_s = min(self.left_s(), CONNECT_TIMEOUT_MAX_S)
            connection, _ = connect(host, port, timeout_s, self.clock, self._look_up)
        except NameNotFound as error:
            raise NotSent(f"could not find {host}: {error}") from error
        except OSError as error:
            raise NotSent(f"could not connect to {host}:{port}: {error}") from error
        return _Stream(connection, self)


class _Stream(httpcore2.NetworkStream):
    """A connection whose every wait is bounded by the request that uses it."""

    def __init__(self, connection: socket.socket, network: _Network) -> None:
        self._connection = connection
        self._network = network
        self._used_at_s = network.clock.elapsed_s()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  (see connect_tcp)
        try:
            self._connection.settimeout(self._network.left_s())
            octets = self._connection.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore2.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.ReadError(str(error)) from error
        self._used_at_s = self._network.clock.elapsed_s()
        return octets

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002  (see connect_tcp)
        left = memoryview(buffer)
        try:
            while left:
                self._connection.settimeout(self._network.left_s())
                left = left[self._connection.send(left[:_PACKET_BYTES]) :]
        except TimeoutError as error:
            # Its end never left, so nobody acts on it.
            raise NotSent("the request could not be written within the timeout") from error
        except OSError as error:
            # The answer may be there all the same: a server may refuse a request before it has read all of it.
            raise httpcore2.WriteError(str(error)) from error

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002  (see connect_tcp)
    ) -> httpcore2.NetworkStream:
        try:
            self._connection.settimeout(min(self._network.left_s(), CONNECT_TIMEOUT_MAX_S))
            encrypted = ssl_context.wrap_socket(self._connection, server_hostname=server_hostname)
        except OSError as error:
            self._connection.close()
            cause = Cause.CONFIGURATION if isinstance(error, ssl.SSLCertVerificationError) else Cause.TRANSIENT
            raise NotSent(f"no TLS connection to {server_hostname}: {error}", cause) from error
        return _Stream(encrypted, self._network)

    def close(self) -> None:
        self._connection.close()

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # asked of a kept connection: then the server has closed it, and it is not used
            return self._has_rested_long or self._connection.fileno() < 0 or _is_readable(self._connection)
        return None

    @property
    def _has_rested_long(self) -> bool:
        # Not left to the pool: its own clock stands still while the machine is suspended.
        return self._network.clock.elapsed_s() - self._used_at_s > IDLE_MAX_S


def _is_readable(connection: socket.socket) -> bool:
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    return bool(waiting.poll(0))
