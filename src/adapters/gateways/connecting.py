"""Opening TCP connections in bounded time: to look up the name counts, and no address uses up what the next one needs.

The system's own look-up knows no timeout, and a name may have an address that answers nobody before one that works.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Thread
from typing import TypeAlias

from application.ports.clock import Clock

CONNECT_TIMEOUT_MAX_S = 5.0

IDLE_MAX_S = 30.0
"""A kept connection that rested longer is not used again: what lies between may have forgotten it and told nobody."""

LookUp: TypeAlias = Callable[[str, int], Sequence[str]]
"""Gives the addresses of a host for a port, the best first; raises OSError or UnicodeError where there are none."""


class NameNotFound(OSError):
    """A host's addresses could not be had: it has none, or nobody said them in time."""


def addresses_of(host: str, port: int) -> Sequence[str]:
    """Return the addresses of *host* as this machine knows them, in its order; a :data:`LookUp`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def connect(
    host: str, port: int, timeout_s: float, clock: Clock, look_up: LookUp = addresses_of
) -> tuple[socket.socket, float]:
    """Return a connection to *host*, and how many of *timeout_s* seconds are left.

    :raises NameNotFound: *host* has no address that anybody knows.
    :raises OSError: nobody took the connection; TimeoutError if that was not known in time.
    """
    until_s = clock.elapsed_s() + timeout_s
    addresses = [host] if _is_address(host) else _looked_up(host, port, timeout_s, look_up)
    refused = OSError("it has no address")
    for number, address in enumerate(addresses):
        left_s = until_s - clock.elapsed_s()
        if left_s <= 0:
            raise TimeoutError("timed out")
        try:
            connection = socket.create_connection((address, port), left_s / (len(addresses) - number))
        except OSError as error:
            refused = error
        else:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection, until_s - clock.elapsed_s()
    raise refused


def _looked_up(host: str, port: int, timeout_s: float, look_up: LookUp) -> Sequence[str]:
    answer: Future[Sequence[str]] = Future()

    def ask() -> None:
        try:
            answer.set_result(look_up(host, port))
        except Exception as error:  # noqa: BLE001  (raised below, where somebody waits for it)
            answer.set_exception(error)

    # One that hangs cannot be ended; the resolver gives it up by itself after some more seconds.
    Thread(target=ask, name="look-up", daemon=True).start()
    try:
        return answer.result(timeout_s)
    except TimeoutError:
        raise NameNotFound("the look-up timed out") from None
    except (OSError, UnicodeError) as error:
        raise NameNotFound(str(error)) from error


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
