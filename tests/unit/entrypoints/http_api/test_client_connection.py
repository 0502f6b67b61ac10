"""Connections over which no HTTP comes, or none that ends."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from attrs import frozen
from uvicorn.server import ServerState

from entrypoints.http_api.client_connection import ClientConnection
from entrypoints.http_api.front import Receive, Scope, Send
from entrypoints.http_api.limits import HEAD_BYTES_MAX

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LONG_GET = GET.replace(b"/", b"/long", 1)
POST_CHUNKS = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
PATIENCE_S = 10.0
LONG = 64 * 2**20


class Impatient(ClientConnection):
    connections_max = 2
    head_max_s = 0.1
    unread_max_s = 0.5


@frozen
class Client:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, octets: bytes) -> None:
        self.writer.write(octets)
        await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        async with asyncio.timeout(PATIENCE_S):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
            return int(head[0].split()[1]), headers, await self.reader.readexactly(int(headers["content-length"]))

    async def rest(self) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.read()


Connect = Callable[[], Coroutine[Any, Any, Client]]
Scene = Callable[[Connect], Coroutine[Any, Any, None]]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the body that came; to /long with one that no socket takes at once."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body, more = body + message["body"], message["more_body"]
    answer = b"x" * LONG if scope["path"] == "/long" else body
    length = str(len(answer)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
    await send({"type": "http.response.body", "body": answer})


@asynccontextmanager
async def listening() -> AsyncIterator[Connect]:
    config = uvicorn.Config(
        app, http=Impatient, log_config=None, log_level="critical", h11_max_incomplete_event_size=HEAD_BYTES_MAX
    )
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Impatient(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    writers = []

    async def connect() -> Client:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writers.append(writer)
        return Client(reader, writer)

    async with server:
        try:
            yield connect
        finally:
            for writer in writers:
                writer.transport.abort()
            for connection in list(state.connections):
                assert isinstance(connection, Impatient)
                connection.transport.abort()
            await asyncio.gather(*state.tasks, *(writer.wait_closed() for writer in writers), return_exceptions=True)


def play(scene: Scene) -> None:
    async def run() -> None:
        async with listening() as connect:
            await scene(connect)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("octets", "status", "cause"),
    [
        (b"hello\r\n\r\n", 400, "illegal request line"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "Host"),
        (b"GET / HTTP/1.1\r\nAuthorization : Bearer secret\r\n\r\n", 400, "illegal header line"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "Content-Length"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "Transfer-Encoding"),
        (POST_CHUNKS + b"zz\r\n", 400, "illegal chunk header"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * HEAD_BYTES_MAX, 431, "headers take more than"),
    ],
)
def test_what_is_no_http_is_answered_as_a_problem(octets: bytes, status: int, cause: str) -> None:
    async def scene(connect: Connect) -> None:
        client = await connect()
        await client.send(octets)
        answered, headers, body = await client.answer()
        problem = json.loads(body)
        assert (answered, problem["status"]) == (status, status)
        assert cause in problem["detail"]
        assert problem["errors"] == []
        assert b"secret" not in body
        assert headers["content-type"] == "application/problem+json"
        assert headers["x-content-type-options"] == "nosniff"
        assert await client.rest() == b""

    play(scene)


def test_a_client_that_says_nothing_is_let_go() -> None:
    async def scene(connect: Connect) -> None:
        client = await connect()
        assert await client.rest() == b""

    play(scene)


@pytest.mark.parametrize("served_before", [False, True])
def test_a_head_that_never_ends_is_answered_and_let_go(served_before: bool) -> None:
    async def scene(connect: Connect) -> None:
        client = await connect()
        if served_before:
            await client.send(GET)
            assert (await client.answer())[0] == 200
        await client.send(GET[:-2])
        status, headers, body = await client.answer()
        assert (status, json.loads(body)["status"]) == (408, 408)
        assert headers["connection"] == "close"
        assert await client.rest() == b""

    play(scene)


def test_a_body_may_take_longer_than_a_head() -> None:
    async def scene(connect: Connect) -> None:
        client = await connect()
        await client.send(POST_CHUNKS)
        silent = await connect()
        assert await silent.rest() == b""  # so the time for a head is over
        await client.send(b"2\r\nhi\r\n0\r\n\r\n")
        assert (await client.answer())[::2] == (200, b"hi")

    play(scene)


def test_clients_that_read_nothing_are_let_go() -> None:
    async def scene(connect: Connect) -> None:
        first = await connect()
        address = first.writer.get_extra_info("peername")
        assert await first.rest() == b""
        with socket.create_connection(address) as one, socket.create_connection(address) as other:
            one.sendall(LONG_GET)
            other.sendall(LONG_GET)
            assert (await (await connect()).answer())[0] == 503  # both places are taken
            async with asyncio.timeout(PATIENCE_S):
                while await (await connect()).rest():
                    pass

    play(scene)


def test_an_answer_may_take_its_time_as_long_as_it_is_read() -> None:
    async def scene(connect: Connect) -> None:
        client = await connect()
        await client.send(LONG_GET)
        await client.reader.readuntil(b"\r\n\r\n")
        for _ in range(16):
            await client.reader.readexactly(LONG // 16)
            await asyncio.sleep(Impatient.unread_max_s / 8)

    play(scene)


def test_more_connections_than_there_may_be_are_refused_and_the_others_are_served() -> None:
    async def scene(connect: Connect) -> None:
        first, second = await connect(), await connect()
        await first.send(GET)
        assert (await first.answer())[0] == 200
        status, headers, body = await (await connect()).answer()
        assert (status, headers["retry-after"], json.loads(body)["status"]) == (503, "5", 503)
        await second.send(GET)
        assert (await second.answer())[0] == 200

    play(scene)
