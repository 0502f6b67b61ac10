"""The transport beneath the HTTP gateways, where no provider's server can show it: TLS that does not come about."""

import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.gateways.connecting import IDLE_MAX_S, LookUp, addresses_of
from adapters.gateways.single_attempt import SingleAttempt, failure
from adapters.system_clock import SystemClock
from domain.outcome import Cause, GatewayDown, Unknown
from tests.servers.forgetful_server import ForgetfulServer
from tests.servers.http_loopback import LoopbackServer, Reply
from tests.servers.later_clock import LaterClock


@contextmanager
def serving(handle: Callable[[socket.socket], None]) -> Iterator[str]:
    """Give the first connection to *handle*, and yield where to connect."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                handle(connection)

        thread = Thread(target=serve)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}/"
        thread.join(10)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody vouches for, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


def shake_hands(connection: socket.socket, certificate: Path) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context.wrap_socket(connection, server_side=True)


def read_request(tls: ssl.SSLSocket) -> None:
    """Read it whole: a connection closed on what is unread is reset, and its answer lost."""
    while not tls.read().endswith(b"the body"):
        pass


def post(url: str, verify: Path | None = None) -> GatewayDown | Unknown:
    """Return what the failure of a request to *url* means."""
    with requests.Session() as session:
        session.mount("https://", SingleAttempt(connections=1, timeout_s=2, clock=SystemClock()))
        with pytest.raises(requests.exceptions.RequestException) as caught:
            session.post(url, data="the body", verify=str(verify) if verify else True)
    return failure(caught.value)


class TestTls:
    def test_with_a_certificate_that_nobody_vouches_for_sends_nothing(self, certificate: Path) -> None:
        def handle(connection: socket.socket) -> None:
            with pytest.raises(OSError, match="alert"):
                shake_hands(connection, certificate).read()

        with serving(handle) as url:
            outcome = post(url)

        assert isinstance(outcome, GatewayDown)
        assert outcome.cause is Cause.CONFIGURATION
        assert "certificate verify failed" in outcome.reason

    def test_with_a_server_that_speaks_none_sends_nothing(self) -> None:
        with serving(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as url:
            outcome = post(url)

        assert isinstance(outcome, GatewayDown)
        assert outcome.cause is Cause.TRANSIENT

    def test_that_breaks_while_shaking_hands_sends_nothing(self) -> None:
        with serving(socket.socket.close) as url:
            assert isinstance(post(url), GatewayDown)

    def test_that_breaks_after_the_request_may_have_sent_it(self, certificate: Path) -> None:
        def handle(connection: socket.socket) -> None:
            with shake_hands(connection, certificate) as tls:
                read_request(tls)
                connection.close()

        with serving(handle) as url:
            assert isinstance(post(url, certificate), Unknown)

    def test_that_turns_to_garbage_after_the_request_may_have_sent_it(self, certificate: Path) -> None:
        def handle(connection: socket.socket) -> None:
            tls = shake_hands(connection, certificate)
            read_request(tls)
            raw = socket.socket(fileno=tls.detach())
            with raw:
                raw.sendall(b"not a record of TLS at all")

        with serving(handle) as url:
            assert isinstance(post(url, certificate), Unknown)

    def test_carries_an_answer(self, certificate: Path) -> None:
        def handle(connection: socket.socket) -> None:
            with shake_hands(connection, certificate) as tls:
                read_request(tls)
                tls.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nRetry-After: 3\r\n\r\nok")

        transport = SingleAttempt(connections=1, timeout_s=2, clock=SystemClock())
        with serving(handle) as url, requests.Session() as session:
            session.mount("https://", transport)
            answer = session.post(url, data="the body", verify=str(certificate))

        assert answer.text == "ok"
        assert transport.answer is not None
        assert (transport.answer.status, transport.answer.headers["retry-after"]) == (201, "3")


def test_a_proxy_that_refuses_the_connection_means_that_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with requests.Session() as session:
        session.mount("https://", SingleAttempt(connections=1, timeout_s=2, clock=SystemClock()))
        with pytest.raises(requests.exceptions.ProxyError) as caught:
            session.post("https://api.example.com/", data="the body", proxies={"https": proxy})

    outcome = failure(caught.value)

    assert isinstance(outcome, GatewayDown)
    assert "check HTTP_PROXY" in outcome.reason


@contextmanager
def mounted(clock: SystemClock, look_up: LookUp = addresses_of) -> Iterator[requests.Session]:
    with requests.Session() as session:
        for scheme in ("http://", "https://"):
            session.mount(scheme, SingleAttempt(connections=1, timeout_s=1, clock=clock, look_up=look_up))
        yield session


class TestAKeptConnection:
    @pytest.mark.parametrize(("rested_s", "connections"), [(IDLE_MAX_S - 2, 1), (IDLE_MAX_S + 1, 3)])
    def test_is_used_again_unless_it_rested_long(self, rested_s: float, connections: int) -> None:
        clock = LaterClock()
        with closing(LoopbackServer(lambda _: Reply(200))) as server, mounted(clock) as session:
            for _ in range(3):  # each use counts, not the age
                session.post(server.url, data="the body")
                clock.later_s += rested_s
            assert server.connections == connections

    def test_that_was_forgotten_without_a_word_loses_no_answer(self) -> None:
        clock = LaterClock()
        with closing(ForgetfulServer()) as server, mounted(clock) as session:
            for _ in range(3):
                assert session.post(server.url, data="the body").status_code == 200
                clock.later_s += IDLE_MAX_S + 1


class TestAName:
    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_that_nobody_looks_up_in_time_means_that_nothing_was_sent(self, scheme: str) -> None:
        clock, over = SystemClock(), Event()

        def hang(_host: str, _port: int) -> Sequence[str]:
            over.wait(30)
            return []

        begun_s = clock.elapsed_s()
        with mounted(clock, hang) as session, pytest.raises(requests.exceptions.RequestException) as caught:
            session.post(f"{scheme}://provider.example/", data="the body")
        over.set()

        outcome = failure(caught.value)
        assert isinstance(outcome, GatewayDown)
        assert outcome.reason == "could not connect: could not find provider.example: the look-up timed out"
        assert clock.elapsed_s() - begun_s < 1.8

    def test_leads_past_an_address_that_refuses(self) -> None:
        def several(_host: str, _port: int) -> Sequence[str]:
            return ["127.0.0.3", "127.0.0.1"]

        with closing(LoopbackServer(lambda _: Reply(200))) as server, mounted(SystemClock(), several) as session:
            url = server.url.replace("127.0.0.1", "provider.example")
            assert session.post(url, data="the body").status_code == 200
