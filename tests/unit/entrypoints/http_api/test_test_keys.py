"""What is asked for with a test key is a test, and neither kind of key sees or steers what the other one has."""

from collections.abc import Mapping
from typing import Any

import pytest

from application.sending.dispatch_run import DispatchCommand
from domain.api_key import Scope
from domain.channel import Channel
from domain.recipient import Recipient
from domain.suppression import Suppression
from domain.suppression_reason import SuppressionReason
from tests.contracts.given import advance_to_the_end
from tests.unit.entrypoints.http_api.api import EMAIL, Api
from tests.unit.entrypoints.http_api.asgi_client import Received

NEWS: Mapping[str, Any] = {
    "audience": "all",
    "channels": ["email"],
    "type": "promotional",
    "subject": "News",
    "body": "Hello",
}


@pytest.fixture
def with_test_key(api: Api) -> Mapping[str, str]:
    """Return the header of a test key that may do everything."""
    secret = api.container.create_key()(frozenset({Scope.MANAGE}), test=True).secret
    return {"authorization": f"Bearer {secret}"}


Headers = Mapping[str, str]


def tried(api: Api, headers: Headers, method: str, target: str, content: Any = None) -> Received:
    """Call with the test key."""
    return api(method, target, content, headers=headers, scope=None)


def ids(received: Received) -> list[int]:
    assert received.status == 200
    return [one["id"] for one in received.json["items"]]


class TestWhatATestKeyAsksFor:
    def test_is_a_test(self, api: Api, with_test_key: Headers) -> None:
        answer = tried(api, with_test_key, "POST", "/v1/notifications", EMAIL)

        assert (answer.status, answer.json["test"]) == (202, True)
        assert api.store.notifications.get(answer.json["id"]).test
        assert api.send().json["test"] is False

    def test_is_a_test_in_a_batch_too(self, api: Api, with_test_key: Headers) -> None:
        answer = tried(api, with_test_key, "POST", "/v1/notifications/batch", [EMAIL, EMAIL])

        assert [api.store.notifications.get(one["id"]).test for one in answer.json["results"]] == [True, True]

    def test_is_a_test_campaign_in_test_lanes(self, api: Api, with_test_key: Headers) -> None:
        answer = tried(api, with_test_key, "POST", "/v1/campaigns", NEWS)
        advance_to_the_end(api.store, answer.json["id"])

        assert (answer.status, answer.json["test"]) == (202, True)
        progress = tried(api, with_test_key, "GET", f"/v1/campaigns/{answer.json['id']}").json
        assert [(lane["name"], lane["test"], lane["waiting"]) for lane in progress["lanes"]] == [
            (f"email/promotional/campaign-{answer.json['id']}/test", True, 1)
        ]

    def test_has_idempotency_keys_of_its_own(self, api: Api, with_test_key: Headers) -> None:
        first = tried(api, {**with_test_key, "idempotency-key": "order-1"}, "POST", "/v1/notifications", EMAIL)
        again = tried(api, {**with_test_key, "idempotency-key": "order-1"}, "POST", "/v1/notifications", EMAIL)
        real = api.send({"idempotency-key": "order-1"})

        assert again.json == first.json
        assert real.json["id"] != first.json["id"]

    def test_needs_a_channel_with_a_route_as_everything_does(self, api: Api, with_test_key: Headers) -> None:
        answer = tried(api, with_test_key, "POST", "/v1/notifications", {**EMAIL, "channel": "push", "subject": None})

        assert answer.status == 422


