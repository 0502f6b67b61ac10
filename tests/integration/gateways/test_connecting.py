"""Opening a connection ends in time, whatever the look-up of the name and the first of its addresses do."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event

import pytest

from adapters.gateways.connecting import NameNotFound, addresses_of, connect
from adapters.system_clock import SystemClock
from application.ports.clock import Clock

HOST = "provider.example"
SLACK_S = 0.8


@pytest.fixture
def clock() -> Clock:
    return SystemClock()


@contextmanager
def black_hole(address: str) -> Iterator[int]:
    """Yield a port of *address* at which no connection is ever made, nor refused."""
    with socket.create_server((address, 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        yield full.getsockname()[1]
        for one in waiting:
            one.close()


class TestALookUp:
    def test_that_hangs_ends_with_the_time(self, clock: Clock) -> None:
        over = Event()

        def hang(_host: str, _port: int) -> Sequence[str]:
            over.wait(30)
            return []

        begun_s = clock.elapsed_s()
        with pytest.raises(NameNotFound, match=r"^the look-up timed out$"):
            connect(HOST, 80, 0.2, clock, hang)
        assert clock.elapsed_s() - begun_s < 0.2 + SLACK_S
        over.set()

    def test_takes_its_time_from_what_there_is_to_connect(self, clock: Clock) -> None:
        late = Event()

        def slow(_host: str, _port: int) -> Sequence[str]:
            late.wait(0.3)  # nobody sets it
            return ["127.0.0.1"]

        with socket.create_server(("127.0.0.1", 0)) as server:
            connection, left_s = connect(HOST, server.getsockname()[1], 2.0, clock, slow)
            connection.close()

        assert left_s <= 1.7

    @pytest.mark.parametrize("error", [socket.gaierror(-2, "Name or service not known"), UnicodeError("too long")])
    def test_that_fails_says_why(self, error: Exception, clock: Clock) -> None:
        def fail(_host: str, _port: int) -> Sequence[str]:
            raise error

        with pytest.raises(NameNotFound, match=r"Name or service not known|too long"):
            connect(HOST, 80, 2.0, clock, fail)

    def test_without_an_address_is_a_failure(self, clock: Clock) -> None:
        with pytest.raises(OSError, match="it has no address"):
            connect(HOST, 80, 2.0, clock, lambda _host, _port: [])

    def test_of_this_machine_gives_each_address_once(self) -> None:
        found = addresses_of("localhost", 80)
        assert set(found) & {"127.0.0.1", "::1"}
        assert len(found) == len(set(found))

    def test_is_not_made_for_an_address(self, clock: Clock) -> None:
        def fail(_host: str, _port: int) -> Sequence[str]:
            raise AssertionError

        with socket.create_server(("127.0.0.1", 0)) as server:
            connect("127.0.0.1", server.getsockname()[1], 2.0, clock, fail)[0].close()


class TestSeveralAddresses:
    def test_share_the_time_so_that_one_that_answers_nobody_leaves_some_for_the_next(self, clock: Clock) -> None:
        begun_s = clock.elapsed_s()
        with black_hole("127.0.0.2") as port, socket.create_server(("127.0.0.1", port)):
            connection, left_s = connect(HOST, port, 2.0, clock, lambda _host, _port: ["127.0.0.2", "127.0.0.1"])
            assert connection.getpeername() == ("127.0.0.1", port)
            connection.close()

        assert 0.9 <= clock.elapsed_s() - begun_s < 2.0
        assert 0 < left_s <= 1.1

    def test_that_all_answer_nobody_take_no_longer_than_one(self, clock: Clock) -> None:
        begun_s = clock.elapsed_s()
        with black_hole("127.0.0.2") as port, pytest.raises(TimeoutError):
            connect(HOST, port, 0.4, clock, lambda _host, _port: ["127.0.0.2"] * 4)
        assert clock.elapsed_s() - begun_s < 0.4 + SLACK_S

    def test_of_which_one_refuses_lead_to_the_next_at_once(self, clock: Clock) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            connection, left_s = connect(HOST, port, 2.0, clock, lambda _host, _port: ["127.0.0.3", "127.0.0.1"])
            connection.close()
        assert left_s > 1.5
