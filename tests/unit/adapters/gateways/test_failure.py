"""What the end of a request without an answer means, for those ends that a loopback cannot bring about."""

import socket

import pytest
import requests
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import MaxRetryError, NameResolutionError, ProtocolError

from adapters.gateways.base_url import is_base_url
from adapters.gateways.single_attempt import failure
from domain.outcome import Cause, GatewayDown, Unknown


def test_a_name_that_is_not_known_means_that_nothing_was_sent() -> None:
    connection = HTTPSConnection("api.example.com")
    unknown = NameResolutionError("api.example.com", connection, socket.gaierror(-2, "Name or service not known"))
    error = requests.ConnectionError(MaxRetryError(HTTPSConnectionPool("api.example.com"), "/secret/path", unknown))

    outcome = failure(error)

    assert isinstance(outcome, GatewayDown)
    assert outcome.cause is Cause.TRANSIENT
    assert "Name or service not known" in outcome.reason
    assert "secret" not in outcome.reason


def test_a_proxy_that_cannot_be_reached_means_that_nothing_was_sent() -> None:
    assert isinstance(failure(requests.exceptions.ProxyError("no route")), GatewayDown)


def test_a_request_that_cannot_be_made_means_that_the_settings_are_wrong() -> None:
    outcome = failure(requests.exceptions.InvalidURL("http://[::"))

    assert isinstance(outcome, GatewayDown)
    assert outcome.cause is Cause.CONFIGURATION


@pytest.mark.parametrize(
    "error",
    [
        requests.exceptions.ReadTimeout(),
        requests.exceptions.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError())),
        requests.exceptions.ConnectionError(),
        requests.exceptions.ChunkedEncodingError(),
        requests.exceptions.SSLError(),
        RuntimeError("something that an SDK wraps"),
    ],
)
def test_whatever_else_ends_a_request_may_have_come_after_it_was_sent(error: Exception) -> None:
    assert isinstance(failure(error), Unknown)


@pytest.mark.parametrize("text", ["https://api.twilio.com", "http://127.0.0.1:8080/prefix/", "https://[::1]:443"])
def test_a_base_url_has_a_scheme_and_a_host(text: str) -> None:
    assert is_base_url(text)


@pytest.mark.parametrize("text", ["", "api.twilio.com", "ftp://host", "https://", "https://[::1", "https://host/?q=1"])
def test_anything_else_is_no_base_url(text: str) -> None:
    assert not is_base_url(text)