class TestRecipients:
    def test_whose_id_begins_so_are_there_for_tests(self, api: Api, with_test_key: Headers) -> None:
        path = "/v1/recipients/simulate-bob"
        put = tried(api, with_test_key, "PUT", path, {"email": "simulate-bounced@example.com"})

        assert put.status == 201
        assert tried(api, with_test_key, "GET", path).json == put.json
        assert api("GET", path).json == put.json

    def test_that_are_real_are_neither_changed_nor_seen_with_a_test_key(self, api: Api, with_test_key: Headers) -> None:
        before = api("GET", "/v1/recipients/ada").json

        put = tried(api, with_test_key, "PUT", "/v1/recipients/ada", {"email": "eve@example.com"})
        assert (put.status, put.fields) == (422, ["id"])
        assert "simulate-" in put.json["detail"]
        batch = tried(
            api, with_test_key, "POST", "/v1/recipients/batch", [{"id": "ada", "name": "Eve"}, {"id": "simulate-eve"}]
        )
        wrong, right = batch.json["results"]
        assert [error["field"] for error in wrong["error"]["errors"]] == ["id"]
        assert right["id"] == "simulate-eve"
        assert tried(api, with_test_key, "GET", "/v1/recipients/ada").status == 404
        assert api("GET", "/v1/recipients/ada").json == before

    def test_are_listed_page_by_page_without_the_real_ones(self, api: Api, with_test_key: Headers) -> None:
        api.store.recipients.put([Recipient(id=name) for name in ("simulate-", "simulate-1", "simulate-2", "zoe")])

        def page(query: str) -> tuple[list[str], str | None]:
            answer = tried(api, with_test_key, "GET", f"/v1/recipients{query}").json
            return [one["id"] for one in answer["items"]], answer["next"]

        assert page("") == (["simulate-1", "simulate-2"], None)
        assert page("?limit=1") == (["simulate-1"], "simulate-1")
        assert page("?limit=1&after=simulate-1") == (["simulate-2"], None)
        assert page("?after=a") == (["simulate-1", "simulate-2"], None)
        assert page("?after=zoe") == ([], None)
        assert len(api("GET", "/v1/recipients").json["items"]) == 5

    def test_that_are_real_may_be_told_and_where_stays_hidden(self, api: Api, with_test_key: Headers) -> None:
        api.store.recipients.put([Recipient(id="simulate-bob", email="simulate-bounced@example.com")])
        by_hand = Suppression(
            channel=Channel.EMAIL, address="ada@example.com", reason=SuppressionReason.MANUAL, at=api.clock.now()
        )
        shown = {}
        for to in ("ada", "simulate-bob"):
            answer = tried(api, with_test_key, "POST", "/v1/notifications", {**EMAIL, "to": to})
            assert answer.status == 202
            shown[to] = f"/v1/notifications/{answer.json['id']}/why"
        api.container.dispatch_due()(DispatchCommand())
        api.store.suppressions.add([by_hand])

        hidden = tried(api, with_test_key, "GET", shown["ada"])
        open_ = tried(api, with_test_key, "GET", shown["simulate-bob"])

        assert b"ada@example.com" not in hidden.body
        assert [one["outcome"] for one in hidden.json["attempts"]] == ["accepted"]
        assert [one["verdict"] for one in hidden.json["gates"][:3]] == ["pass"] * 3
        assert open_.json["attempts"][0]["address"] == open_.json["receipts"][0]["address"]
        assert open_.json["attempts"][0]["address"] == "simulate-bounced@example.com"


class TestWhatAKeySees:
    def test_lists_have_its_own_kind_alone(self, api: Api, with_test_key: Headers) -> None:
        real = api.send().json["id"]
        test = tried(api, with_test_key, "POST", "/v1/notifications", EMAIL).json["id"]

        assert ids(api("GET", "/v1/notifications")) == [real]
        assert ids(tried(api, with_test_key, "GET", "/v1/notifications?recipient=ada")) == [test]

    def test_campaigns_are_listed_apart(self, api: Api, with_test_key: Headers) -> None:
        real = api("POST", "/v1/campaigns", {**NEWS, "name": "real"}).json["id"]
        test = tried(api, with_test_key, "POST", "/v1/campaigns", {**NEWS, "name": "tried"}).json["id"]

        assert ids(api("GET", "/v1/campaigns")) == [real]
        assert ids(tried(api, with_test_key, "GET", "/v1/campaigns")) == [test]
        assert api("GET", "/v1/notifications?campaign=tried").status == 422
        assert tried(api, with_test_key, "GET", "/v1/notifications?campaign=tried").status == 200

    def test_lanes_are_listed_apart(self, api: Api, with_test_key: Headers) -> None:
        assert tried(api, with_test_key, "GET", "/v1/lanes").json["items"] == []
        tried(api, with_test_key, "POST", "/v1/notifications", EMAIL)

        names = [lane["name"] for lane in tried(api, with_test_key, "GET", "/v1/lanes").json["items"]]
        assert names == ["email/transactional/test"]
        assert not any(lane["test"] for lane in api("GET", "/v1/lanes").json["items"])

    @pytest.mark.parametrize(
        ("method", "rest"), [("GET", ""), ("GET", "/why"), ("POST", "/cancel"), ("POST", "/retry")]
    )
    def test_a_notification_of_the_other_kind_is_not_found(
        self, api: Api, with_test_key: Headers, method: str, rest: str
    ) -> None:
        real = api.send().json["id"]
        test = tried(api, with_test_key, "POST", "/v1/notifications", EMAIL).json["id"]

        assert api(method, f"/v1/notifications/{test}{rest}").status == 404
        assert tried(api, with_test_key, method, f"/v1/notifications/{real}{rest}").status == 404
        assert api.store.notifications.get(test).status == api.store.notifications.get(real).status == "pending"
        if rest != "/retry":  # which what is pending refuses
            assert api(method, f"/v1/notifications/{real}{rest}").status == 200
            assert tried(api, with_test_key, method, f"/v1/notifications/{test}{rest}").status == 200

    def test_why_shows_the_simulator_as_the_route(self, api: Api, with_test_key: Headers) -> None:
        test = tried(api, with_test_key, "POST", "/v1/notifications", EMAIL).json["id"]

        explained = tried(api, with_test_key, "GET", f"/v1/notifications/{test}/why").json

        assert [one["gateway"] for one in explained["route"]] == ["simulator"]
        assert explained["lane"]["name"] == "email/transactional/test"


