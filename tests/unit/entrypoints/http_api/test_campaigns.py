"""Starting campaigns over HTTP, looking at them and steering them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from application.ports.notification_repository import NotificationQuery
from domain.api_key import Scope as KeyScope
from domain.channel import Channel
from domain.content import Markup
from domain.lifecycle import Status
from domain.preferences import Choice, PreferenceChange, Scope
from domain.recipient import Recipient
from entrypoints.json_values import instant
from tests.contracts.given import advance_to_the_end
from tests.unit.entrypoints.http_api.api import Api
from tests.unit.entrypoints.http_api.asgi_client import Received

NEWS: Mapping[str, Any] = {
    "audience": "all",
    "channels": ["email"],
    "type": "promotional",
    "name": "spring",
    "subject": "News for {{ recipient.name }}",
    "body": "Hello {{ recipient.name }}",
}
LANE = "email/promotional/campaign-1"


def start(api: Api, headers: Mapping[str, str] | None = None, **fields: Any) -> Received:
    """Start a campaign, changed by *fields*; None leaves one out."""
    wanted = {name: value for name, value in {**NEWS, **fields}.items() if value is not None}
    return api("POST", "/v1/campaigns", wanted, headers=headers)


def told(api: Api) -> list[str]:
    """Let dispatchers turn every audience into notifications, and return who gets one."""
    for campaign in api.store.campaigns.unfinished():
        advance_to_the_end(api.store, campaign.id)
    return sorted(one.recipient_id for one in api.store.notifications.find(NotificationQuery(limit=0)))


class TestStarting:
    def test_it_is_accepted_and_written_by_dispatchers(self, api: Api) -> None:
        answer = start(api, channels=["email", "in_app", "email"], rate=2.5, topic="news")

        assert answer.status == 202
        assert answer.json == {
            "id": 1,
            "name": "spring",
            "channels": ["email", "in_app"],
            "type": "promotional",
            "test": False,
            "template": None,
            "template_version": None,
            "variables": None,
            "status": "running",
            "send_at": instant(api.clock.now()),
            "local_time": None,
            "fallback_timezone": None,
            "expires_at": instant(api.clock.now() + timedelta(days=7)),
            "created_at": instant(api.clock.now()),
            "total": 1,
            "considered": 0,
            "created": 0,
            "no_address": 0,
            "suppressed": 0,
        }
        assert told(api) == ["ada", "ada"]
        found = api.store.notifications.find(NotificationQuery(channel=Channel.EMAIL))[0]
        assert (found.content.subject, found.topic) == ("News for {{ recipient.name }}", "news")
        assert found.content.markup is Markup.JINJA
        assert {one["rate"] for one in api("GET", "/v1/campaigns/1").json["lanes"]} == {2.5}

    @pytest.mark.parametrize(
        ("audience", "expected"),
        [
            ("all", ["ada", "bob", "eve"]),
            ("plan = pro", ["bob"]),
            ("plan != pro", ["ada", "eve"]),
            (["eve", "bob", "eve"], ["bob", "eve"]),
        ],
    )
    def test_it_tells_everybody_those_who_match_or_those_on_a_list(
        self, api: Api, audience: Any, expected: list[str]
    ) -> None:
        api.store.recipients.put(
            [
                Recipient(id="bob", email="bob@example.com", attributes={"plan": "pro"}),
                Recipient(id="eve", email="eve@example.com"),
            ]
        )
        assert start(api, audience=audience).status == 202
        assert told(api) == expected

    def test_it_may_wait_for_its_time_and_expire(self, api: Api) -> None:
        send_at, expires_at = (instant(api.clock.now() + timedelta(hours=hours)) for hours in (1, 2))
        answer = start(api, send_at=send_at, expires_at=expires_at)
        assert (answer.json["send_at"], answer.json["expires_at"]) == (send_at, expires_at)

    def test_it_may_go_by_the_clock_of_each(self, api: Api) -> None:
        api.store.recipients.put([Recipient(id="bob", email="bob@example.com", timezone="Asia/Tokyo")])

        answer = start(api, send_at="09:30 local")

        assert answer.status == 202
        shown = (answer.json["send_at"], answer.json["local_time"], answer.json["fallback_timezone"])
        assert shown == (instant(api.clock.now()), "09:30", "UTC")
        assert told(api) == ["ada", "bob"]
        found = {one.recipient_id: one.send_at for one in api.store.notifications.find(NotificationQuery())}
        assert {name: at - api.clock.now() for name, at in found.items()} == {
            "ada": timedelta(minutes=30),
            "bob": timedelta(hours=15, minutes=30),
        }

    def test_without_a_name_it_gets_one(self, api: Api) -> None:
        assert start(api, name=None).json["name"].startswith("promotional 2026")

    def test_a_name_that_is_taken_is_409(self, api: Api) -> None:
        start(api)
        answer = start(api)
        assert (answer.status, answer.json["type"]) == (409, "urn:tocsin:problem:conflict")

    @pytest.mark.parametrize(
        ("fields", "wrong"),
        [
            ({"audience": None, "channels": None, "type": None}, ["audience", "channels", "type"]),
            ({"audience": "plan ="}, ["audience"]),
            ({"audience": 7}, ["audience"]),
            ({"audience": {"plan": "pro"}}, ["audience"]),
            ({"audience": ["ada", 7]}, ["audience[1]"]),
            ({"audience": ["ada", "stranger"]}, ["audience"]),
            ({"audience": ["ada"] * 10_001}, ["audience"]),
            ({"channels": []}, ["channels"]),
            ({"channels": "email"}, ["channels"]),
            ({"channels": ["email", "fax"]}, ["channels[1]"]),
            ({"type": "urgent", "rate": "100/s"}, ["type", "rate"]),
            ({"rate": 0}, ["rate"]),
            ({"rate": -1.5, "name": " "}, ["rate", "name"]),
            ({"rate": True}, ["rate"]),
            ({"rate": 1e300}, ["rate"]),
            ({"subject": None}, ["subject"]),
            ({"body": None}, ["body"]),
            ({"body": "{{ oops", "channels": []}, ["channels", "body"]),
            ({"send_at": "tomorrow", "expires_at": "2001-01-01T00:00:00Z"}, ["send_at", "expires_at"]),
            ({"send_at": "25:00 local"}, ["send_at"]),
            ({"send_at": "9:00 local"}, ["send_at"]),
            ({"send_at": "09:00 local", "expires_at": "2026-03-02T12:00:00Z"}, ["expires_at"]),
            ({"key": "spring-1", "to": "ada"}, ["key", "to"]),
        ],
    )
    def test_every_wrong_field_is_named_and_nothing_starts(
        self, api: Api, fields: Mapping[str, Any], wrong: list[str]
    ) -> None:
        answer = start(api, **fields)
        assert (answer.status, sorted(answer.fields)) == (422, sorted(wrong)), answer.body
        assert api("GET", "/v1/campaigns").json["items"] == []

    @pytest.mark.parametrize(("body", "status"), [(b"[]", 422), (b"{", 400), (b"null", 422), (b"", 400)])
    def test_what_is_no_object_is_refused(self, api: Api, body: bytes, status: int) -> None:
        assert api("POST", "/v1/campaigns", body).status == status


class TestLookingAhead:
    def test_it_says_who_would_get_it_who_not_and_why_and_starts_nothing(self, api: Api) -> None:
        api.store.recipients.put([Recipient(id="bob"), Recipient(id="eve", email="eve@example.com")])
        no_news = Choice(Scope(topic="news"), wanted=False)
        api.store.preferences.change("eve", PreferenceChange(choices=(no_news,)))

        answer = api("POST", "/v1/campaigns/preview", {**NEWS, "topic": "news"}, scope=KeyScope.SEND)

        now = instant(api.clock.now())
        assert (answer.status, answer.json) == (
            200,
            {
                "would_get": 1,
                "notifications": 2,
                "local_time": None,
                "fallback_timezone": None,
                "channels": [
                    {
                        "channel": "email",
                        "would_get": 1,
                        "on_time": 1,
                        "first": now,
                        "last": now,
                        "later": [],
                        "stopped": [
                            {"gate": "address", "reason": "no email", "number": 1},
                            {
                                "gate": "preference",
                                "reason": "the recipient does not want topic news",
                                "number": 1,
                            },
                        ],
                        "no_address": 1,
                        "suppressed": 0,
                        "notifications": 2,
                        "without_timezone": 0,
                    }
                ],
                "unknown_ids": [],
            },
        )
        assert api("GET", "/v1/campaigns").json["items"] == []

    def test_what_cannot_be_started_cannot_be_looked_at(self, api: Api) -> None:
        answer = api("POST", "/v1/campaigns/preview", {**NEWS, "rate": 0, "channels": []})

        assert (answer.status, sorted(answer.fields)) == (422, ["channels", "rate"])


class TestRepeating:
    KEY: Mapping[str, str] = {"idempotency-key": "spring-1"}

    def test_the_same_request_gives_the_first_answer_again(self, api: Api) -> None:
        first = start(api, self.KEY, name=None)
        told(api)
        api.clock.forward(timedelta(days=3))
        again = start(api, self.KEY, name=None)

        assert (again.status, again.json) == (202, first.json)
        assert "idempotency-replayed" not in first.headers
        assert again.headers["idempotency-replayed"] == "true"
        assert told(api) == ["ada"]

    def test_another_body_is_refused(self, api: Api) -> None:
        start(api, self.KEY)
        answer = start(api, self.KEY, body="Something else")
        assert (answer.status, answer.fields) == (422, ["key"])

    def test_the_key_of_a_notification_may_be_the_same(self, api: Api) -> None:
        api.send(headers=self.KEY)
        assert start(api, self.KEY).status == 202

    def test_what_was_refused_uses_no_key(self, api: Api) -> None:
        assert start(api, self.KEY, rate=0).status == 422
        assert start(api, self.KEY).status == 202

    def test_a_key_must_be_readable(self, api: Api) -> None:
        assert start(api, {"idempotency-key": " "}).fields == ["Idempotency-Key"]


class TestLooking:
    def test_they_are_listed_page_by_page_the_newest_first(self, api: Api) -> None:
        for name in ("one", "two", "three"):
            start(api, name=name)
        first = api("GET", "/v1/campaigns?limit=2").json
        assert ([one["name"] for one in first["items"]], first["next"]) == (["three", "two"], "2")
        last = api("GET", f"/v1/campaigns?after={first['next']}").json
        assert ([one["name"] for one in last["items"]], last["next"]) == (["one"], None)

    def test_wrong_parameters_are_named(self, api: Api) -> None:
        assert api("GET", "/v1/campaigns?limit=0&after=x&status=running").fields == ["limit", "after", "status"]

    def test_one_shows_how_its_notifications_stand(self, api: Api) -> None:
        start(api, rate=0.5)
        told(api)
        shown = api("GET", "/v1/campaigns/1").json
        assert (shown["status"], shown["considered"], shown["created"]) == ("finished", 1, 1)
        assert shown["statuses"] == {status.value: int(status is Status.PENDING) for status in Status}
        assert (shown["percent"], shown["seconds_left"], shown["estimated_by"]) == (0, 2, "rate")
        assert [lane["name"] for lane in shown["lanes"]] == [LANE]

    @pytest.mark.parametrize("number", ["7", "0", "abc", "-1", "9" * 30, "%00"])
    @pytest.mark.parametrize(
        ("method", "rest"), [("GET", ""), ("POST", "/pause"), ("POST", "/resume"), ("POST", "/cancel")]
    )
    def test_one_that_is_not_there_is_404(self, api: Api, number: str, method: str, rest: str) -> None:
        answer = api(method, f"/v1/campaigns/{number}{rest}")
        assert (answer.status, answer.json["type"]) == (404, "urn:tocsin:problem:not-found")


class TestSteering:
    def test_one_is_paused_and_resumed_and_asking_twice_is_no_mistake(self, api: Api) -> None:
        start(api)
        told(api)
        for word, status in (("pause", "paused"), ("pause", "paused"), ("resume", "finished"), ("resume", "finished")):
            answer = api("POST", f"/v1/campaigns/1/{word}", {})
            assert (answer.status, answer.json["status"]) == (200, status)

    def test_a_paused_one_makes_nothing_and_gives_nothing(self, api: Api) -> None:
        start(api)
        api("POST", "/v1/campaigns/1/pause")
        assert told(api) == []
        assert api("POST", "/v1/campaigns/1/resume").json["status"] == "running"
        assert told(api) == ["ada"]

    def test_one_is_cancelled_at_once(self, api: Api) -> None:
        start(api)
        told(api)
        for _ in range(2):
            answer = api("POST", "/v1/campaigns/1/cancel")
            assert (answer.status, answer.json["status"]) == (200, "cancelled")
        assert api("GET", "/v1/notifications/1").json["status"] == "cancelled"

    def test_a_cancelled_one_is_409(self, api: Api) -> None:
        start(api)
        api("POST", "/v1/campaigns/1/cancel")
        for word in ("pause", "resume"):
            answer = api("POST", f"/v1/campaigns/1/{word}")
            assert (answer.status, answer.json["type"]) == (409, "urn:tocsin:problem:conflict")

    def test_steering_has_nothing_to_say(self, api: Api) -> None:
        start(api)
        for word in ("pause", "resume", "cancel"):
            assert api("POST", f"/v1/campaigns/1/{word}", {"why": "x"}).fields == ["why"]
        assert api("GET", "/v1/campaigns/1").json["status"] == "running"
