"""Templates over HTTP."""

from typing import Any

import pytest

from domain.api_key import Scope
from domain.recipient import Recipient
from tests.unit.entrypoints.http_api.api import EMAIL, Api

SHIPPED: dict[str, Any] = {
    "variables": ["order"],
    "email": {
        "subject": "Order {{ order.id }}",
        "html": "<p>{{ order.id }}</p>",
        "de": {"subject": "Bestellung {{ order.id }}", "body": "x"},
    },
    "sms": {"body": "{{ order.id }}"},
}
ORDER = {"order": {"id": "<17>"}}
BY_TEMPLATE = {"to": "ada", "channel": "email", "type": "transactional", "template": "shipped", "variables": ORDER}


@pytest.fixture
def kept(api: Api) -> Api:
    assert api("PUT", "/v1/templates/shipped", SHIPPED).status == 201
    return api


class TestPutting:
    def test_makes_a_version_and_of_the_same_none(self, api: Api) -> None:
        first = api("PUT", "/v1/templates/shipped", SHIPPED)
        again = api("PUT", "/v1/templates/shipped", {"name": "shipped", **SHIPPED})

        assert (first.status, again.status) == (201, 200)
        assert first.json == again.json
        assert (first.json["version"], first.json["channels"]) == (1, ["email", "sms"])
        assert first.json["source"] == {"name": "shipped", **SHIPPED}

    def test_what_was_got_can_be_put(self, kept: Api) -> None:
        source = kept("GET", "/v1/templates/shipped").json["source"]

        assert kept("PUT", "/v1/templates/shipped", source).status == 200
        assert kept("PUT", "/v1/templates/copy", {**source, "name": "copy"}).status == 201

    @pytest.mark.parametrize(
        ("content", "fields"),
        [
            ([], [""]),
            ({"name": "other", "sms": {"body": "x"}}, ["name"]),
            ({"email": {"subject": 5}, "fax": {}}, ["fax", "email.subject"]),
            ({"email": {"body": "{{ x }}"}, "layout": "brand"}, ["email.subject", "layout", "email.body"]),
            ({}, ["texts"]),
            ({"sms": {"body": "\ud800"}}, ["sms.body"]),
        ],
    )
    def test_names_every_wrong_field(self, api: Api, content: Any, fields: list[str]) -> None:
        answer = api("PUT", "/v1/templates/shipped", content)

        assert (answer.status, answer.fields) == (422, fields)
        assert api("GET", "/v1/templates").json["items"] == []

    def test_a_name_that_none_can_have_is_refused_and_not_found(self, api: Api) -> None:
        for name in ("No%20Name", "%FF", "-x"):
            assert api("PUT", f"/v1/templates/{name}", SHIPPED).fields == ["name"]
            for method, path in (("GET", name), ("DELETE", name), ("POST", f"{name}/preview")):
                assert api(method, f"/v1/templates/{path}").status == 404

    def test_a_layout_is_put_around(self, api: Api) -> None:
        api("PUT", "/v1/templates/brand", {"layout": {"html": "<b>{{ content }}</b>"}})
        api("PUT", "/v1/templates/shipped", {**SHIPPED, "layout": "brand"})

        changed = api("PUT", "/v1/templates/brand", {"layout": {"html": "<i>{{ content }}</i>"}}).json

        assert (changed["is_layout"], changed["to_put_again"]) == (True, ["shipped"])
        found = api("POST", "/v1/templates/shipped/preview", {"variables": ORDER}).json
        assert found["texts"][0]["html"] == "<b><p>&lt;17&gt;</p></b>"