class TestWhatAKeySteers:
    @pytest.mark.parametrize("step", ["pause", "resume", "cancel"])
    def test_a_campaign_of_the_other_kind_is_not_found(self, api: Api, with_test_key: Headers, step: str) -> None:
        real = api("POST", "/v1/campaigns", {**NEWS, "name": "real"}).json["id"]
        test = tried(api, with_test_key, "POST", "/v1/campaigns", {**NEWS, "name": "tried"}).json["id"]

        assert tried(api, with_test_key, "POST", f"/v1/campaigns/{real}/{step}").status == 404
        assert api("POST", f"/v1/campaigns/{test}/{step}").status == 404
        assert api.store.campaigns.get(real).status == "running"
        assert tried(api, with_test_key, "GET", f"/v1/campaigns/{real}").status == 404
        assert tried(api, with_test_key, "POST", f"/v1/campaigns/{test}/{step}").status == 200

    def test_a_lane_of_the_other_kind_is_none(self, api: Api, with_test_key: Headers) -> None:
        real, test = {"name": "email/transactional"}, {"name": "email/transactional/test"}

        for step, more in (("pause", {}), ("resume", {}), ("pace", {"rate": 1})):
            assert tried(api, with_test_key, "POST", f"/v1/lanes/{step}", {**real, **more}).status == 422
            assert api("POST", f"/v1/lanes/{step}", {**test, **more}).status == 422
            assert tried(api, with_test_key, "POST", f"/v1/lanes/{step}", {**test, **more}).status == 200
        rates = {lane["name"]: lane["rate"] for lane in api("GET", "/v1/lanes").json["items"]}
        assert rates["email/transactional"] is None

    @pytest.mark.parametrize("step", ["pause", "resume"])
    def test_no_test_key_steers_a_gateway(self, api: Api, with_test_key: Headers, step: str) -> None:
        refused = tried(api, with_test_key, "POST", f"/v1/gateways/outbox/{step}")

        assert (refused.status, "test key" in refused.json["detail"]) == (403, True)
        assert api("POST", f"/v1/gateways/outbox/{step}").status == 200

    @pytest.mark.parametrize(
        ("method", "target", "why"),
        [
            ("GET", "/v1/recipients/ada/inbox", "an inbox has what is real"),
            ("POST", "/v1/recipients/ada/inbox/token", "an inbox has what is real"),
            ("GET", "/v1/suppressions", "suppressions are real"),
            ("POST", "/v1/suppressions", "suppressions are real"),
            ("DELETE", "/v1/suppressions/email/ada@example.com", "suppressions are real"),
            ("POST", "/v1/gateways/outbox/pause", "a test key reaches no gateway and steers none"),
        ],
    )
    def test_what_is_not_for_tests_says_why(
        self, api: Api, with_test_key: Headers, method: str, target: str, why: str
    ) -> None:
        refused = tried(api, with_test_key, method, target)

        assert refused.status == 403
        assert refused.json["detail"].startswith(why)


def test_the_report_is_of_the_kind_of_the_key(api: Api, with_test_key: Headers) -> None:
    api.send()
    for _ in range(2):
        tried(api, with_test_key, "POST", "/v1/notifications", EMAIL)

    def created(answer: Received) -> int:
        (row,) = answer.json["items"]
        assert row["now"]["pending"] == row["created"]
        return int(row["created"])

    assert created(api("GET", "/v1/reports/summary?by=channel")) == 1
    assert created(tried(api, with_test_key, "GET", "/v1/reports/summary?by=channel")) == 2
