"""A request that comes twice has one effect, and one answer."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from application.ports.dispatch_queue import ClaimRequest
from domain.api_key import Scope
from entrypoints.http_api.reading.notifications import AskedNotification
from entrypoints.json_values import instant
from tests.unit.entrypoints.http_api.api import EMAIL, Api
from tests.unit.entrypoints.http_api.asgi_client import Received

KEY = {"idempotency-key": "order-1"}
BATCH = [EMAIL, {**EMAIL, "subject": "Second"}, {**EMAIL, "to": "nobody"}, {**EMAIL, "key": "own"}, 5]


def stored(api: Api) -> int:
    return len(api("GET", "/v1/notifications?limit=500").json["items"])


def in_parallel(count: int, send: Any) -> Sequence[Received]:
    with ThreadPoolExecutor(count) as pool:
        return [one.result() for one in [pool.submit(send) for _ in range(count)]]


def claim_everything(api: Api) -> None:
    queue, now = api.store.queue, api.clock.now()
    for lane in queue.due_lanes(now):
        owner, lease = queue.register(now), timedelta(minutes=2)
        queue.claim(ClaimRequest(lane=lane, limit=100, owner=owner, now=now, lease=lease, gateway="mail"))


@pytest.mark.parametrize("given", ["header", "field", "both"])
def test_the_same_key_and_body_give_the_first_answer_again(api: Api, given: str) -> None:
    headers = KEY if given in ("header", "both") else {}
    fields = {"key": "order-1"} if given in ("field", "both") else {}
    first = api.send(headers, **fields)
    again = api.send(headers, **fields)

    assert (first.status, again.status) == (202, 202)
    assert (first.json, first.json["key"]) == (again.json, "order-1")
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert stored(api) == 1


def test_the_first_answer_stays_whatever_became_of_it(api: Api) -> None:
    first = api.send(KEY, send_at=instant(api.clock.now() + timedelta(seconds=30)))
    api.clock.forward(timedelta(minutes=1))
    claim_everything(api)
    assert api("GET", "/v1/notifications/1").json["status"] == "sending"

    again = api.send(KEY, send_at=first.json["send_at"])
    assert again.json == first.json
    assert first.json["scheduled"] is True


def test_a_repeat_is_answered_although_it_would_be_refused_now(api: Api) -> None:
    expires_at = instant(api.clock.now() + timedelta(minutes=5))
    first = api.send(KEY, expires_at=expires_at)
    api.clock.forward(timedelta(hours=1))
    assert api.send(KEY, expires_at=expires_at).json == first.json
    assert api.send(expires_at=expires_at).fields == ["expires_at"]


def test_key_and_header_mean_the_same_request(api: Api) -> None:
    assert api.send(KEY).json == api.send(key="order-1").json


def test_null_order_and_spaces_make_no_other_body(api: Api) -> None:
    first = api("POST", "/v1/notifications", EMAIL, headers=KEY)
    parts = b', "html": null , "body": "It is on its way.", "to":"ada","type":"transactional","channel":"email"}'
    again = api("POST", "/v1/notifications", b'{ "subject":"Your order"' + parts, headers=KEY)
    assert again.json == first.json


def test_another_body_under_the_same_key_is_refused(api: Api) -> None:
    api.send(KEY)
    answer = api.send(KEY, body="Something else.")
    assert (answer.status, answer.json["type"]) == (422, "urn:tocsin:problem:key-reused")
    assert answer.fields == ["key"]
    assert stored(api) == 1


def test_a_key_belongs_to_the_api_key_that_gave_it(api: Api) -> None:
    first = api("POST", "/v1/notifications", EMAIL, headers=KEY, scope=Scope.SEND)
    other = api("POST", "/v1/notifications", {**EMAIL, "body": "Other."}, headers=KEY, scope=Scope.MANAGE)
    assert (first.json["id"], other.json["id"]) == (1, 2)


def test_key_and_header_that_differ_are_refused(api: Api) -> None:
    answer = api.send(KEY, key="order-2", subject=None)
    assert (answer.status, answer.fields) == (422, ["key", "subject"])
    assert stored(api) == 0


@pytest.mark.parametrize("key", ["", " ", "k" * 256, "\x7f", "caf\xa0\x85"])
def test_a_header_that_is_no_key_is_refused(api: Api, key: str) -> None:
    assert api.send({"idempotency-key": key}).fields == ["Idempotency-Key"]


def test_a_hundred_at_once_make_one(api: Api) -> None:
    answers = in_parallel(100, lambda: api.send(KEY))
    assert {answer.status for answer in answers} == {202}
    assert {answer.body for answer in answers} == {answers[0].body}
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 99
    assert stored(api) == 1


def test_a_batch_is_answered_once(api: Api) -> None:
    first = api("POST", "/v1/notifications/batch", BATCH, headers=KEY)
    assert first.status == 200
    assert [item.get("id") for item in first.json["results"]] == [1, 2, None, 3, None]
    api.clock.forward(timedelta(hours=1))
    claim_everything(api)

    again = api("POST", "/v1/notifications/batch", BATCH, headers=KEY)
    assert again.body == first.body
    assert again.headers["idempotency-replayed"] == "true"
    assert stored(api) == 3


def test_a_batch_that_differs_is_refused_and_makes_nothing(api: Api) -> None:
    api("POST", "/v1/notifications/batch", BATCH, headers=KEY)
    answer = api("POST", "/v1/notifications/batch", [*BATCH, EMAIL], headers=KEY)
    assert (answer.status, answer.fields) == (422, ["key"])
    assert stored(api) == 3


def test_a_callers_key_may_look_like_that_of_an_item(api: Api) -> None:
    api("POST", "/v1/notifications/batch", BATCH, headers=KEY)
    answer = api.send({"idempotency-key": "order-1#0"})
    assert (answer.status, "idempotency-replayed" in answer.headers) == (202, False)
    assert stored(api) == 4


def test_a_batch_whose_answer_was_never_kept_is_found_again(api: Api) -> None:
    """As after a crash between storing the notifications and keeping the answer."""
    manager = api.container.authenticate()(api.secrets[Scope.MANAGE])
    for place, item in ((0, BATCH[0]), (1, BATCH[1])):
        asked = AskedNotification.of(item, "", f"order-1#{place}", f"api_key:{manager.id}/batch")
        assert asked.body is not None
        api.container.enqueue()([asked.body.request(asked.key)])
    answer = api("POST", "/v1/notifications/batch", BATCH, headers=KEY)
    assert [item.get("id") for item in answer.json["results"]] == [1, 2, None, 3, None]
    assert stored(api) == 3


def test_a_hundred_batches_at_once_make_one(api: Api) -> None:
    answers = in_parallel(100, lambda: api("POST", "/v1/notifications/batch", BATCH, headers=KEY))
    assert {answer.status for answer in answers} == {200}
    assert {answer.body for answer in answers} == {answers[0].body}
    assert stored(api) == 3


def test_of_two_batches_at_once_under_one_key_the_other_one_makes_nothing(api: Api) -> None:
    batches = [[EMAIL] * 3, [EMAIL] * 8]
    waiting = iter(batches * 10)
    answers = in_parallel(20, lambda: api("POST", "/v1/notifications/batch", next(waiting), headers=KEY))
    made = {len(answer.json["results"]) for answer in answers if answer.status == 200}
    assert sorted(answer.status for answer in answers) == [200] * 10 + [422] * 10
    assert made == {stored(api)}


def test_an_item_cannot_take_the_key_of_its_batch(api: Api) -> None:
    answer = api("POST", "/v1/notifications/batch", [EMAIL, {**EMAIL, "key": "order-1"}], headers=KEY)
    made, refused = answer.json["results"]
    assert (answer.status, made["id"], refused["error"]["status"]) == (200, 1, 422)
    assert api("POST", "/v1/notifications/batch", [EMAIL], headers=KEY).status == 422
    assert stored(api) == 1


def test_one_key_is_either_for_one_or_for_a_batch(api: Api) -> None:
    api.send(KEY)
    assert api("POST", "/v1/notifications/batch", [EMAIL], headers=KEY).status == 422
    api("POST", "/v1/notifications/batch", [EMAIL], headers={"idempotency-key": "batch"})
    assert api.send({"idempotency-key": "batch"}).status == 422


def test_the_key_of_a_batch_leaves_room_for_those_of_its_items(api: Api) -> None:
    longest = api("POST", "/v1/notifications/batch", [EMAIL], headers={"idempotency-key": "k" * 250})
    assert "id" in longest.json["results"][0]
    too_long = api("POST", "/v1/notifications/batch", [EMAIL], headers={"idempotency-key": "k" * 251})
    assert too_long.fields == ["Idempotency-Key"]


def test_a_batch_of_recipients_is_answered_once(api: Api) -> None:
    people = [{"id": "bob", "name": "Bob"}, {"id": "eve", "email": "nowhere"}]
    first = api("POST", "/v1/recipients/batch", people, headers=KEY)
    api("PUT", "/v1/recipients/bob", {"name": "Robert"})

    again = api("POST", "/v1/recipients/batch", people, headers=KEY)
    assert again.body == first.body
    assert again.headers["idempotency-replayed"] == "true"
    assert api("GET", "/v1/recipients/bob").json["name"] == "Robert"
    assert api("POST", "/v1/recipients/batch", people[:1], headers=KEY).status == 422
