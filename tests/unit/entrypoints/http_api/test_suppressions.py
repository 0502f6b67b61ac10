"""Suppressions over HTTP."""

from typing import Any

import pytest

from domain.channel import Channel
from entrypoints.json_values import instant
from tests.unit.entrypoints.http_api.api import Api

ADA = {"channel": "email", "address": "ada@example.com"}


def addresses(api: Api, query: str = "") -> list[str]:
    answer = api("GET", f"/v1/suppressions{query}")
    assert answer.status == 200, answer.body
    return [one["address"] for one in answer.json["items"]]


def reasons(api: Api) -> list[str]:
    return [one["reason"] for one in api("GET", "/v1/suppressions").json["items"]]


class TestAdding:
    def test_answers_how_the_address_stands_and_twice_is_no_mistake(self, api: Api) -> None:
        expected = {**ADA, "reason": "manual", "scope": "all", "detail": "by phone", "at": instant(api.clock.now())}
        for given in ("Ada@Example.com", "ada@example.com"):
            answer = api("POST", "/v1/suppressions", {**ADA, "address": given, "detail": "by phone"})
            assert (answer.status, answer.json) == (200, expected)
        assert api.store.suppressions.find(Channel.EMAIL, ["ada@example.com"]).keys() == {"ada@example.com"}

    def test_reasons_stand_beside_each_other(self, api: Api) -> None:
        for reason, standing in ((None, "manual"), ("complaint", "complaint"), ("unreachable", "unreachable")):
            answer = api("POST", "/v1/suppressions", {**ADA, "reason": reason})
            assert answer.json["reason"] == standing
        assert reasons(api) == ["complaint", "manual", "unreachable"]

    @pytest.mark.parametrize("scope", ["all", "type:transactional", "topic:a/b~c"])
    def test_a_scope_is_taken_and_given_back(self, api: Api, scope: str) -> None:
        answer = api("POST", "/v1/suppressions", {**ADA, "scope": scope})
        assert (answer.status, answer.json["scope"]) == (200, scope)
        assert api("GET", "/v1/suppressions").json["items"] == [answer.json]

    @pytest.mark.parametrize(
        ("body", "wrong"),
        [
            ({}, ["address", "channel"]),
            ({"channel": "fax", "address": 7}, ["address", "channel"]),
            ({**ADA, "reason": "because"}, ["reason"]),
            ({**ADA, "at": "2026-06-01T09:00:00Z"}, ["at"]),
            ({**ADA, "address": "ada"}, ["address"]),
            ({**ADA, "address": "ada@example.com\r\nBcc: bob@example.com"}, ["address"]),
            ({"channel": "sms", "address": "0664 123", "detail": "two\nlines"}, ["address", "detail"]),
            ({**ADA, "detail": ""}, ["detail"]),
            ({**ADA, "scope": "news"}, ["scope"]),
            ({**ADA, "scope": "type:offers", "detail": ""}, ["scope"]),
            ({**ADA, "scope": "topic: "}, ["scope"]),
            ({**ADA, "scope": "topic:a\u0000"}, ["scope"]),
            ({**ADA, "scope": {"type": "promotional"}}, ["scope"]),
            ({**ADA, "topic": "news"}, ["topic"]),
            ([ADA], [""]),
        ],
    )
    def test_every_wrong_field_is_named_and_nothing_is_added(self, api: Api, body: Any, wrong: list[str]) -> None:
        answer = api("POST", "/v1/suppressions", body)
        assert (answer.status, sorted(answer.fields)) == (422, wrong)
        assert addresses(api) == []


