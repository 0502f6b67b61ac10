"""People are stored whole, looked at, and found by any id that an id can be."""

from typing import Any
from urllib.parse import quote

import pytest

from entrypoints.testing.sender_contract import PUSH_AUTH, PUSH_KEY
from tests.unit.entrypoints.http_api.api import Api

WHOLE = {
    "name": "Bob",
    "email": "bob@example.com",
    "phone": "+14155550101",
    "push_tokens": ["token-1", "fid:installation"],
    "web_push": [{"endpoint": "https://fcm.googleapis.com/wp/1", "keys": {"p256dh": PUSH_KEY, "auth": PUSH_AUTH}}],
    "locale": "de-AT",
    "timezone": "Europe/Vienna",
    "attributes": {"plan": "pro", "tags": ["a", 1, None, {"b": 1.5}]},
}
EMPTY: dict[str, Any] = {
    "name": None,
    "email": None,
    "phone": None,
    "push_tokens": [],
    "web_push": [],
    "locale": None,
    "timezone": None,
    "attributes": {},
}


def test_a_recipient_is_created_then_replaced(api: Api) -> None:
    created = api("PUT", "/v1/recipients/bob", WHOLE)
    assert (created.status, created.json) == (201, {"id": "bob", **WHOLE})
    assert api("GET", "/v1/recipients/bob").json == created.json

    replaced = api("PUT", "/v1/recipients/bob", {"name": "Robert"})
    assert (replaced.status, replaced.json) == (200, {"id": "bob", **EMPTY, "name": "Robert"})


def test_what_was_given_back_can_be_put_again(api: Api) -> None:
    api("PUT", "/v1/recipients/bob", WHOLE)
    shown = api("GET", "/v1/recipients/bob").json
    assert api("PUT", "/v1/recipients/bob", shown).json == shown


@pytest.mark.parametrize("name", ["a/b", "a b", "ünï", "100%", "a%2Fb", "?#&=", "batch2", "x" * 255, "ß/../c", "a+b"])
def test_any_id_can_stand_in_a_path(api: Api, name: str) -> None:
    path = f"/v1/recipients/{quote(name, safe='')}"
    assert api("PUT", path, {}).json["id"] == name
    assert api("GET", path).json["id"] == name
    assert api("GET", f"{path}/inbox").status == 200
    assert api("GET", "/v1/recipients?limit=500").json["items"][-1]["id"] in ("ada", name)


@pytest.mark.parametrize("name", ["%00", "%20a", "x" * 256, "%ff", "a%0Ab", "%ED%A0%80"])
def test_what_can_be_no_id_is_not_stored_and_not_found(api: Api, name: str) -> None:
    assert api("PUT", f"/v1/recipients/{name}", {}).fields == ["id"]
    assert api("GET", f"/v1/recipients/{name}").status == 404
    assert api("GET", f"/v1/recipients/{name}/inbox").status == 404


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ({"id": "eve"}, ["id"]),
        ({"email": "nowhere", "phone": "5", "timezone": "Mars"}, ["timezone", "email", "phone"]),
        ({"name": 5, "email": "nowhere"}, ["name", "email"]),
        ({"id": "eve", "age": 5, "locale": "\n"}, ["age", "id", "locale"]),
        ({"push_tokens": "t"}, ["push_tokens"]),
        ({"push_tokens": ["a b"]}, ["push_tokens"]),
        ({"web_push": [{"endpoint": "https://e", "keys": {"p256dh": "p"}}]}, ["web_push[0].keys.auth"]),
        (
            {"web_push": [{"endpoint": "https://e.example", "keys": {"p256dh": PUSH_KEY, "auth": PUSH_AUTH}}]},
            ["web_push"],
        ),
        ({"attributes": {"a": "x" * 20_000}}, ["attributes"]),
        ({"attributes": {"a": "\ud800"}}, ["attributes"]),
        ({"attributes": []}, ["attributes"]),
        ([], [""]),
    ],
)
def test_every_wrong_field_is_named(api: Api, content: Any, wrong: list[str]) -> None:
    answer = api("PUT", "/v1/recipients/bob", content)
    assert (answer.status, answer.fields) == (422, wrong)
    assert api("GET", "/v1/recipients/bob").status == 404


def test_recipients_are_listed_page_by_page(api: Api) -> None:
    for name in ("bob", "c%2Fd", "eve"):
        api("PUT", f"/v1/recipients/{name}", {})
    first = api("GET", "/v1/recipients?limit=3")
    assert ([one["id"] for one in first.json["items"]], first.json["next"]) == (["ada", "bob", "c/d"], "c/d")
    last = api("GET", "/v1/recipients?after=c%2Fd")
    assert ([one["id"] for one in last.json["items"]], last.json["next"]) == (["eve"], None)
