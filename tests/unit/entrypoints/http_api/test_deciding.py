"""``POST /v1/decide`` says what would become of a notification, and ``why`` what became of one."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from domain.api_key import Scope
from domain.channel import Channel
from domain.preferences import Choice, Preferences
from domain.preferences import Scope as About
from domain.quiet_hours import QuietHours
from domain.recipient import Recipient
from domain.suppression import Suppression
from domain.suppression_reason import SuppressionReason
from entrypoints.json_values import instant
from tests.unit.entrypoints.http_api.api import EMAIL, Api
from tests.unit.entrypoints.http_api.asgi_client import Received

NEWS: Mapping[str, Any] = {**EMAIL, "type": "promotional", "topic": "offers"}
QUIET = Preferences(choices=(Choice(About(topic="dating"), wanted=False),), quiet_hours=QuietHours.parse("03:00-16:00"))


def decide(api: Api, scope: Scope | None = Scope.READ, **fields: Any) -> Received:
    return api("POST", "/v1/decide", {**NEWS, **fields}, scope=scope)


@pytest.fixture
def with_test_key(api: Api) -> Mapping[str, str]:
    secret = api.container.create_key()(frozenset({Scope.READ, Scope.SEND}), test=True).secret
    return {"authorization": f"Bearer {secret}"}


def test_it_says_that_it_would_go_out_and_how(api: Api) -> None:
    answer = decide(api)
    now = instant(api.clock.now())

    assert answer.status == 200
    told = answer.json
    assert (told["sentence"], told["fate"]) == ("goes out now through outbox", "sends")
    assert (told["at"], told["due_at"], told["goes_out_at"]) == (now, now, now)
    assert (told["waits"], told["ends"], told["reason"], told["earlier"]) == ([], None, None, None)
    assert told["addresses"] == ["ada@example.com"]
    assert told["lane"] == {"name": "email/promotional", "state": "open", "rate": None}
    assert [(one["gateway"], one["takes_it"]) for one in told["route"]] == [("outbox", True)]
    assert {one["verdict"] for one in told["gates"]} == {"pass"}
    assert len(told["gates"]) == 7


def test_it_says_until_when_it_would_wait(api: Api) -> None:
    api.store.preferences.put("ada", QUIET)
    told = decide(api).json
    end = instant(api.clock.now() + timedelta(hours=7))

    assert (told["fate"], told["goes_out_at"]) == ("waits", end)
    assert told["waits"] == [{"until": end, "reason": "quiet hours 03:00-16:00 in UTC"}]
    assert [one["gate"] for one in told["gates"] if one["verdict"] == "postpone"] == ["quiet hours"]


def test_it_says_how_it_would_end(api: Api) -> None:
    api.store.preferences.put("ada", QUIET)
    told = decide(api, topic="dating").json

    assert (told["fate"], told["ends"]) == ("never", "suppressed")
    assert told["reason"] == "the recipient does not want topic dating"
    assert (told["goes_out_at"], told["gateway"]) == (None, None)


def test_nothing_is_stored(api: Api) -> None:
    decide(api, key="offer-7")

    assert api("GET", "/v1/notifications").json["items"] == []
    assert api.send(key="offer-7").status == 202


def test_a_key_that_was_used_would_send_nothing_new(api: Api) -> None:
    sent = api("POST", "/v1/notifications", {**NEWS, "key": "offer-7"}, scope=Scope.MANAGE)
    told = decide(api, scope=Scope.MANAGE, key="offer-7")

    assert told.json["earlier"] == sent.json["id"]
    assert told.json["sentence"].startswith("sends nothing new, because notification 1 was accepted before")
    assert decide(api, scope=Scope.MANAGE, key="offer-7", topic="other").status == 422


def test_nothing_comes_any_more_of_what_is_past(api: Api) -> None:
    number = api("POST", "/v1/notifications", {**NEWS, "key": "offer-7"}, scope=Scope.MANAGE).json["id"]
    api("POST", f"/v1/notifications/{number}/cancel", scope=Scope.MANAGE)

    told = decide(api, scope=Scope.MANAGE, key="offer-7").json

    assert (told["fate"], told["ends"], told["earlier"]) == ("never", "cancelled", number)
    assert told["reason"] == "notification 1 was accepted before under this key, and is cancelled"
    assert (told["goes_out_at"], told["gateway"], told["waits"]) == (None, None, [])
    assert [one["takes_it"] for one in told["route"]] == [False]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"to": "nobody"}, ["to"]),
        ({"channel": "push"}, ["to"]),
        ({"stauts": "x"}, ["stauts"]),
        ({"subject": None, "body": None, "topic": ""}, ["subject", "body", "topic"]),
        ({"channel": "fax", "to": "nobody"}, ["channel"]),
        ({"stauts": "x", "to": "nobody", "send_at": "2026-03-02T09:00:00"}, ["send_at", "stauts"]),
    ],
)
def test_what_would_be_refused_is_refused_in_the_same_words(api: Api, fields: dict[str, Any], wrong: list[str]) -> None:
    refused, decided = api("POST", "/v1/notifications", {**NEWS, **fields}), decide(api, **fields)

    assert (decided.status, sorted(decided.fields)) == (422, sorted(wrong))
    assert decided.json == refused.json


def test_it_needs_a_key_that_may_read(api: Api) -> None:
    assert decide(api, scope=Scope.SEND).status == 403
    assert decide(api, scope=None).status == 401


def test_a_test_key_sees_nothing_of_who_is_real(api: Api, with_test_key: Mapping[str, str]) -> None:
    api.store.preferences.put("ada", QUIET)
    by_hand = Suppression(
        channel=Channel.EMAIL, address="ada@example.com", reason=SuppressionReason.MANUAL, at=api.clock.now()
    )

    def asked(**fields: Any) -> Received:
        return api("POST", "/v1/decide", {**NEWS, **fields}, headers=with_test_key, scope=None)

    waits, unwanted = asked(), asked(topic="dating")
    api.store.suppressions.add([by_hand])
    suppressed = asked()

    assert waits.json["waits"][0]["reason"] == "quiet hours"
    assert unwanted.json["reason"] == "the recipient does not want it"
    assert suppressed.json["reason"] == "the address is suppressed"
    for answer in (waits, unwanted, suppressed):
        assert (answer.status, answer.json["test"], answer.json["addresses"]) == (200, True, [])
        assert answer.json["route"][0]["gateway"] == "simulator"
        assert not any(secret in answer.body for secret in (b"ada@example.com", b"03:00", b"manual"))


def test_a_test_key_sees_who_is_there_for_tests(api: Api, with_test_key: Mapping[str, str]) -> None:
    bob = Recipient(id="simulate-bob", email="simulate-bounced@example.com")
    api.store.recipients.put([bob])

    told = api("POST", "/v1/decide", {**NEWS, "to": bob.id}, headers=with_test_key, scope=None).json

    assert told["addresses"] == [bob.email]


def test_why_tells_a_test_key_no_wishes_of_who_is_real(api: Api, with_test_key: Mapping[str, str]) -> None:
    api.store.preferences.put("ada", QUIET)
    sent = api("POST", "/v1/notifications", dict(NEWS), headers=with_test_key, scope=None).json["id"]

    told = api("GET", f"/v1/notifications/{sent}/why", headers=with_test_key, scope=None)

    verdicts = {one["gate"]: one for one in told.json["gates"]}
    assert (verdicts["quiet hours"]["verdict"], verdicts["quiet hours"]["reason"]) == ("postpone", "quiet hours")
    assert verdicts["preference"]["values"] == {}
    assert b"03:00" not in told.body


def test_why_tells_everybody_else_everything(api: Api) -> None:
    api.store.preferences.put("ada", QUIET)
    number = api("POST", "/v1/notifications", dict(NEWS)).json["id"]

    told = {one["gate"]: one for one in api("GET", f"/v1/notifications/{number}/why").json["gates"]}

    assert told["quiet hours"]["values"]["quiet_hours"] == "03:00-16:00"
    assert told["quiet hours"]["until"] == instant(api.clock.now() + timedelta(hours=7))
