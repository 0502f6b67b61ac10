"""The socket that is listened on."""

import errno
import socket
from ipaddress import ip_address

from domain.errors import Misconfigured

BACKLOG = 2048
PORT_MAX = 65535

_REMEDIES = {
    errno.EADDRINUSE: "is in use; stop what listens there, or give another --port",
    errno.EACCES: "needs more rights than this user has; give a --port of 1024 or above",
    errno.EADDRNOTAVAIL: "is not an address of this machine; give another --host",
}


def listen(host: str, port: int, *, loopback_only: bool) -> socket.socket:
    """Return a socket that listens on *host* and *port*; port 0 takes a free one.

    :raises Misconfigured: it cannot be had, or *host* is more than loopback although *loopback_only*.
    """
    if not 0 <= port <= PORT_MAX:
        raise Misconfigured([f"--port {port} is not a port; give one between 1 and {PORT_MAX}"])
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError):
        raise Misconfigured([f"--host {host} is not known here; give an address such as 127.0.0.1"]) from None
    family, kind, protocol, _, address = found[0]
    if loopback_only and not ip_address(str(address[0]).partition("%")[0]).is_loopback:
        remedy = "make one with: tocsin keys create --scope manage, or serve on 127.0.0.1"
        raise Misconfigured([f"--host {host} can be reached from elsewhere, and there is no key yet; {remedy}"])
    # With its protocol named: asyncio sets TCP_NODELAY only then, and without it every answer waits 40 ms for an ACK.
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a restart need not wait for old connections
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        problem = _REMEDIES.get(error.errno or 0, f"cannot be listened on: {error.strerror}")
        raise Misconfigured([f"port {port} on {host} {problem}"]) from None
    return listener
