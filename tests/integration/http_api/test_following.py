"""Inboxes that are followed in a process that serves."""

import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from entrypoints.http_api.limits import STREAMS_OF_ONE_MAX
from entrypoints.http_api.server import GRACE_S, THREADS
from tests.integration.cli.process import Running, ok
from tests.integration.http_api.connection import Connection
from tests.integration.http_api.event_source import EventSource
from tests.integration.http_api.test_serving import END_WITHIN_S, Served, a_key, serving

INBOX = "/v1/recipients/ada/inbox"
STREAM = f"{INBOX}/stream"
SEND = "/v1/notifications"
MESSAGE = {"to": "ada", "channel": "in_app", "type": "transactional", "body": "Hi"}
MANY = 200


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, a_key(tmp_path)) as running:
        yield running


def follow(served: Served, after: int | None = None, target: str = STREAM) -> EventSource:
    more = {} if after is None else {"Last_Event_ID": str(after)}
    return EventSource(served.port, target, Authorization=f"Bearer {served.key}", **more)


def send(served: Served, how_many: int) -> list[int]:
    """Accept some messages, and return their ids."""
    with served.connect() as connection:
        return [connection.ask("POST", SEND, MESSAGE).json["id"] for _ in range(how_many)]


def ask(served: Served, method: str, path: str, key: str | None = None) -> int:
    with Connection(served.port, key or served.key) as connection:
        return connection.ask(method, path).status


def test_two_follow_and_one_that_was_cut_off_misses_nothing_and_hears_nothing_twice(
    served: Served, tmp_path: Path
) -> None:
    with follow(served) as steady:
        assert steady.several(1)[0].name == "counts"
        with follow(served) as cut:
            cut.several(1)
            first = send(served, 3)
            ok(tmp_path, "dispatch")  # another process: this one does not dispatch
            heard = cut.several(2)
            last = cut.last_id
        assert ask(served, "POST", f"{INBOX}/{first[0]}/read") == 200
        second = send(served, 2)
        ok(tmp_path, "dispatch")
        with follow(served, last) as again:
            heard += again.several(4)
            assert ask(served, "POST", f"{INBOX}/seen") == 200
            heard += again.several(1)
        steadily = steady.several(7)

    assert [(event.id, event.name, event.data["id"]) for event in heard] == [
        (event.id, event.name, event.data["id"]) for event in steadily
    ]
    assert [(event.name, event.data["id"]) for event in heard] == [
        *(("new", number) for number in first),
        ("read", first[0]),
        *(("new", number) for number in second),
        ("seen", None),
    ]
    assert heard[-1].data["counts"] == {"total": 5, "unseen": 0, "unread": 4}


def test_the_end_comes_in_time_though_many_follow(served: Served, tmp_path: Path) -> None:
    ok(tmp_path, "recipients", "set", "bob")
    with ExitStack() as stack:
        clients = [
            stack.enter_context(follow(served, target=f"/v1/recipients/{name}/inbox/stream"))
            for name in ("ada", "bob")
            for _ in range(10)
        ]
        for client in clients:
            client.several(1)

        started = time.monotonic()
        code, _, err = served.running.end_by(signal.SIGTERM, END_WITHIN_S)
        took_s = time.monotonic() - started

        assert (code, err) == (0, "")
        assert took_s < GRACE_S  # nobody waited for the streams
        assert [client.next() for client in clients] == [None] * 20  # the streams were ended, not cut off


def test_many_idle_streams_take_no_threads_and_leave_no_trace_when_they_are_gone(served: Served) -> None:
    people = [f"/v1/recipients/person-{number}" for number in range(MANY // STREAMS_OF_ONE_MAX)]
    with served.connect() as connection:
        assert {connection.ask("PUT", person, {}).status for person in people} == {201}
    before = threads_of(served)
    for _ in range(3):  # more in all than may be open at once
        with ExitStack() as stack:
            for person in people * STREAMS_OF_ONE_MAX:
                client = stack.enter_context(follow(served, target=f"{person}/inbox/stream"))
                assert client.several(1)[0].name == "counts"
            assert threads_of(served) <= before + THREADS
            assert ask(served, "GET", "/health/live") == 200


def test_one_person_may_not_take_all_the_places(served: Served) -> None:
    with ExitStack() as stack:
        for _ in range(STREAMS_OF_ONE_MAX):
            stack.enter_context(follow(served)).several(1)
        with follow(served) as further:
            assert further.status == 200  # a browser never comes back after another one
            assert further.several(1)[0].name == "counts"
            assert further.next() is None


def test_a_token_opens_its_own_inbox_until_it_is_over(served: Served, tmp_path: Path) -> None:
    ok(tmp_path, "recipients", "set", "bob")
    with served.connect() as connection:
        token = connection.ask("POST", f"{INBOX}/token", {"seconds": 60}).json["token"]
        brief = connection.ask("POST", f"{INBOX}/token", {"seconds": 2}).json["token"]
    forged = token[:-1] + ("0" if token[-1] != "0" else "1")

    assert ask(served, "GET", INBOX, token) == 200
    assert ask(served, "GET", INBOX, forged) == 401
    assert ask(served, "GET", "/v1/recipients/bob/inbox", token) == 403
    assert ask(served, "GET", "/v1/recipients/bob/inbox/stream", token) == 403
    assert ask(served, "POST", "/v1/recipients/bob/inbox/read", token) == 403
    assert ask(served, "POST", f"{INBOX}/read", token) == 200
    assert ask(served, "GET", SEND, token) == 403
    with EventSource(served.port, f"{STREAM}?token={brief}") as client:
        assert client.several(1)[0].name == "counts"
        assert client.next() is None  # it ends with its token
    with EventSource(served.port, f"{STREAM}?token={brief}") as client:
        assert client.status == 401


def test_a_reader_that_does_not_read_holds_nobody_up(served: Served, tmp_path: Path) -> None:
    with follow(served) as idle, follow(served) as awake:
        awake.several(1)
        number = send(served, 1)[0]
        ok(tmp_path, "dispatch")
        assert awake.several(1)[0].data["id"] == number
        assert idle.status == 200


def test_what_is_marked_from_the_command_line_is_told(served: Served, tmp_path: Path) -> None:
    with follow(served) as client:
        client.several(1)
        number = send(served, 1)[0]
        ok(tmp_path, "dispatch")
        ok(tmp_path, "inbox", "ada", "--mark", "read", "--id", str(number))
        assert [(one.name, one.data["id"]) for one in client.several(2)] == [("new", number), ("read", number)]
    with closing(sqlite3.connect(tmp_path / "tocsin.db")) as connection:
        assert connection.execute("SELECT status FROM notifications").fetchall() == [("delivered",)]


def test_what_the_same_process_sends_is_told_without_delay(tmp_path: Path) -> None:
    key = a_key(tmp_path)
    with Running(tmp_path, ("serve", "--port", "0")) as running:
        assert running.process.stdout is not None
        served = Served(running, int(running.process.stdout.readline().rpartition(":")[2]), key)
        with follow(served) as client:
            client.several(1)
            number = send(served, 1)[0]
            assert [(one.name, one.data["id"]) for one in client.several(1)] == [("new", number)]


def threads_of(served: Served) -> int:
    """Return how many threads the server has now."""
    status = Path(f"/proc/{served.running.process.pid}/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("Threads:")))
