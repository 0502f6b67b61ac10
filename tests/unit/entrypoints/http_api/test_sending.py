"""One notification is accepted, or every wrong field of it is named."""

import base64
from datetime import timedelta
from typing import Any

import pytest

from domain.content import ATTACHMENTS_MAX_BYTES, BODY_MAX_BYTES
from domain.recipient import Recipient, WebPushSubscription
from entrypoints.http_api.limits import NOTIFICATION_BYTES_MAX
from entrypoints.http_api.openapi.examples import CAMPAIGN
from entrypoints.json_values import instant
from tests.unit.entrypoints.http_api.api import EMAIL, Api


def test_a_notification_is_accepted_and_given_back(api: Api) -> None:
    answer = api.send(topic="orders")
    now = instant(api.clock.now())
    assert answer.status == 202
    assert answer.json == {
        **EMAIL,
        "id": 1,
        "html": None,
        "data": None,
        "attachments": [],
        "template": None,
        "template_version": None,
        "variables": None,
        "topic": "orders",
        "key": None,
        "campaign": None,
        "test": False,
        "status": "pending",
        "scheduled": False,
        "retrying": False,
        "attempts": 0,
        "created_at": now,
        "send_at": now,
        "next_attempt_at": now,
        "expires_at": instant(api.clock.now() + timedelta(days=1)),
        "provider_id": None,
        "reason": None,
    }
    assert api("GET", "/v1/notifications/1").json == answer.json


def test_with_a_time_it_is_scheduled(api: Api) -> None:
    at = instant(api.clock.now() + timedelta(hours=2))
    answer = api.send(send_at=at)
    assert (answer.json["scheduled"], answer.json["send_at"], answer.json["next_attempt_at"]) == (True, at, at)


def test_it_may_go_by_the_clock_of_the_recipient(api: Api) -> None:
    api.store.recipients.put([Recipient(id="ada", email="ada@example.com", timezone="Asia/Tokyo")])

    answer = api.send(send_at="09:00 local")

    assert (answer.status, answer.json["send_at"]) == (202, instant(api.clock.now() + timedelta(hours=15)))


@pytest.mark.parametrize(
    ("send_at", "said"),
    [
        ("09:00 local", "recipient ada has no timezone, which a local time needs"),
        ("24:00 local", "must be a time with offset in ISO 8601, such as 2026-06-01T09:00:00+02:00, or 09:00 local"),
    ],
)
def test_a_clock_that_nobody_knows_is_a_wrong_field(api: Api, send_at: str, said: str) -> None:
    answer = api.send(send_at=send_at)

    assert (answer.status, answer.fields) == (422, ["send_at"])
    assert said in answer.json["errors"][0]["message"]


def test_with_a_past_time_it_is_due_at_once(api: Api) -> None:
    answer = api.send(send_at=instant(api.clock.now() - timedelta(days=400)))
    assert (answer.status, answer.json["scheduled"]) == (202, False)


@pytest.mark.parametrize(
    "fields",
    [
        {"channel": "email", "subject": "s", "html": "<p>h</p>"},
        {"channel": "email", "subject": "s", "body": "b", "html": "<p>h</p>"},
        {"channel": "sms", "body": "b"},
        {"channel": "push", "data": {"order": "7"}},
        {"channel": "push", "subject": "s", "body": "b", "data": {"order": "7"}},
        {"channel": "web_push", "body": "b"},
        {"channel": "in_app", "body": "b", "subject": None, "html": None, "data": None, "topic": None, "key": None},
    ],
)
def test_every_channel_takes_what_it_carries(api: Api, fields: dict[str, Any]) -> None:
    subscription = WebPushSubscription(endpoint="https://push.example.com/1", p256dh="p", auth="a")
    person = Recipient(id="bob", email="b@example.com", phone="+14155550101", push_tokens=("t",))
    api.store.recipients.put([person, Recipient(id="eve", web_push=(subscription,))])
    to = "eve" if fields["channel"] == "web_push" else "bob"
    answer = api("POST", "/v1/notifications", {"to": to, "type": "informational", **fields})
    assert answer.status == 202
    assert {name: answer.json[name] for name in fields} == fields


