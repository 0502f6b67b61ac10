"""What providers call reaches the reader of its gateway as it was sent, and what that says decides the answer."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal
from attrs import define, field
from dependency_injector import providers

from adapters.memory.memory_sender import MemorySender
from application.ports.sender import Gateway
from application.ports.webhook import WebhookRequest
from domain.errors import Forged, Misconfigured, Unreadable
from domain.receipt import Receipt
from entrypoints.container import build, close
from entrypoints.http_api.app import create_app
from entrypoints.http_api.limits import WEBHOOK_BYTES_MAX
from entrypoints.settings import load
from tests.unit.entrypoints.http_api.asgi_client import AsgiClient, Received

CONFIGURATION = f"""
[gateways.texts]
kind = "twilio"
account_sid = "AC{"a" * 32}"
auth_token = "t"
from = "+14155550100"

[routes]
sms = ["texts"]
"""
TARGET = "/webhooks/twilio/texts?echo=1.1.a%2Db&x="


@define
class Reader:
    """Keeps what it was called with."""

    requests: list[WebhookRequest] = field(factory=list)
    error: Exception | None = None

    def __call__(self, request: WebhookRequest) -> Sequence[Receipt]:
        self.requests.append(request)
        if self.error is not None:
            raise self.error
        return ()


@define
class Called:
    """The API with one gateway whose reader keeps what came."""

    client: AsgiClient
    reader: Reader

    def __call__(self, body: bytes = b"a=%20b", **headers: str) -> Received:
        return self.with_headers(headers, body)

    def with_headers(self, headers: Mapping[str, str], body: bytes = b"") -> Received:
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return self.client("POST", TARGET, [body], named)


@pytest.fixture
def public_url() -> str | None:
    return None


@pytest.fixture
def called(portal: BlockingPortal, tmp_path: Path, public_url: str | None) -> Iterator[Called]:
    environ = {"TOCSIN_STORE": "memory://"} | ({"TOCSIN_PUBLIC_URL": public_url} if public_url else {})
    (tmp_path / "tocsin.toml").write_text(CONFIGURATION)
    container = build(load(None, environ, tmp_path))
    reader = Reader()
    gateway = Gateway(name="texts", kind="twilio", sender=MemorySender(), read_webhook=reader)
    container.gateway.override(providers.Object({"texts": gateway}.__getitem__))
    yield Called(AsgiClient(create_app(container), portal), reader)
    close(container)


def test_the_body_and_the_headers_arrive_as_they_were_sent(called: Called) -> None:
    answer = called(X_Signature="abc=", content_type="application/x-www-form-urlencoded")

    assert (answer.status, answer.body) == (204, b"")
    (request,) = called.reader.requests
    assert request.body == b"a=%20b"
    assert request.headers["x-signature"] == "abc="


@pytest.mark.parametrize("public_url", ["https://notify.example.com", "https://notify.example.com/"])
def test_the_address_is_the_public_one_whatever_the_request_says(called: Called) -> None:
    called(host="inside:8080", x_forwarded_host="evil.example")

    assert called.reader.requests[0].url == f"https://notify.example.com{TARGET}"


@pytest.mark.parametrize("public_url", ["https://example.com/tocsin"])
def test_the_public_address_may_have_a_path_that_a_proxy_takes_off(called: Called) -> None:
    called()

    assert called.reader.requests[0].url == f"https://example.com/tocsin{TARGET}"


@pytest.mark.parametrize(
    ("headers", "start"),
    [
        ({"host": "127.0.0.1:8080"}, "http://127.0.0.1:8080"),
        ({"host": "inside", "x_forwarded_proto": "https"}, "https://inside"),
        ({"host": "inside", "x_forwarded_proto": "https, http", "x_forwarded_host": "a.b, c"}, "https://a.b"),
    ],
)
def test_without_one_it_is_what_the_proxy_says(called: Called, headers: dict[str, str], start: str) -> None:
    called.with_headers(headers)

    assert called.reader.requests[0].url == f"{start}{TARGET}"


def test_what_is_forged_is_turned_away_with_a_sentence(called: Called) -> None:
    called.reader.error = Forged("the signature is wrong; check auth_token")

    answer = called()

    assert (answer.status, answer.json["detail"]) == (403, "the signature is wrong; check auth_token")


def test_what_cannot_be_read_is_a_bad_request(called: Called) -> None:
    called.reader.error = Unreadable("the body is no form")

    assert called().status == 400


def test_a_call_is_bounded(called: Called) -> None:
    assert called(body=bytes(WEBHOOK_BYTES_MAX)).status == 204
    assert called(body=bytes(WEBHOOK_BYTES_MAX + 1)).status == 413
    assert len(called.reader.requests) == 1


@pytest.mark.parametrize("target", ["/webhooks/twilio/other", "/webhooks/sendgrid/texts", "/webhooks/outbox/outbox"])
def test_who_only_guesses_is_turned_away_before_anything_is_read_or_made(called: Called, target: str) -> None:
    answer = called.client("POST", target, [bytes(WEBHOOK_BYTES_MAX + 1)], [])

    assert (answer.status, called.reader.requests) == (404, [])


def test_what_is_wrong_with_a_gateway_is_told_to_nobody_outside(called: Called) -> None:
    called.reader.error = Misconfigured(["gateway texts: the vault at vault.internal does not answer"])

    answer = called()

    assert (answer.status, "vault" in answer.body.decode()) == (503, False)
    assert answer.headers["retry-after"] == "5"