class TestRemoving:
    @pytest.mark.parametrize(
        ("channel", "address", "part"),
        [
            ("email", "ada@example.com", "ADA@example.com"),
            ("email", "ada@example.com", "ada%40example.com"),
            ("sms", "+14155550100", "%2B14155550100"),
            ("web_push", "https://push.example.com/a/b?c=d", "https%3A%2F%2Fpush.example.com%2Fa%2Fb%3Fc%3Dd"),
        ],
    )
    def test_answers_what_stood_against_it(self, api: Api, channel: str, address: str, part: str) -> None:
        added = api("POST", "/v1/suppressions", {"channel": channel, "address": address}).json

        answer = api("DELETE", f"/v1/suppressions/{channel}/{part}")

        assert (answer.status, answer.json) == (200, {"removed": [added], "left": []})
        assert addresses(api) == []

    @pytest.mark.parametrize(
        ("query", "removed", "left"),
        [
            ("", ["manual", "unreachable"], ["complaint", "stop"]),
            ("?all=false", ["manual", "unreachable"], ["complaint", "stop"]),
            ("?reason=stop", ["stop"], ["complaint", "manual", "unreachable"]),
            ("?all=true", ["complaint", "manual", "stop", "unreachable"], []),
        ],
    )
    def test_what_the_person_decided_stays_unless_it_is_named(
        self, api: Api, query: str, removed: list[str], left: list[str]
    ) -> None:
        for reason in ("stop", "manual", "unreachable", "complaint"):
            api("POST", "/v1/suppressions", {**ADA, "reason": reason})

        answer = api("DELETE", f"/v1/suppressions/email/ada@example.com{query}")

        assert answer.status == 200
        assert [one["reason"] for one in answer.json["removed"]] == removed
        assert [one["reason"] for one in answer.json["left"]] == left == reasons(api)

    @pytest.mark.parametrize(
        ("query", "removed"),
        [
            ("", ["manual all"]),
            ("?scope=all", ["manual all"]),
            ("?scope=topic:a%2Fb", ["manual topic:a/b"]),
            ("?scope=type:promotional&reason=stop", ["stop type:promotional"]),
            ("?scope=topic:a%2Fb&all=true", ["manual topic:a/b", "stop topic:a/b"]),
            ("?all=true", ["manual all", "manual topic:a/b", "stop topic:a/b", "stop type:promotional"]),
        ],
    )
    def test_what_counts_for_less_than_everything_stays_unless_it_is_named(
        self, api: Api, query: str, removed: list[str]
    ) -> None:
        for reason, scope in (
            *(("manual", None), ("manual", "topic:a/b")),
            *(("stop", "topic:a/b"), ("stop", "type:promotional")),
        ):
            api("POST", "/v1/suppressions", {**ADA, "reason": reason, "scope": scope})

        answer = api("DELETE", f"/v1/suppressions/email/ada@example.com{query}").json

        assert [f"{one['reason']} {one['scope']}" for one in answer["removed"]] == removed
        assert answer["left"] == api("GET", "/v1/suppressions").json["items"]
        assert len(answer["left"]) == 4 - len(removed)

    def test_where_only_that_stands_it_is_a_conflict_that_names_it(self, api: Api) -> None:
        api("POST", "/v1/suppressions", {**ADA, "reason": "stop"})

        answer = api("DELETE", "/v1/suppressions/email/ada@example.com")

        assert (answer.status, reasons(api)) == (409, ["stop"])
        assert "stays suppressed: stop; name" in answer.json["detail"]

    @pytest.mark.parametrize(
        ("query", "wrong"),
        [
            ("?reason=because", "reason"),
            ("?all=1", "all"),
            ("?all=true&reason=manual", "all"),
            ("?scope=news", "scope"),
        ],
    )
    def test_a_wrong_query_names_the_parameter(self, api: Api, query: str, wrong: str) -> None:
        api("POST", "/v1/suppressions", ADA)

        answer = api("DELETE", f"/v1/suppressions/email/ada@example.com{query}")

        assert (answer.status, list(answer.fields)) == (422, [wrong])
        assert reasons(api) == ["manual"]

    @pytest.mark.parametrize(
        "path", ["email/ada@example.com", "email/ada", "fax/ada@example.com", "email/%00", "email/%FF", "sms/%2B1"]
    )
    def test_what_is_not_there_is_not_found(self, api: Api, path: str) -> None:
        answer = api("DELETE", f"/v1/suppressions/{path}")
        assert (answer.status, answer.json["type"]) == (404, "urn:tocsin:problem:not-found")


class TestListing:
    @pytest.fixture(autouse=True)
    def _filled(self, api: Api) -> None:
        for channel, address, reason, scope in (
            ("sms", "+14155550100", "stop", "type:promotional"),
            ("email", "bob@example.com", "manual", "topic:a/b"),
            ("email", "ada@example.com", "complaint", "all"),
        ):
            body = {"channel": channel, "address": address, "reason": reason, "scope": scope}
            assert api("POST", "/v1/suppressions", body).status == 200

    def test_pages_lead_to_each_other(self, api: Api) -> None:
        first = api("GET", "/v1/suppressions?limit=2").json
        assert [one["address"] for one in first["items"]] == ["ada@example.com", "bob@example.com"]
        assert first["next"] == "email/bob@example.com/manual/topic:a~1b"

        second = api("GET", f"/v1/suppressions?limit=2&after={first['next']}").json
        assert ([one["address"] for one in second["items"]], second["next"]) == (["+14155550100"], None)

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("?channel=sms", ["+14155550100"]),
            ("?reason=complaint", ["ada@example.com"]),
            ("?scope=all", ["ada@example.com"]),
            ("?scope=topic:a%2Fb", ["bob@example.com"]),
            ("?scope=topic:a&channel=email", []),
            ("?after=email%2Fbob%40example.com%2Fmanual%2Ftype%3Apromotional", ["+14155550100"]),
            ("?address=BOB@example.com", ["bob@example.com"]),
            ("?address=%2B14155550100&channel=email", []),
            ("?after=email%2Fada%40example.com%2Fcomplaint", ["bob@example.com", "+14155550100"]),
        ],
    )
    def test_filters_narrow_it(self, api: Api, query: str, expected: list[str]) -> None:
        assert addresses(api, query) == expected

    @pytest.mark.parametrize(
        ("query", "wrong"),
        [
            ("?channel=fax", "channel"),
            ("?reason=because", "reason"),
            ("?scope=topic:", "scope"),
            ("?after=email/ada@example.com/stop/type:x", "after"),
            ("?after=7", "after"),
            ("?after=fax/1", "after"),
            ("?after=email/ada@example.com", "after"),
            ("?after=email/%00/stop", "after"),
            ("?limit=0", "limit"),
            ("?limit=501", "limit"),
            ("?address=%00", "address"),
            ("?adress=x", "adress"),
        ],
    )
    def test_a_wrong_query_names_the_parameter(self, api: Api, query: str, wrong: str) -> None:
        answer = api("GET", f"/v1/suppressions{query}")
        assert (answer.status, list(answer.fields)) == (422, [wrong])