def test_a_mail_of_the_largest_size_is_taken_however_it_is_escaped(api: Api) -> None:
    html = '"\n' * (BODY_MAX_BYTES // 2 - len("Your order"))
    answer = api.send(html=html, body=None)
    assert answer.status == 202
    assert answer.json["html"] == html


def test_a_body_beyond_the_limit_is_413_and_says_so(api: Api) -> None:
    answer = api("POST", "/v1/notifications", b" " * (NOTIFICATION_BYTES_MAX + 1))
    assert answer.status == 413
    assert str(NOTIFICATION_BYTES_MAX) in answer.json["detail"]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"to": "nobody"}, ["to"]),
        ({"to": " ada"}, ["to"]),
        ({"channel": "push", "subject": None}, ["to"]),
        ({"channel": "sms"}, ["subject"]),
        ({"subject": None}, ["subject"]),
        ({"subject": "a\nb"}, ["subject"]),
        ({"body": None}, ["body"]),
        ({"body": ""}, ["body"]),
        ({"data": {"a": "b"}}, ["data"]),
        ({"expires_at": "2001-01-01T00:00:00Z"}, ["expires_at"]),
        ({"send_at": "2199-01-01T00:00:00Z"}, ["send_at"]),
        ({"topic": ""}, ["topic"]),
        ({"key": "k" * 256}, ["key"]),
        ({"key": ""}, ["key"]),
        ({"templates": "welcome"}, ["templates"]),
        # What cannot be read and what the use case refuses, together.
        ({"subject": 5, "to": "nobody"}, ["subject", "to"]),
        ({"subject": 5, "to": "nobody", "expires_at": "2001-01-01T00:00:00Z"}, ["subject", "to", "expires_at"]),
        ({"to": "nobody", "subject": ""}, ["to", "subject"]),
        ({"html": 5, "body": None}, ["html"]),
        ({"channel": "fax", "send_at": "soon", "colour": "red"}, ["channel", "send_at", "colour"]),
    ],
)
def test_every_wrong_field_is_named(api: Api, fields: dict[str, Any], wrong: list[str]) -> None:
    answer = api.send(**fields)
    assert answer.status == 422
    assert answer.json["type"] == "urn:tocsin:problem:invalid-input"
    assert answer.fields == wrong
    assert api("GET", "/v1/notifications").json["items"] == []


def test_an_unknown_recipient_is_a_wrong_field_with_a_remedy(api: Api) -> None:
    assert api.send(to="nobody").json["errors"] == [
        {
            "field": "to",
            "message": "no recipient has the id nobody; create it first: PUT /v1/recipients/{id}",
        }
    ]


def test_what_is_missing_is_named(api: Api) -> None:
    assert api("POST", "/v1/notifications", {}).fields == ["to", "channel", "type"]


PDF = {"filename": "invoice.pdf", "media_type": "application/pdf", "content": "JVBERi0xLjQK"}


def test_files_go_with_an_email(api: Api) -> None:
    answer = api.send(attachments=[PDF, {**PDF, "filename": "b.pdf", "content": ""}])
    assert answer.json["attachments"] == [
        {"filename": "invoice.pdf", "media_type": "application/pdf", "size": 9},
        {"filename": "b.pdf", "media_type": "application/pdf", "size": 0},
    ]
    assert api("GET", "/v1/notifications/1").json["attachments"] == answer.json["attachments"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"content": "not base64!"}, "attachments[0].content"),
        ({"content": "JVBERi0xLjQ"}, "attachments[0].content"),
        ({"content": 7}, "attachments[0].content"),
        ({"filename": "../etc/passwd"}, "attachments[0].filename"),
        ({"media_type": "pdf"}, "attachments[0].media_type"),
        ({"url": "https://example.com"}, "attachments[0].url"),
    ],
)
def test_a_wrong_file_is_named(api: Api, wrong: dict[str, Any], field: str) -> None:
    answer = api.send(attachments=[{**PDF, **wrong}])
    assert answer.status == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_every_field_of_a_wrong_file_is_named_also_where_it_cannot_be_read_whole(api: Api) -> None:
    broken = {"filename": "../a.txt", "media_type": "text", "content": 5}

    for answer in (
        api.send(attachments=[PDF, broken, {"filename": "a/b", "content": "", "media_type": 7}, "no file"]),
        api(
            "POST", "/v1/campaigns", {**CAMPAIGN, "attachments": [PDF, broken, {"filename": "a/b", "media_type": 7}, 1]}
        ),
    ):
        assert answer.status == 422
        assert {
            "attachments[1].content",
            "attachments[1].filename",
            "attachments[1].media_type",
            "attachments[2].filename",
            "attachments[2].media_type",
            "attachments[3]",
        } <= set(answer.fields)
        assert len(answer.fields) == len(set(answer.fields))


def test_as_much_as_an_email_carries_fits_into_one_request(api: Api) -> None:
    whole = base64.b64encode(bytes(ATTACHMENTS_MAX_BYTES)).decode()
    assert api.send(attachments=[{**PDF, "content": whole}]).status == 202


def test_the_same_key_with_other_files_is_refused(api: Api) -> None:
    key = {"idempotency-key": "invoice-7"}
    assert api.send(headers=key, attachments=[PDF]).status == 202
    assert api.send(headers=key, attachments=[PDF]).headers["idempotency-replayed"] == "true"
    assert api.send(headers=key, attachments=[{**PDF, "content": "JVBERi0xLjUK"}]).status == 422
