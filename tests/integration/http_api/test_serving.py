"""A process that serves: patient with its clients, and quick to end."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import frozen

from entrypoints.http_api.limits import BATCH_BYTES_MAX, NOTIFICATION_BYTES_MAX
from tests.integration.cli.process import PATIENCE_S, Running, environment, ok, run
from tests.integration.http_api.connection import Connection

END_WITHIN_S = 5.0
SEND = "/v1/notifications"
MESSAGE = {"to": "ada", "channel": "in_app", "type": "transactional", "body": "Hi"}
BODY = json.dumps(MESSAGE).encode()
CRASHING = """
from pathlib import Path
from dependency_injector import providers
from entrypoints.cli.log_lines import log_to_stderr
from entrypoints.cli.session import Session
from entrypoints.container import build
from entrypoints.http_api.server import serve
from entrypoints.settings import load

def crash(command):
    raise ZeroDivisionError("a bug of the dispatcher's")

log_to_stderr(Session({}, Path.cwd()))
container = build(load(None, {}, Path.cwd()))
container.dispatch_due.override(providers.Object(crash))
serve(container, "127.0.0.1", 0, dispatch=True)
"""
MEBIBYTE = b"x" * 2**20


@frozen
class Served:
    """A running server that can be connected to."""

    running: Running
    port: int
    key: str

    def connect(self) -> Connection:
        return Connection(self.port, self.key)

    def stored(self) -> int:
        with self.connect() as connection:
            return len(connection.ask("GET", f"{SEND}?limit=500").json["items"])


@contextmanager
def serving(folder: Path, key: str, *options: str) -> Iterator[Served]:
    with Running(folder, ("serve", "--port", "0", "--no-dispatch", *options)) as running:
        assert running.process.stdout is not None
        yield Served(running, int(running.process.stdout.readline().rpartition(":")[2]), key)


def a_key(folder: Path) -> str:
    ok(folder, "recipients", "set", "ada")
    return ok(folder, "keys", "create", "--scope", "manage").strip()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    with serving(folder, a_key(folder)) as running:
        yield running


def test_one_connection_carries_many_requests(served: Served) -> None:
    with served.connect() as connection:
        first = connection.ask("POST", SEND, MESSAGE)
        assert first.status == 202
        assert connection.ask("GET", f"{SEND}/{first.json['id']}").json == first.json
        assert connection.ask("GET", "/nowhere").status == 404
        assert connection.ask("GET", "/health/ready").json == {"status": "ok"}
        assert "server" not in first.headers


def test_a_client_that_sends_byte_by_byte_is_served_and_holds_nobody_up(served: Served) -> None:
    with served.connect() as slow, served.connect() as quick:
        slow.send(slow.head("POST", SEND, Content_Length=str(len(BODY))))
        for byte in BODY[:-1]:
            slow.send(bytes([byte]))
            assert quick.ask("GET", "/health/live").status == 200
        slow.send(BODY[-1:])
        assert slow.answer().status == 202


def test_a_body_that_is_cut_off_stores_nothing_and_harms_nobody(served: Served) -> None:
    before = served.stored()
    with served.connect() as connection:
        connection.send(connection.head("POST", SEND, Content_Length=str(len(BODY) + 1)) + BODY)
    with served.connect() as connection:
        connection.send(connection.head("POST", SEND)[:20])
    assert served.stored() == before


@pytest.mark.parametrize("connection_header", ["keep-alive", "close"])
@pytest.mark.parametrize(("path", "limit"), [(SEND, NOTIFICATION_BYTES_MAX), (f"{SEND}/batch", BATCH_BYTES_MAX)])
def test_a_body_that_is_too_large_is_answered_and_not_reset(
    served: Served, path: str, limit: int, connection_header: str
) -> None:
    parts = limit // len(MEBIBYTE) + 2
    with served.connect() as connection:
        length = str(parts * len(MEBIBYTE))
        connection.send(connection.head("POST", path, Content_Length=length, Connection=connection_header))
        for _ in range(parts):
            connection.send(MEBIBYTE)
        assert connection.answer().status == 413
        if connection_header == "keep-alive":
            assert connection.ask("GET", "/health/live").status == 200
        else:
            assert connection.is_closed()


def test_a_body_without_a_length_is_bounded_as_well(served: Served) -> None:
    chunk = f"{len(MEBIBYTE):x}\r\n".encode() + MEBIBYTE + b"\r\n"
    with served.connect() as connection:
        connection.send(connection.head("POST", SEND, Transfer_Encoding="chunked"))
        for _ in range(NOTIFICATION_BYTES_MAX // len(MEBIBYTE) + 2):
            connection.send(chunk)
        connection.send(b"0\r\n\r\n")
        assert connection.answer().status == 413
        assert connection.ask("GET", "/health/live").status == 200


def test_a_client_that_asks_first_is_told_at_once(served: Served) -> None:
    with served.connect() as connection:
        connection.send(connection.head("POST", SEND, Content_Length="1000000000", Expect="100-continue"))
        assert connection.answer().status == 413
        assert connection.is_closed()
    with served.connect() as connection:
        connection.send(connection.head("POST", SEND, Content_Length=str(len(BODY)), Expect="100-continue"))
        connection.wait_for_continue()
        connection.send(BODY)
        assert connection.answer().status == 202


def test_a_body_is_not_read_for_somebody_without_a_key(served: Served) -> None:
    with Connection(served.port, "wrong") as connection:
        connection.send(connection.head("POST", SEND, Content_Length="1000000000", Expect="100-continue"))
        assert connection.answer().status == 401


def test_a_hundred_at_once_under_one_key_make_one(served: Served) -> None:
    before = served.stored()

    def send(_: int) -> tuple[int, str]:
        with served.connect() as connection:
            answer = connection.ask("POST", SEND, MESSAGE, Idempotency_Key="hundred")
            return answer.status, json.dumps(answer.json)

    with ThreadPoolExecutor(100) as pool:
        answers = set(pool.map(send, range(100)))
    assert {status for status, _ in answers} == {202}
    assert len(answers) == 1
    assert served.stored() == before + 1


def test_a_request_in_flight_is_answered_and_the_process_ends_in_order(tmp_path: Path) -> None:
    with serving(tmp_path, a_key(tmp_path)) as served, served.connect() as idle, served.connect() as busy:
        assert idle.ask("GET", "/health/live").status == 200
        busy.send(busy.head("POST", SEND, Content_Length=str(len(BODY)), Expect="100-continue"))
        busy.wait_for_continue()  # the request is being worked on
        served.running.process.send_signal(signal.SIGTERM)
        assert idle.is_closed()  # so the signal has arrived
        busy.send(BODY)
        answer = busy.answer()
        assert served.running.process.wait(END_WITHIN_S) == 0
    assert answer.status == 202
    assert json.loads(ok(tmp_path, "show", str(answer.json["id"]), "--json"))["status"] == "pending"


def test_clients_that_never_finish_do_not_keep_the_process(tmp_path: Path) -> None:
    with serving(tmp_path, a_key(tmp_path)) as served, served.connect() as half, served.connect() as silent:
        half.send(half.head("POST", SEND, Content_Length="1000") + b"{")
        silent.send(b"POST /v1/noti")
        with served.connect() as other:
            assert other.ask("GET", "/health/live").status == 200
        code, _, err = served.running.end_by(signal.SIGTERM, END_WITHIN_S)
    assert (code, err) == (0, "")


def test_what_was_answered_is_there_after_a_kill_and_a_repeat_gives_it_again(tmp_path: Path) -> None:
    key = a_key(tmp_path)
    batch = [MESSAGE, {**MESSAGE, "to": "nobody"}, MESSAGE]
    with serving(tmp_path, key) as served, served.connect() as connection:
        first = connection.ask("POST", f"{SEND}/batch", batch, Idempotency_Key="batch-1")
        served.running.process.kill()
        served.running.process.wait(END_WITHIN_S)
    with serving(tmp_path, key) as served:
        with served.connect() as connection:
            again = connection.ask("POST", f"{SEND}/batch", batch, Idempotency_Key="batch-1")
        assert (again.json, again.headers["idempotency-replayed"]) == (first.json, "true")
        assert served.stored() == 2


def test_a_port_in_use_is_wrong_usage(served: Served, tmp_path: Path) -> None:
    refused = run(tmp_path, "serve", "--port", str(served.port))
    assert refused.returncode == 2
    assert f"port {served.port} on 127.0.0.1 is in use" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_dispatcher_that_crashes_takes_the_server_along(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", CRASHING],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout.startswith("Tocsin listens on ")
    assert ended.stderr.endswith("ZeroDivisionError: a bug of the dispatcher's\n")
