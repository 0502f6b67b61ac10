"""Bodies come in within bounds, and whoever sends too much still reads the answer."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal
from litestar import Litestar, post
from litestar.exceptions import HTTPException
from litestar.params import RawBody

from entrypoints.http_api.front import Front, Message
from entrypoints.http_api.limits import DRAIN_BYTES_MAX, WEBHOOKS_AT_ONCE
from entrypoints.http_api.problems import answer_http_error

LIMIT = 10


@post("/", sync_to_thread=False, request_max_body_size=LIMIT)
def echo(body: RawBody) -> dict[str, int]:
    return {"size": len(body)}


@post("/", sync_to_thread=False, request_max_body_size=1_000_000)
def take(body: RawBody) -> dict[str, int]:
    return {"size": len(body)}


def part(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


class Client:
    """What a server would see: the parts of a body one by one, and the answer when it comes."""

    def __init__(self, parts: Sequence[Message], *, then_silent: bool = False) -> None:
        self.parts = list(parts)
        self.then_silent = then_silent
        self.left_when_answered: int | None = None
        self.status = 0
        self.headers: dict[bytes, bytes] = {}

    async def receive(self) -> Message:
        if self.parts:
            return self.parts.pop(0)
        if self.then_silent:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.left_when_answered = len(self.parts)
            self.status = message["status"]
            self.headers = dict(message["headers"])


Exchange = Callable[..., Client]


@pytest.fixture
def exchange(portal: BlockingPortal) -> Exchange:
    router: Any = Litestar(
        [echo], openapi_config=None, logging_config=None, exception_handlers={HTTPException: answer_http_error}
    )
    front = Front(router, silence_max_s=0.05)

    def run(client: Client, *headers: tuple[bytes, bytes], path: bytes = b"/") -> Client:
        scope = {
            "type": "http",
            "method": "POST",
            "path": path.decode(),
            "raw_path": path,
            "query_string": b"",
            "headers": list(headers),
        }
        portal.call(front, scope, client.receive, client.send)
        return client

    return run


def test_a_body_in_parts_is_one_body(exchange: Exchange) -> None:
    client = exchange(Client([part(b"12345"), part(b""), part(b"6789"), part(b"0", more=False)]))
    assert client.status == 201
    assert b"connection" not in client.headers


def test_a_body_that_is_too_large_is_read_to_its_end_before_the_answer(exchange: Exchange) -> None:
    client = exchange(Client([part(b"x" * LIMIT), part(b"y"), *[part(b"z" * 1000)] * 50, part(b"", more=False)]))
    assert (client.status, client.left_when_answered) == (413, 0)
    assert b"connection" not in client.headers


def test_a_body_that_nobody_asked_for_is_read_as_well(exchange: Exchange) -> None:
    client = exchange(Client([part(b"x"), part(b"y", more=False)]), path=b"/nowhere")
    assert (client.status, client.left_when_answered) == (404, 0)


def test_a_body_without_end_is_given_up_and_the_connection_closed(exchange: Exchange) -> None:
    megabyte = part(b"x" * 1_000_000)
    client = exchange(Client([megabyte] * (2 * DRAIN_BYTES_MAX // 1_000_000)))
    assert client.status == 413
    assert client.left_when_answered is not None
    assert client.left_when_answered > 0
    assert client.headers[b"connection"] == b"close"


def test_a_body_that_waits_to_be_asked_for_is_not_asked_for(exchange: Exchange) -> None:
    """RFC 9110 section 10.1.1: a final answer instead of 100 tells the client to keep its body."""
    announced = (b"content-length", b"1000000"), (b"expect", b"100-continue")
    client = exchange(Client([part(b"x", more=False)]), *announced)
    assert (client.status, client.left_when_answered) == (413, 1)
    assert client.headers[b"connection"] == b"close"


def test_a_client_that_goes_silent_is_told_so(exchange: Exchange) -> None:
    client = exchange(Client([part(b"x")], then_silent=True))
    assert client.status == 408
    assert client.headers[b"connection"] == b"close"


async def _dripping() -> Message:
    await asyncio.sleep(0.01)
    return part(b"x")


def test_who_drips_gains_no_time(portal: BlockingPortal) -> None:
    router: Any = Litestar(
        [echo], openapi_config=None, logging_config=None, exception_handlers={HTTPException: answer_http_error}
    )
    client = Client([])
    scope = {"type": "http", "method": "POST", "path": "/", "raw_path": b"/", "query_string": b"", "headers": []}

    portal.call(Front(router, body_max_s=0.05), scope, _dripping, client.send)

    assert client.status == 408


def test_a_steady_body_may_take_longer(portal: BlockingPortal) -> None:
    steady = [part(b"x" * 4096)] * 10  # 40 KiB earn more than two seconds

    async def slowly() -> Message:
        await asyncio.sleep(0.02)
        return steady.pop() if steady else part(b"", more=False)

    client = Client([])
    scope = {"type": "http", "method": "POST", "path": "/", "raw_path": b"/", "query_string": b"", "headers": []}
    router: Any = Litestar([take], openapi_config=None, logging_config=None)

    portal.call(Front(router, body_max_s=0.05), scope, slowly, client.send)

    assert client.status == 201


def test_only_so_many_webhooks_are_read_at_once(portal: BlockingPortal) -> None:
    reading = 0
    most = 0

    async def app(_: Any, receive: Any, send: Any) -> None:
        nonlocal reading, most
        reading += 1
        most = max(most, reading)
        await receive()
        reading -= 1
        await send({"type": "http.response.start", "status": 204, "headers": []})

    async def receive() -> Message:
        await asyncio.sleep(0.001)
        return part(b"", more=False)

    async def all_at_once() -> list[int]:
        front = Front(app)
        clients = [Client([]) for _ in range(3 * WEBHOOKS_AT_ONCE)]
        path = {"path": "/webhooks/a/b", "raw_path": b"/webhooks/a/b"}
        scope = {"type": "http", "method": "POST", "query_string": b"", "headers": [], **path}
        await asyncio.gather(*(front(scope, receive, client.send) for client in clients))
        return [client.status for client in clients]

    assert portal.call(all_at_once) == [204] * (3 * WEBHOOKS_AT_ONCE)
    assert most == WEBHOOKS_AT_ONCE


def test_a_body_that_is_cut_off_is_no_bug_of_ours(exchange: Exchange) -> None:
    assert exchange(Client([part(b"x")])).status == 400
