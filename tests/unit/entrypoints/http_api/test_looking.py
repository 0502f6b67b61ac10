"""Looking at notifications, steering them, and reading reports."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from application.ports.dispatch_queue import ClaimRequest
from domain.claim import Claim
from domain.gates import GATES
from domain.inbox import InboxItem
from domain.lifecycle import Status
from domain.notification_type import NotificationType
from domain.outcome import Outcome, Rejected
from entrypoints.json_values import instant
from tests.contracts.given import a_campaign, advance_to_the_end, answered
from tests.unit.entrypoints.http_api.api import Api


def claimed(api: Api) -> Sequence[Claim]:
    queue, now = api.store.queue, api.clock.now()
    return [
        claim
        for lane in queue.due_lanes(now)
        for claim in queue.claim(
            ClaimRequest(
                lane=lane,
                limit=100,
                owner=queue.register(now),
                now=now,
                lease=timedelta(minutes=2),
                gateway="outbox",
            )
        ).claims
    ]


def conclude(api: Api, outcome: Outcome) -> None:
    now = api.clock.now()
    api.store.queue.conclude([answered(claim, outcome, now) for claim in claimed(api)], now)


def ids(answer: Any) -> list[Any]:
    assert answer.status == 200, answer.body
    return [item["id"] for item in answer.json["items"]]


def test_notifications_are_listed_page_by_page_the_newest_first(api: Api) -> None:
    for _ in range(5):
        api.send()
    first = api("GET", "/v1/notifications?limit=2")
    assert (ids(first), first.json["next"]) == ([5, 4], "4")
    last = api("GET", f"/v1/notifications?limit=3&after={first.json['next']}")
    assert (ids(last), last.json["next"]) == ([3, 2, 1], None)


def test_fifty_are_listed_where_no_limit_is_given(api: Api) -> None:
    for _ in range(51):
        api.send()
    assert len(ids(api("GET", "/v1/notifications"))) == 50
    assert len(ids(api("GET", "/v1/notifications?limit=500"))) == 51


def test_notifications_are_filtered(api: Api) -> None:
    api.send()
    api.send(channel="sms", subject=None)
    api("POST", "/v1/notifications/1/cancel")
    api("PUT", "/v1/recipients/bob%2Fa", {"email": "bob@example.com"})
    api.send(to="bob/a")
    campaign = advance_to_the_end(api.store, api.store.campaigns.start(a_campaign("spring sale")).id)

    assert ids(api("GET", "/v1/notifications?status=cancelled")) == [1]
    assert ids(api("GET", "/v1/notifications?channel=sms")) == [2]
    assert ids(api("GET", "/v1/notifications?recipient=bob%2Fa&status=pending&channel=email")) == [5, 3]
    assert ids(api("GET", "/v1/notifications?campaign=spring+sale")) == [5, 4]
    assert ids(api("GET", f"/v1/notifications?campaign={campaign.id}&limit=1")) == [5]
    assert ids(api("GET", "/v1/notifications?recipient=nobody")) == []


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/v1/notifications?limit=0", ["limit"]),
        ("/v1/notifications?limit=501", ["limit"]),
        ("/v1/notifications?limit=ten&status=lost&channel=fax&after=x", ["limit", "status", "channel", "after"]),
        ("/v1/notifications?limit=%2B5", ["limit"]),
        ("/v1/notifications?limit=%D9%A5", ["limit"]),
        ("/v1/notifications?limit=" + "9" * 5000, ["limit"]),
        ("/v1/notifications?stauts=failed", ["stauts"]),
        ("/v1/notifications?status=sent&status=failed", ["status"]),
        ("/v1/notifications?status=", ["status"]),
        ("/v1/notifications?recipient=%00", ["recipient"]),
        ("/v1/notifications?campaign=unheard", ["campaign"]),
        ("/v1/notifications?" + "a=1&" * 200, [""]),
        ("/v1/recipients?limit=-1", ["limit"]),
        ("/v1/recipients/ada/inbox?limit=1.5", ["limit"]),
        ("/v1/reports/summary?days=0", ["days"]),
        ("/v1/reports/summary?days=3661&by=hour", ["days", "by"]),
    ],
)
def test_every_wrong_parameter_is_named(api: Api, path: str, wrong: list[str]) -> None:
    answer = api("GET", path)
    assert (answer.status, sorted(answer.fields)) == (422, sorted(wrong))


@pytest.mark.parametrize("number", ["7", "0", "abc", "-1", "1.5", "9" * 30, "%31x", "%00", "%ff"])
@pytest.mark.parametrize(("method", "rest"), [("GET", ""), ("GET", "/why"), ("POST", "/cancel"), ("POST", "/retry")])
def test_a_notification_that_is_not_there_is_404(api: Api, number: str, method: str, rest: str) -> None:
    answer = api(method, f"/v1/notifications/{number}{rest}")
    assert (answer.status, answer.json["type"]) == (404, "urn:tocsin:problem:not-found")


def test_why_names_every_gate_attempt_and_gateway(api: Api) -> None:
    api.send()
    conclude(api, Rejected("550 no"))
    answer = api("GET", "/v1/notifications/1/why")
    assert answer.status == 200
    assert [gate["gate"] for gate in answer.json["gates"]] == [gate.name for gate in GATES]
    assert [(one["outcome"], one["reason"]) for one in answer.json["attempts"]] == [("rejected", "550 no")]
    assert [one["gateway"] for one in answer.json["route"]] == ["outbox"]
    assert answer.json["notification"]["status"] == "failed"


def test_cancelling_twice_is_no_mistake(api: Api) -> None:
    api.send()
    contents: list[Any] = [None, {}]
    for content in contents:
        answer = api("POST", "/v1/notifications/1/cancel", content)
        assert (answer.status, answer.json["status"]) == (200, "cancelled")


def test_cancelling_too_late_is_409(api: Api) -> None:
    api.send()
    conclude(api, Rejected("550 no"))
    answer = api("POST", "/v1/notifications/1/cancel")
    assert (answer.status, answer.json["type"]) == (409, "urn:tocsin:problem:conflict")


def test_cancelling_has_nothing_to_say(api: Api) -> None:
    api.send()
    assert api("POST", "/v1/notifications/1/cancel", {"why": "x"}).fields == ["why"]
    assert api("GET", "/v1/notifications/1").json["status"] == "pending"


@pytest.mark.parametrize("content", [None, {}, {"expires_at": None}])
def test_a_failed_notification_is_retried(api: Api, content: Any) -> None:
    api.send()
    conclude(api, Rejected("550 no"))
    answer = api("POST", "/v1/notifications/1/retry", content)
    assert (answer.status, answer.json["status"], answer.json["attempts"]) == (200, "pending", 0)


def test_past_its_expiry_a_retry_needs_a_new_one(api: Api) -> None:
    api.send()
    conclude(api, Rejected("550 no"))
    api.clock.forward(timedelta(days=2))
    assert api("POST", "/v1/notifications/1/retry").status == 409
    expires_at = instant(api.clock.now() + timedelta(hours=1))
    answer = api("POST", "/v1/notifications/1/retry", {"expires_at": expires_at})
    assert (answer.status, answer.json["expires_at"]) == (200, expires_at)


def test_what_has_not_failed_cannot_be_retried(api: Api) -> None:
    api.send()
    assert api("POST", "/v1/notifications/1/retry").status == 409
    assert api("POST", "/v1/notifications/1/retry", {"expires_at": "2001-01-01T00:00:00Z"}).fields == ["expires_at"]
    assert api("POST", "/v1/notifications/1/retry", {"expires_at": "tomorrow", "now": True}).fields == [
        "expires_at",
        "now",
    ]


def test_the_report_says_what_happened_and_what_is(api: Api) -> None:
    api.send()
    api.send(channel="sms", subject=None)
    conclude(api, Rejected("no"))
    api.send()
    answer = api("GET", "/v1/reports/summary")
    (row,) = answer.json["items"]
    assert (row["group"], row["created"], row["failed"], row["attempts"]) == ("all", 3, 2, 2)
    assert (row["total"], row["pending"], row["sending"]) == (3, 1, 0)
    assert row["now"] == {**dict.fromkeys((status.value for status in Status), 0), "failed": 2, "pending": 1}
    assert (row["outcomes"]["rejected"], row["rates"]["failed"], row["rates"]["delivered"]) == (2, 1.0, None)
    by_channel = api("GET", "/v1/reports/summary?by=channel&days=7").json["items"]
    assert [(row["group"], row["total"]) for row in by_channel] == [("email", 2), ("sms", 1)]
    (by_gateway,) = api("GET", "/v1/reports/summary?by=gateway").json["items"]
    assert by_gateway["failed"] == 2
    assert [by_gateway[name] for name in ("now", "total", "pending", "sending")] == [None] * 4


def test_the_gateways_are_listed_with_their_routes(api: Api) -> None:
    answer = api("GET", "/v1/gateways").json
    assert [(one["name"], one["channels"]) for one in answer["items"]] == [
        ("outbox", ["email", "sms", "push", "web_push"]),
        ("in_app", ["in_app"]),
    ]
    assert answer["next"] is None


def test_an_inbox_is_read_page_by_page(api: Api) -> None:
    now = api.clock.now()
    items = [
        InboxItem(notification_id=n, recipient_id="ada", type=NotificationType.INFORMATIONAL, at=now, body=f"{n}")
        for n in range(1, 4)
    ]
    api.store.inbox.put(items)
    first = api("GET", "/v1/recipients/ada/inbox?limit=2")
    assert (ids(first), first.json["next"]) == ([3, 2], "2")
    assert ids(api("GET", "/v1/recipients/ada/inbox?after=2")) == [1]
    assert api("GET", "/v1/recipients/nobody/inbox").status == 404
