"""Who may call what: by table, over every route that there is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.api_key import Scope
from entrypoints.container import build, close
from entrypoints.http_api.app import router
from entrypoints.http_api.openapi.document import operations
from entrypoints.settings import load
from tests.unit.entrypoints.http_api.api import Api

ALLOWED: dict[tuple[str, str], Scope | None] = {
    ("POST", "/v1/notifications"): Scope.SEND,
    ("POST", "/v1/notifications/batch"): Scope.SEND,
    ("POST", "/v1/notifications/{notification_id}/cancel"): Scope.SEND,
    ("POST", "/v1/notifications/{notification_id}/retry"): Scope.SEND,
    ("GET", "/v1/notifications"): Scope.READ,
    ("GET", "/v1/notifications/{notification_id}"): Scope.READ,
    ("GET", "/v1/notifications/{notification_id}/why"): Scope.READ,
    ("PUT", "/v1/recipients/{recipient_id}"): Scope.MANAGE,
    ("POST", "/v1/recipients/batch"): Scope.MANAGE,
    ("GET", "/v1/recipients"): Scope.READ,
    ("GET", "/v1/recipients/{recipient_id}"): Scope.READ,
    ("DELETE", "/v1/recipients/{recipient_id}"): Scope.MANAGE,
    ("GET", "/v1/recipients/{recipient_id}/export"): Scope.MANAGE,
    ("GET", "/v1/recipients/{recipient_id}/preferences"): Scope.READ,
    ("PUT", "/v1/recipients/{recipient_id}/preferences"): Scope.MANAGE,
    ("GET", "/v1/recipients/{recipient_id}/inbox"): Scope.READ,
    ("GET", "/v1/recipients/{recipient_id}/inbox/stream"): Scope.READ,
    ("POST", "/v1/recipients/{recipient_id}/inbox/token"): Scope.MANAGE,
    ("POST", "/v1/recipients/{recipient_id}/inbox/seen"): Scope.SEND,
    ("POST", "/v1/recipients/{recipient_id}/inbox/read"): Scope.SEND,
    ("POST", "/v1/recipients/{recipient_id}/inbox/archive"): Scope.SEND,
    ("POST", "/v1/recipients/{recipient_id}/inbox/{notification_id}/seen"): Scope.SEND,
    ("POST", "/v1/recipients/{recipient_id}/inbox/{notification_id}/unseen"): Scope.SEND,
    ("POST", "/v1/recipients/{recipient_id}/inbox/{notification_id}/read"): Scope.SEND,
    ("POST", "/v1/recipients/{recipient_id}/inbox/{notification_id}/unread"): Scope.SEND,
    ("POST", "/v1/recipients/{recipient_id}/inbox/{notification_id}/archive"): Scope.SEND,
    ("POST", "/v1/recipients/{recipient_id}/inbox/{notification_id}/unarchive"): Scope.SEND,
    ("GET", "/v1/reports/summary"): Scope.READ,
    ("GET", "/v1/gateways"): Scope.READ,
    ("POST", "/v1/gateways/{gateway}/pause"): Scope.MANAGE,
    ("POST", "/v1/gateways/{gateway}/resume"): Scope.MANAGE,
    ("POST", "/v1/campaigns"): Scope.SEND,
    ("POST", "/v1/campaigns/preview"): Scope.SEND,
    ("GET", "/v1/campaigns"): Scope.READ,
    ("GET", "/v1/campaigns/{campaign_id}"): Scope.READ,
    ("POST", "/v1/campaigns/{campaign_id}/pause"): Scope.MANAGE,
    ("POST", "/v1/campaigns/{campaign_id}/resume"): Scope.MANAGE,
    ("POST", "/v1/campaigns/{campaign_id}/cancel"): Scope.MANAGE,
    ("PUT", "/v1/templates/{name}"): Scope.MANAGE,
    ("GET", "/v1/templates"): Scope.READ,
    ("GET", "/v1/templates/{name}"): Scope.READ,
    ("DELETE", "/v1/templates/{name}"): Scope.MANAGE,
    ("POST", "/v1/templates/{name}/preview"): Scope.READ,
    ("GET", "/v1/lanes"): Scope.READ,
    ("POST", "/v1/lanes/pause"): Scope.MANAGE,
    ("POST", "/v1/lanes/resume"): Scope.MANAGE,
    ("POST", "/v1/lanes/pace"): Scope.MANAGE,
    ("GET", "/v1/suppressions"): Scope.READ,
    ("POST", "/v1/suppressions"): Scope.MANAGE,
    ("DELETE", "/v1/suppressions/{channel}/{address}"): Scope.MANAGE,
    ("POST", "/v1/decide"): Scope.READ,
    ("GET", "/unsubscribe/{token}"): None,
    ("POST", "/unsubscribe/{token}"): None,
    ("GET", "/preferences/{token}"): None,
    ("POST", "/preferences/{token}"): None,
    ("GET", "/pages/style.css"): None,
    ("POST", "/webhooks/{kind}/{gateway}"): None,
    ("GET", "/health/live"): None,
    ("GET", "/health/ready"): None,
    ("GET", "/openapi.json"): None,
}
ROUTES = pytest.mark.parametrize(("method", "path"), ALLOWED)


@pytest.fixture
def routes(tmp_path: Path) -> Iterator[set[tuple[str, str]]]:
    container = build(load(None, {"TOCSIN_STORE": "memory://"}, tmp_path))
    yield {(method, path) for path, method, _ in operations(router(container).routes)}
    close(container)


def test_the_table_has_every_route(routes: set[tuple[str, str]]) -> None:
    assert routes == ALLOWED.keys()


def open_answer(path: str) -> int:
    """Return what a route answers to everybody; no gateway here is called by its provider, and no link is sealed."""
    return 404 if path.startswith(("/webhooks/", "/unsubscribe/", "/preferences/")) else 200


def status(api: Api, method: str, path: str, scope: Scope | None, authorization: str | None = None) -> int:
    target = path.format(
        notification_id=1,
        recipient_id="ada",
        campaign_id=1,
        name="shipped",
        gateway="outbox",
        kind="outbox",
        channel="email",
        address="ada@example.com",
        token="1.2.ep.YWRh..0",
    )
    headers = {} if authorization is None else {"authorization": authorization}
    content: dict[str, str] | None = None if method == "GET" else {}
    return api(method, target, content, scope=scope, headers=headers).status


@ROUTES
def test_without_a_key_only_what_is_open_answers(api: Api, method: str, path: str) -> None:
    assert status(api, method, path, None) == (open_answer(path) if ALLOWED[method, path] is None else 401)


@ROUTES
@pytest.mark.parametrize("scope", Scope)
def test_a_key_opens_what_its_scope_names(api: Api, method: str, path: str, scope: Scope) -> None:
    needed = ALLOWED[method, path]
    answered = status(api, method, path, scope)
    if needed is None or scope in (needed, Scope.MANAGE):
        assert answered not in (401, 403)
    else:
        assert answered == 403


@ROUTES
def test_what_is_no_key_opens_nothing(api: Api, method: str, path: str) -> None:
    secret = api.secrets[Scope.MANAGE]
    for shown in (
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Basic {secret}",
        secret,
        f"Bearer {secret}x",
        "Bearer ünï",
    ):
        assert status(api, method, path, None, shown) == (
            open_answer(path) if ALLOWED[method, path] is None else 401
        ), shown


@ROUTES
def test_a_revoked_key_opens_nothing(api: Api, method: str, path: str) -> None:
    api.revoke_keys()
    assert status(api, method, path, Scope.MANAGE) == (open_answer(path) if ALLOWED[method, path] is None else 401)


def test_the_word_bearer_may_be_written_in_any_way(api: Api) -> None:
    assert status(api, "GET", "/v1/gateways", None, f"bEARER   {api.secrets[Scope.READ]}") == 200


def test_the_challenge_says_what_is_missing(api: Api) -> None:
    """RFC 6750 section 3."""
    assert api("GET", "/v1/gateways", scope=None).headers["www-authenticate"] == 'Bearer realm="tocsin"'
    wrong = api("GET", "/v1/gateways", scope=None, headers={"authorization": "Bearer wrong"})
    assert wrong.headers["www-authenticate"] == 'Bearer realm="tocsin", error="invalid_token"'
    lacking = api("POST", "/v1/notifications", {}, scope=Scope.READ)
    assert lacking.headers["www-authenticate"] == 'Bearer realm="tocsin", error="insufficient_scope", scope="send"'


def test_whoever_may_not_call_does_not_learn_what_there_is(api: Api) -> None:
    api.send()
    there = api("GET", "/v1/notifications/1", scope=None)
    assert there == api("GET", "/v1/notifications/2", scope=None)
    assert "ada" not in there.body.decode()


def test_of_two_keys_none_is_taken(api: Api) -> None:
    """A proxy in front may have looked at the other one."""
    right = ("authorization", f"Bearer {api.secrets[Scope.READ]}")
    assert api.client("GET", "/v1/recipients", headers=[right]).status == 200
    for both in ([right, right], [right, ("authorization", "Bearer x")], [("authorization", "Basic eDp5"), right]):
        assert api.client("GET", "/v1/recipients", headers=both).status == 401
