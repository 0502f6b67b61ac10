"""Serving HTTP and dispatching in one process, until a signal ends it."""

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

import uvicorn
from dependency_injector import providers

from entrypoints.container import Container
from entrypoints.dispatch_log import DispatchLog
from entrypoints.dispatcher import BackgroundDispatcher
from entrypoints.http_api.app import create_app
from entrypoints.http_api.client_connection import ClientConnection
from entrypoints.http_api.inbox_streams import InboxStreams
from entrypoints.http_api.limits import HEAD_BYTES_MAX
from entrypoints.http_api.listener import listen

THREADS = 16
"""How many requests are worked on at once; those that write take turns."""

GRACE_S = 3
"""How long requests in flight may go on after SIGTERM or SIGINT."""

DISPATCHER_GRACE_S = 4.3
"""How long the dispatcher may, which gives its calls four seconds."""

PATIENCE_S = 4.6
"""When the process ends whatever still runs. Nothing that was acknowledged is lost: it is in the store."""


def serve(
    container: Container, host: str, port: int, *, dispatch: bool, announce: Callable[[str], None] | None = None
) -> None:
    """Serve until SIGTERM or SIGINT, and dispatch as well if *dispatch*; *announce* hears where it listens.

    :raises Misconfigured: there is no key and *host* is more than loopback, or the port cannot be had.
    :raises StoreUnavailable: the store cannot be opened.
    """
    has_key = any(key.revoked_at is None for key in container.list_keys()())
    with listen(host, port, loopback_only=not has_key) as listener:
        server = _Server(container, dispatch=dispatch, announce=announce or _say)
        server.run(sockets=[listener])
        server.end()


class _Server(uvicorn.Server):
    """A server that takes its dispatcher along when it starts and when it ends."""

    def __init__(self, container: Container, *, dispatch: bool, announce: Callable[[str], None]) -> None:
        self._announce = announce
        self._crash: Exception | None = None
        self._watchdog = threading.Timer(PATIENCE_S, _give_up)
        self._watchdog.daemon = True
        self._dispatcher = self._new_dispatcher(container) if dispatch else None
        self._streams = InboxStreams(container.watch_inboxes())
        config = uvicorn.Config(
            create_app(container, self._dispatcher_lives, self._streams),
            http=ClientConnection,
            h11_max_incomplete_event_size=HEAD_BYTES_MAX,
            log_config=None,
            log_level="critical",  # what a caller did wrong is answered, and what we did wrong is logged by the routes
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=GRACE_S,
        )
        super().__init__(config)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, begin to dispatch, and say where."""
        executor = ThreadPoolExecutor(THREADS, thread_name_prefix="request")
        asyncio.get_running_loop().set_default_executor(executor)
        await super().startup(sockets)
        if self._dispatcher is not None:
            self._dispatcher.start()
        for listener in sockets or ():
            host, port = listener.getsockname()[:2]
            self._announce(f"Tocsin listens on http://{f'[{host}]' if ':' in host else host}:{port}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the requests in flight and the dispatcher end, side by side."""
        self._watchdog.start()
        if self._dispatcher is not None:
            self._dispatcher.stop(0)
        self._streams.end()  # by themselves they go on, and uvicorn waits for them
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  (as signal.signal calls it)
        """Begin to end, with exit code 0: the signal is not raised again, as uvicorn alone would do."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True

    def end(self) -> None:
        """Wait for the dispatcher; if it was its bug that ended the server, raise that."""
        if self._dispatcher is not None:
            self._dispatcher.stop(DISPATCHER_GRACE_S)
        self._watchdog.cancel()
        if self._crash is not None:
            raise self._crash

    def _new_dispatcher(self, container: Container) -> BackgroundDispatcher:
        log = DispatchLog(container.clock())
        container.observer.override(providers.Object(log))
        return BackgroundDispatcher(container.dispatch_due(), log, self._end_with)

    def _end_with(self, crash: Exception) -> None:
        self._crash = crash
        self.should_exit = True

    def _dispatcher_lives(self) -> bool:
        return self._dispatcher is None or self._dispatcher.is_running


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _give_up() -> None:
    sys.stderr.write("Some requests did not end in time and were cut off.\n")
    sys.stderr.flush()
    os._exit(1)