class TestLooking:
    def test_pages_go_on_where_they_ended(self, kept: Api) -> None:
        kept("PUT", "/v1/templates/another", SHIPPED)

        first = kept("GET", "/v1/templates?limit=1", scope=Scope.READ).json
        last = kept("GET", f"/v1/templates?limit=1&after={first['next']}", scope=Scope.READ).json

        assert [one["name"] for one in first["items"]] == ["another"]
        assert ([one["name"] for one in last["items"]], last["next"]) == (["shipped"], None)
        assert last["items"][0]["locales"] == {"email": [None, "de"], "sms": [None]}

    def test_a_version_can_be_asked_for(self, kept: Api) -> None:
        kept("PUT", "/v1/templates/shipped", {**SHIPPED, "sms": {"body": "later"}})

        assert kept("GET", "/v1/templates/shipped").json["version"] == 2
        assert kept("GET", "/v1/templates/shipped?version=1").json["source"]["sms"] == SHIPPED["sms"]
        assert kept("GET", "/v1/templates/shipped?version=3").status == 404
        assert kept("GET", "/v1/templates/shipped?version=x").status == 422

    def test_a_preview_says_what_somebody_would_get(self, kept: Api) -> None:
        kept.store.recipients.put([Recipient(id="eva", locale="de-AT")])

        found = kept("POST", "/v1/templates/shipped/preview", {"recipient": "eva", "variables": ORDER}).json

        assert found["version"] == 1
        assert [(one["channel"], one["locale"], one["subject"]) for one in found["texts"]] == [
            ("email", "de", "Bestellung <17>"),
            ("sms", None, None),
        ]
        wrong = kept("POST", "/v1/templates/shipped/preview", {"recipient": "nobody", "locale": "de"})
        assert (wrong.status, wrong.fields) == (422, ["variables.order", "recipient"])
        assert kept("POST", "/v1/templates/shipped/preview", {"colour": 1}).fields == ["colour"]

    def test_a_preview_sends_nothing_and_needs_no_body(self, kept: Api) -> None:
        kept("PUT", "/v1/templates/plain", {"sms": {"body": "Hello {{ recipient.name }}"}})

        found = kept("POST", "/v1/templates/plain/preview", scope=Scope.READ).json

        assert found["texts"][0]["body"] == "Hello Ada Lovelace"
        assert kept("GET", "/v1/notifications").json["items"] == []


class TestDeleting:
    def test_takes_the_name_away(self, kept: Api) -> None:
        assert kept("DELETE", "/v1/templates/shipped").status == 204

        assert kept("DELETE", "/v1/templates/shipped").status == 404
        assert kept("GET", "/v1/templates/shipped").status == 404
        assert kept("GET", "/v1/templates/shipped?version=1").status == 200
        assert kept("POST", "/v1/notifications", BY_TEMPLATE).fields == ["template"]


class TestSending:
    def test_a_notification_is_given_back_with_its_template(self, kept: Api) -> None:
        answer = kept("POST", "/v1/notifications", BY_TEMPLATE, scope=Scope.SEND)

        assert answer.status == 202
        shown = kept("GET", f"/v1/notifications/{answer.json['id']}").json
        assert shown == answer.json
        assert (shown["template"], shown["template_version"], shown["variables"]) == ("shipped", 1, ORDER)
        assert shown["html"] == "<p>{{ order.id }}</p>"

    @pytest.mark.parametrize(
        ("changes", "fields"),
        [
            ({"variables": {}}, ["variables.order"]),
            ({"variables": None}, ["variables.order"]),
            ({"variables": []}, ["variables"]),
            ({"template": 5}, ["template"]),
            ({"template": None}, ["template"]),
            ({"template": "shippd"}, ["template"]),
            ({"channel": "in_app", "body": "x"}, ["body", "template"]),
            ({"to": "nobody", "subject": "x"}, ["to", "subject"]),
        ],
    )
    def test_names_every_wrong_field(self, kept: Api, changes: dict[str, Any], fields: list[str]) -> None:
        answer = kept("POST", "/v1/notifications", {**BY_TEMPLATE, **changes})

        assert answer.status == 422
        assert answer.fields == fields

    def test_a_batch_may_mix_them(self, kept: Api) -> None:
        sent = [EMAIL, BY_TEMPLATE, {**BY_TEMPLATE, "variables": {}}]

        results = kept("POST", "/v1/notifications/batch", sent).json["results"]

        assert ["id" in one for one in results] == [True, True, False]
        assert results[2]["error"]["errors"][0]["field"] == "variables.order"

    def test_a_campaign_says_it(self, kept: Api) -> None:
        campaign = {"audience": "all", "channels": ["email"], "type": "promotional", "template": "shipped"}

        assert kept("POST", "/v1/campaigns", campaign).fields == ["variables.order"]
        assert kept("POST", "/v1/campaigns", {**campaign, "rate": "x", "variables": {}}).fields == [
            "rate",
            "variables.order",
        ]
        started = kept("POST", "/v1/campaigns", {**campaign, "variables": ORDER})

        assert started.status == 202
        shown = kept("GET", f"/v1/campaigns/{started.json['id']}").json
        assert (shown["template"], shown["template_version"], shown["variables"]) == ("shipped", 1, ORDER)

    def test_a_test_key_sends_by_templates_and_changes_none(self, kept: Api) -> None:
        secret = kept.container.create_key()(frozenset({Scope.MANAGE}), test=True).secret
        headers = {"authorization": f"Bearer {secret}"}

        def status(method: str, path: str, content: Any = None) -> int:
            return kept(method, path, content, scope=None, headers=headers).status

        assert status("POST", "/v1/notifications", BY_TEMPLATE) == 202
        assert status("GET", "/v1/templates/shipped") == 200
        assert status("PUT", "/v1/templates/shipped", SHIPPED) == 403
        assert status("DELETE", "/v1/templates/shipped") == 403
