"""Where Tocsin listens, and where it refuses to."""

import socket

import pytest

from domain.errors import Misconfigured
from entrypoints.http_api.listener import listen


def test_a_free_port_is_taken_where_none_is_named() -> None:
    with listen("127.0.0.1", 0, loopback_only=True) as listener:
        host, port = listener.getsockname()
        assert host == "127.0.0.1"
        with socket.create_connection((host, port), timeout=5):
            pass


def test_its_protocol_is_named_so_that_answers_are_sent_without_delay() -> None:
    with listen("127.0.0.1", 0, loopback_only=True) as listener:
        assert listener.proto == socket.IPPROTO_TCP


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost"])
def test_loopback_is_always_allowed(host: str) -> None:
    with listen(host, 0, loopback_only=True):
        pass


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1"])
def test_more_than_loopback_needs_a_key(host: str) -> None:
    with pytest.raises(Misconfigured, match="tocsin keys create"):
        listen(host, 0, loopback_only=True)


def test_with_a_key_every_address_of_the_machine_is_allowed() -> None:
    with listen("0.0.0.0", 0, loopback_only=False) as listener:
        assert listener.getsockname()[0] == "0.0.0.0"


def test_a_port_in_use_is_said() -> None:
    with listen("127.0.0.1", 0, loopback_only=True) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Misconfigured, match=f"port {port} on 127.0.0.1 is in use; .* --port"):
            listen("127.0.0.1", port, loopback_only=True)


@pytest.mark.parametrize(
    ("host", "port", "sentence"),
    [
        ("192.0.2.1", 0, "is not an address of this machine"),
        ("x" * 64 + ".example", 0, "is not known here"),
        ("127.0.0.1", 65536, "is not a port"),
        ("127.0.0.1", -1, "is not a port"),
    ],
)
def test_what_cannot_be_listened_on_is_said(host: str, port: int, sentence: str) -> None:
    with pytest.raises(Misconfigured, match=sentence):
        listen(host, port, loopback_only=False)
