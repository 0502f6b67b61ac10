"""What a gateway over HTTP may rely on: one attempt, bounded in time, and a failure that says whether it left."""

import logging
import socket
import ssl
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from threading import Event

import httpx2
import pytest

from adapters.gateways.bounded_transport import BODY_MAX_BYTES, AnswerLost, BoundedTransport, NotSent, failure
from adapters.gateways.connecting import IDLE_MAX_S
from adapters.system_clock import SystemClock
from application.ports.clock import Clock
from domain.outcome import Cause, GatewayDown, Unknown
from tests.servers.forgetful_server import ForgetfulServer
from tests.servers.http_loopback import LoopbackServer, Reply, Request, Trouble
from tests.servers.later_clock import LaterClock
from tests.servers.raw_server import RawServer
from tests.servers.smtp_certificates import CertificateAuthority

TIMEOUT_S = 0.5
SLACK_S = 0.8
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@pytest.fixture
def clock() -> Clock:
    return SystemClock()


@pytest.fixture
def client(clock: Clock) -> Iterator[httpx2.Client]:
    with client_of(clock) as client:
        yield client


def client_of(clock: Clock, tls: ssl.SSLContext | None = None) -> httpx2.Client:
    return httpx2.Client(transport=BoundedTransport(4, TIMEOUT_S, clock, tls), trust_env=False)


