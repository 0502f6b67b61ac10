"""Every error is a problem of RFC 9457, whoever found it."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from anyio.from_thread import BlockingPortal
from attrs import evolve
from dependency_injector import providers

from domain.api_key import Scope
from domain.errors import (
    Conflict,
    Forged,
    IllegalTransition,
    InvalidInput,
    KeyReused,
    Misconfigured,
    NotFound,
    Outdated,
    StoreUnavailable,
    TocsinError,
    Unreadable,
)
from entrypoints.container import build, close
from entrypoints.http_api.app import create_app
from entrypoints.http_api.problems import of_tocsin
from entrypoints.settings import load
from tests.unit.entrypoints.http_api.api import Api, an_api
from tests.unit.entrypoints.http_api.asgi_client import AsgiClient, Received

FORM = {"content-type": "application/x-www-form-urlencoded"}
DEEP = b'{"a":' * 100_000


DOMAIN_ERRORS: list[tuple[TocsinError, int, str]] = [
    (InvalidInput.of("to", "is wrong"), 422, "invalid-input"),
    (KeyReused("k"), 422, "key-reused"),
    (NotFound("notification", 7), 404, "not-found"),
    (Conflict("no"), 409, "conflict"),
    (IllegalTransition("no"), 409, "conflict"),
    (Outdated("the preferences"), 412, "outdated"),
    (Misconfigured(["no"]), 500, "misconfigured"),
    (StoreUnavailable("locked"), 503, "unavailable"),
    (Forged("the signature is wrong"), 403, "forged"),
    (Unreadable("it is no report"), 400, "unreadable"),
]


def is_problem(answer: Received, status: int) -> dict[str, Any]:
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    problem: dict[str, Any] = answer.json
    assert list(problem) == ["type", "title", "status", "detail", "errors"]
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    return problem


@pytest.mark.parametrize(
    ("method", "path", "content", "headers", "status"),
    [
        ("GET", "/nowhere", None, {}, 404),
        ("GET", "/v1", None, {}, 404),
        ("GET", "/v1/notifications/1/why/not", None, {}, 404),
        ("DELETE", "/v1/notifications", None, {}, 405),
        ("GET", "/v1/notifications/batch", None, {}, 405),
        ("BREW", "/v1/gateways", None, {}, 405),
        ("GET", "/health/live", None, {"host": "a b"}, 400),
        ("POST", "/v1/notifications", b"", {}, 400),
        ("POST", "/v1/notifications", b"{", {}, 400),
        ("POST", "/v1/notifications", DEEP, {}, 400),
        ("POST", "/v1/notifications", b'{"to": NaN}', {}, 400),
        ("POST", "/v1/notifications", b'{"to": "a", "to": "b"}', {}, 400),
        ("POST", "/v1/notifications", b'{"to": ' + b"9" * 5000 + b"}", {}, 400),
        ("POST", "/v1/notifications/batch", b"[{}, {", {}, 400),
        ("PUT", "/v1/recipients/bob", b"\xff\xfe", {}, 400),
        ("POST", "/v1/notifications/1/retry", b"{", {}, 400),
        ("POST", "/v1/notifications", b"to=ada", FORM, 415),
        ("POST", "/v1/notifications", b"{}", {"content-type": "application/json; charset=latin-1"}, 415),
        ("POST", "/v1/notifications", b"{}", {"content-type": ""}, 415),
        ("POST", "/v1/notifications", b"{}", {"content-type": "application/x-ndjson"}, 415),
        ("POST", "/v1/notifications/batch", b"{}", FORM, 415),
        ("POST", "/v1/recipients/batch", b"{}", FORM, 415),
        ("PUT", "/v1/recipients/bob", b"{}", FORM, 415),
        ("POST", "/v1/notifications/1/retry", b"{}", FORM, 415),
        ("POST", "/v1/notifications", b"{}", {}, 422),
        ("POST", "/v1/notifications", b"[]", {}, 422),
        ("POST", "/v1/notifications", b"null", {}, 422),
        ("POST", "/v1/notifications", b'{"\\ud800": 1, "to": "\\udfff"}', {}, 422),
    ],
)
def test_what_a_caller_does_wrong(
    api: Api, method: str, path: str, content: bytes | None, headers: dict[str, str], status: int
) -> None:
    is_problem(api(method, path, content, headers=headers), status)


def test_a_method_that_a_path_does_not_have_is_told_which_it_has(api: Api) -> None:
    allowed = api("DELETE", "/v1/notifications").headers["allow"]
    assert set(allowed.split(", ")) == {"GET", "POST", "OPTIONS"}


def test_what_a_path_has_can_be_asked(api: Api) -> None:
    answer = api("OPTIONS", "/v1/recipients/ada", scope=None)
    assert (answer.status, answer.body) == (204, b"")
    assert "access-control-allow-origin" not in answer.headers


def test_head_is_get_as_far_as_routes_go(api: Api) -> None:
    assert api("HEAD", "/health/live").status == 200
    assert api("HEAD", "/v1/notifications", scope=None).status == 401
    assert api("HEAD", "/nowhere").status == 404


@pytest.mark.parametrize("path", ["/health/live", "/v1/gateways", "/nowhere", "/openapi.json", "/v1/notifications/x"])
def test_every_answer_is_kept_out_of_caches_and_not_guessed_at(api: Api, path: str) -> None:
    headers = api("GET", path).headers
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")


@pytest.mark.parametrize(("error", "status", "name"), DOMAIN_ERRORS)
def test_every_error_of_the_domain_has_its_status(error: TocsinError, status: int, name: str) -> None:
    problem = of_tocsin(error)
    assert (problem.status, problem.type) == (status, f"urn:tocsin:problem:{name}")


def test_every_error_of_the_domain_is_in_the_table() -> None:
    assert {type(error) for error, _, _ in DOMAIN_ERRORS} == set(_below(TocsinError))


def _below(kind: type[TocsinError]) -> Iterator[type[TocsinError]]:
    for known in kind.__subclasses__():
        if known.__module__ == "domain.errors":
            yield known
            yield from _below(known)


class BrokenClock:
    """A clock with a bug."""

    def now(self) -> datetime:
        raise ZeroDivisionError("while looking at ada@example.com")

    def elapsed_s(self) -> float:
        return 0.0


def test_a_bug_is_500_without_a_word_about_the_inside(api: Api) -> None:
    api.container.clock.override(providers.Object(BrokenClock()))
    broken = evolve(api, client=evolve(api.client, app=create_app(api.container)))
    with structlog.testing.capture_logs() as logged:
        answer = broken.send()
    assert "division" not in json.dumps(is_problem(answer, 500)).lower()
    assert [(line["event"], line["error"]) for line in logged] == [("request failed", "ZeroDivisionError")]
    assert "ada@example.com" not in json.dumps(logged)
    assert logged[0]["where"][-1].endswith(" now")


def test_a_store_that_is_gone_is_503_with_a_time_to_come_back(portal: BlockingPortal, tmp_path: Path) -> None:
    container = build(load(None, {"TOCSIN_STORE": "sqlite:///gone.db"}, tmp_path))
    secret = container.create_key()(frozenset({Scope.MANAGE})).secret
    client = AsgiClient(create_app(container), portal)
    (tmp_path / "gone.db").unlink()
    for path in ("/v1/notifications", "/health/ready"):
        answer = client("GET", path, headers=[("authorization", f"Bearer {secret}")])
        assert "gone.db" not in is_problem(answer, 503)["detail"], "nobody learns the path; no key can be checked"
        assert answer.headers["retry-after"] == "5"
    assert client("GET", "/health/live").status == 200
    close(container)


def test_the_process_lives_and_is_ready(api: Api) -> None:
    for path in ("/health/live", "/health/ready"):
        answer = api("GET", path, scope=None)
        assert (answer.status, answer.json) == (200, {"status": "ok"})


def test_without_its_dispatcher_it_lives_but_is_not_ready(portal: BlockingPortal, tmp_path: Path) -> None:
    with an_api(portal, tmp_path, dispatcher_lives=[False]) as api:
        assert api("GET", "/health/live", scope=None).status == 200
        assert "dispatcher" in is_problem(api("GET", "/health/ready", scope=None), 503)["detail"]


def test_a_path_that_is_none_is_named_with_where_the_others_are(api: Api) -> None:
    problem = is_problem(api("GET", "/v1/notification"), 404)
    assert problem["detail"] == "there is nothing at /v1/notification; /openapi.json describes what there is"


def test_a_method_that_a_path_does_not_take_is_answered_with_those_that_it_takes(api: Api) -> None:
    answer = api("DELETE", "/v1/notifications")

    problem = is_problem(answer, 405)
    assert problem["detail"] == f"/v1/notifications takes {answer.headers['allow']} and not DELETE"
    assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))


def test_a_number_below_zero_is_told_the_least(api: Api) -> None:
    (error,) = is_problem(api("GET", "/v1/notifications?after=-5"), 422)["errors"]
    assert error == {"field": "after", "message": "must be a whole number of 0 or more, with at most 18 digits"}
