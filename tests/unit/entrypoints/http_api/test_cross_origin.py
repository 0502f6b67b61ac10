"""Web pages of other origins use the inbox, if the configuration names them, and nothing else."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal

from tests.unit.entrypoints.http_api.api import Api, an_api
from tests.unit.entrypoints.http_api.asgi_client import Received

INBOX = "/v1/recipients/ada/inbox"
SHOP = "https://shop.example"
ASKING: Mapping[str, str] = {"access-control-request-method": "GET", "access-control-request-headers": "authorization"}


@pytest.fixture
def open_to_shop(portal: BlockingPortal, tmp_path: Path) -> Iterator[Api]:
    with an_api(portal, tmp_path, environ={"TOCSIN_INBOX_ORIGINS": f"{SHOP},http://localhost:3000"}) as made:
        yield made


def token(api: Api) -> str:
    return str(api("POST", f"{INBOX}/token").json["token"])


def allowed(answer: Received) -> str | None:
    assert "access-control-allow-credentials" not in answer.headers
    return answer.headers.get("access-control-allow-origin")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", INBOX), ("GET", f"{INBOX}/stream"), ("POST", f"{INBOX}/read"), ("HEAD", INBOX)]
)
def test_a_page_of_a_named_origin_reads_the_answer(open_to_shop: Api, method: str, path: str) -> None:
    shown = token(open_to_shop)

    for origin in (SHOP, "http://localhost:3000"):
        answer = open_to_shop(method, f"{path}?token={shown}", scope=None, headers={"origin": origin})
        assert (answer.status, allowed(answer), answer.headers["vary"]) == (200, origin, "origin")


def test_it_reads_too_why_it_was_refused(open_to_shop: Api) -> None:
    answer = open_to_shop("GET", f"{INBOX}?token=inbox.x", scope=None, headers={"origin": SHOP})

    assert (answer.status, allowed(answer)) == (401, SHOP)


@pytest.mark.parametrize("path", [INBOX, f"{INBOX}/stream", f"{INBOX}/7/read", "/v1/recipients/a%2Fb/inbox"])
def test_its_question_before_is_answered_without_a_token(open_to_shop: Api, path: str) -> None:
    answer = open_to_shop("OPTIONS", path, scope=None, headers={"origin": SHOP, **ASKING})

    assert (answer.status, allowed(answer), answer.headers["vary"], answer.body) == (204, SHOP, "origin", b"")
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "authorization" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://shop.example.evil.example", "null", "HTTPS://SHOP.EXAMPLE", ""]
)
def test_a_page_of_another_origin_reads_nothing(open_to_shop: Api, origin: str) -> None:
    for method, more in (("GET", {}), ("OPTIONS", ASKING)):
        answer = open_to_shop(method, INBOX, headers={"origin": origin, **more})
        assert (allowed(answer), answer.headers["vary"]) == (None, "origin")
        assert "access-control-allow-methods" not in answer.headers


@pytest.mark.parametrize(
    "path", [f"{INBOX}/token", f"{INBOX}/token/", "/v1/recipients/ada", "/v1/notifications", "/health/live"]
)
def test_no_other_route_is_open_to_pages(open_to_shop: Api, path: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        assert allowed(open_to_shop(method, path, headers={"origin": SHOP, **ASKING})) is None


def test_without_the_setting_no_page_of_another_origin_reads_anything(api: Api) -> None:
    answer = api("GET", INBOX, headers={"origin": SHOP})

    assert (answer.status, allowed(answer)) == (200, None)
    assert allowed(api("OPTIONS", INBOX, headers={"origin": SHOP, **ASKING})) is None