class TestAnAnswer:
    def test_is_given_with_its_status_headers_and_body(self, client: httpx2.Client) -> None:
        requests: list[Request] = []

        def answer(request: Request) -> Reply:
            requests.append(request)
            return Reply(404, b"nothing here", {"X-Told": "why"})

        with closing(LoopbackServer(answer)) as server:
            found = client.post(f"{server.url}/a?b=c", content=b"what", headers={"X-Asked": "what"})

        assert (found.status_code, found.headers["x-told"], found.content) == (404, "why", b"nothing here")
        (asked,) = requests
        assert (asked.method, asked.target, asked.body, asked.headers["x-asked"]) == ("POST", "/a?b=c", b"what", "what")

    def test_counts_although_its_body_breaks_off(self, client: httpx2.Client) -> None:
        with closing(RawServer(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhel")) as server:
            found = client.get(server.url)

        assert (found.status_code, found.content) == (200, b"hel")

    def test_counts_although_its_body_is_not_encoded_as_it_says(self, client: httpx2.Client) -> None:
        encoded = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhi"
        with closing(RawServer(encoded)) as server:
            assert client.get(server.url).content == b"hi"

    def test_is_read_no_further_than_makes_sense(self, client: httpx2.Client) -> None:
        endless = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n" + bytes(3 * BODY_MAX_BYTES)
        with closing(RawServer(endless)) as server:
            assert client.get(server.url).content == bytes(BODY_MAX_BYTES)

    def test_that_goes_on_and_on_is_broken_off(self, clock: Clock) -> None:
        patient = httpx2.Client(transport=BoundedTransport(4, 30.0, clock), trust_env=False)
        with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool, patient as client:
            took_all = pool.submit(pour, listener)
            client.get(f"http://127.0.0.1:{listener.getsockname()[1]}")
            assert not took_all.result(30)

    @pytest.mark.parametrize("trouble", [Trouble.DRIP, Trouble.HANG, Trouble.RESET, Trouble.NOT_HTTP])
    def test_that_does_not_come_is_lost_in_bounded_time(
        self, trouble: Trouble, client: httpx2.Client, clock: Clock
    ) -> None:
        begun_s = clock.elapsed_s()
        with closing(LoopbackServer(lambda _: trouble)) as server:
            with pytest.raises(AnswerLost) as caught:
                client.post(server.url, content=b"x")
            assert len(server.requests) == 1

        assert isinstance(failure(caught.value), Unknown)
        assert clock.elapsed_s() - begun_s < TIMEOUT_S + SLACK_S

    def test_whose_body_comes_byte_by_byte_counts_as_far_as_it_came_in_time(
        self, client: httpx2.Client, clock: Clock
    ) -> None:
        over = Event()
        begun_s = clock.elapsed_s()
        with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
            pool.submit(drip, listener, over)
            found = client.get(f"http://127.0.0.1:{listener.getsockname()[1]}")
            over.set()

        assert found.status_code == 200
        assert 1 <= len(found.content) <= 20
        assert clock.elapsed_s() - begun_s < TIMEOUT_S + SLACK_S


def drip(listener: socket.socket, over: Event) -> None:
    """Answer one request with a body that never ends, twenty bytes a second."""
    connection, _ = listener.accept()
    with connection, suppress(OSError):  # the client went away
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n.")
        while not over.wait(0.05):
            connection.sendall(b".")


def pour(listener: socket.socket) -> bool:
    """Answer one request with a body of 100 MB, and say whether all of it was taken."""
    connection, _ = listener.accept()
    with connection:
        connection.recv(65_536)
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
            for _ in range(100):
                connection.sendall(bytes(1_000_000))
        except OSError:
            return False
    return True


class TestAConnection:
    def test_is_kept_for_the_next_request(self, client: httpx2.Client) -> None:
        with closing(LoopbackServer(lambda _: Reply(200))) as server:
            for _ in range(3):
                client.get(server.url)
            assert server.connections == 1

    def test_that_was_closed_meanwhile_is_made_anew(self, client: httpx2.Client) -> None:
        with closing(LoopbackServer(lambda _: Reply(200))) as server:
            client.get(server.url)
            server.disconnect()
            assert client.get(server.url).status_code == 200
            assert server.connections == 2

    @pytest.mark.parametrize(("rested_s", "connections"), [(IDLE_MAX_S - 2, 1), (IDLE_MAX_S + 1, 3)])
    def test_is_used_again_unless_it_rested_long(self, rested_s: float, connections: int) -> None:
        clock = LaterClock()
        with closing(LoopbackServer(lambda _: Reply(200))) as server, client_of(clock) as client:
            for _ in range(3):  # each use counts, not the age
                client.get(server.url)
                clock.later_s += rested_s
            assert server.connections == connections

    def test_that_was_forgotten_meanwhile_without_a_word_loses_no_answer(self) -> None:
        clock = LaterClock()
        with closing(ForgetfulServer()) as server, client_of(clock) as client:
            for _ in range(3):
                assert client.get(server.url).status_code == 200
                clock.later_s += IDLE_MAX_S + 1

    def test_to_a_name_that_nobody_looks_up_in_time_sent_nothing(self, clock: Clock) -> None:
        over = Event()

        def hang(_host: str, _port: int) -> Sequence[str]:
            over.wait(30)
            return []

        begun_s = clock.elapsed_s()
        with httpx2.Client(transport=BoundedTransport(4, TIMEOUT_S, clock, look_up=hang), trust_env=False) as client:
            down = down_at(client, "http://provider.example")
        over.set()

        assert down.reason == "could not find provider.example: the look-up timed out"
        assert clock.elapsed_s() - begun_s < TIMEOUT_S + SLACK_S

    def test_that_is_refused_sent_nothing(self, client: httpx2.Client) -> None:
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        down = down_at(client, f"http://127.0.0.1:{port}")

        assert down.reason == f"could not connect to 127.0.0.1:{port}: [Errno 111] Connection refused"
        assert down.cause is Cause.TRANSIENT

    @pytest.mark.parametrize("host", ["nobody.invalid", f"{'a' * 64}.example"])
    def test_to_a_name_that_nobody_has_sent_nothing(self, host: str, client: httpx2.Client) -> None:
        assert down_at(client, f"http://{host}").reason.startswith(f"could not find {host}: ")

    def test_that_nobody_takes_sent_nothing(self, client: httpx2.Client, clock: Clock) -> None:
        begun_s = clock.elapsed_s()
        with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
            waiting = [socket.socket() for _ in range(4)]
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(full.getsockname())
            down = down_at(client, f"http://127.0.0.1:{full.getsockname()[1]}")
            for one in waiting:
                one.close()

        assert "timed out" in down.reason
        assert clock.elapsed_s() - begun_s < TIMEOUT_S + SLACK_S

    def test_that_takes_nothing_in_sent_nothing_whole(self, client: httpx2.Client, clock: Clock) -> None:
        begun_s = clock.elapsed_s()
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            down = down_at(client, f"http://127.0.0.1:{deaf.getsockname()[1]}", bytes(12_000_000))

        assert down.reason == "the request could not be written within the timeout"
        assert clock.elapsed_s() - begun_s < TIMEOUT_S + SLACK_S

    def test_that_is_reset_while_the_request_is_written_may_have_had_an_answer(self, client: httpx2.Client) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
            pool.submit(reset_one, listener)
            with pytest.raises(AnswerLost):
                client.post(f"http://127.0.0.1:{listener.getsockname()[1]}", content=bytes(12_000_000))

    def test_is_not_begun_when_the_time_is_over(self) -> None:
        with client_of(HastyClock()) as client, closing(LoopbackServer(lambda _: Reply(200))) as server:
            assert "timed out" in down_at(client, server.url).reason
            assert server.connections == 0


def reset_one(listener: socket.socket) -> None:
    """Take the beginning of one request and break the connection off."""
    connection, _ = listener.accept()
    connection.recv(1000)
    connection.close()  # with octets that were not read, so the other side gets a reset


class TestTls:
    def test_to_a_server_that_is_trusted_carries_requests(self, tmp_path: Path, clock: Clock) -> None:
        authority = CertificateAuthority(tmp_path)
        trusting = ssl.create_default_context(cafile=authority.ca_file)
        with (
            closing(RawServer(OK, OK, tls=authority.server_context())) as server,
            client_of(clock, trusting) as client,
        ):
            assert [client.post(server.url, content=b"x").text for _ in range(2)] == ["hi", "hi"]

    def test_to_one_that_nobody_trusts_has_to_be_mended_by_a_person(
        self, tmp_path: Path, client: httpx2.Client
    ) -> None:
        with closing(RawServer(OK, tls=CertificateAuthority(tmp_path).server_context())) as server:
            down = down_at(client, server.url)

        assert down.cause is Cause.CONFIGURATION
        assert "certificate verify failed" in down.reason

    def test_to_one_that_speaks_none_sent_nothing(self, client: httpx2.Client) -> None:
        with closing(RawServer(OK)) as server:
            down = down_at(client, server.url.replace("http:", "https:"))

        assert down.cause is Cause.TRANSIENT
        assert down.reason.startswith("no TLS connection to 127.0.0.1: ")

    def test_that_never_comes_about_ends_in_bounded_time(self, client: httpx2.Client, clock: Clock) -> None:
        begun_s = clock.elapsed_s()
        with socket.create_server(("127.0.0.1", 0)) as silent:
            down = down_at(client, f"https://127.0.0.1:{silent.getsockname()[1]}")

        assert "timed out" in down.reason
        assert clock.elapsed_s() - begun_s < TIMEOUT_S + SLACK_S


class TestTheLog:
    @pytest.mark.parametrize(("level", "says_it"), [(logging.INFO, False), (logging.DEBUG, True)])
    def test_names_a_place_to_those_who_debug_alone(
        self, level: int, says_it: bool, client: httpx2.Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(level), closing(LoopbackServer(lambda _: Reply(200))) as server:
            client.get(f"{server.url}/endpoint-of-a-person")

        assert ("endpoint-of-a-person" in caplog.text) is says_it


class HastyClock(SystemClock):
    """A clock on which a minute passes at each look."""

    def __init__(self) -> None:
        self._looks = 0

    def now(self) -> datetime:
        raise AssertionError("the time of day does not matter here")

    def elapsed_s(self) -> float:
        self._looks += 1
        return 60.0 * self._looks


def down_at(client: httpx2.Client, url: str, body: bytes = b"x") -> GatewayDown:
    """Return what a request to *url* comes to, which nobody gets whole."""
    with pytest.raises(NotSent) as caught:
        client.post(url, content=body)
    down = failure(caught.value)
    assert isinstance(down, GatewayDown)
    return down
