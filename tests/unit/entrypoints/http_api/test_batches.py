"""A batch: one result an item, in order, whatever is wrong with the others."""

import json
from typing import Any

import pytest

from application.sending.enqueue import BATCH_MAX
from domain.api_key import Scope
from entrypoints.http_api.limits import BATCH_BYTES_MAX
from tests.unit.entrypoints.http_api.api import EMAIL, Api

BATCHES = ["/v1/notifications/batch", "/v1/recipients/batch"]
LINE = json.dumps(EMAIL).encode()


def results(answer: Any) -> list[Any]:
    assert answer.status == 200
    found = answer.json["results"]
    assert isinstance(found, list)
    return found


def test_results_come_in_order_and_name_what_is_wrong(api: Api) -> None:
    found = results(
        api(
            "POST",
            "/v1/notifications/batch",
            [EMAIL, {**EMAIL, "subject": 1, "to": "x"}, EMAIL, [], {**EMAIL, "to": "nobody"}, EMAIL],
        )
    )
    assert [item for item in found if "id" in item] == [{"id": number, "status": "pending"} for number in (1, 2, 3)]
    problems = {place: item["error"] for place, item in enumerate(found) if "error" in item}
    assert {place: problem["status"] for place, problem in problems.items()} == {1: 422, 3: 422, 4: 422}
    assert [error["field"] for error in problems[1]["errors"]] == ["subject", "to"]
    assert problems[3]["errors"] == [{"field": "", "message": "must be an object"}]
    assert problems[4]["title"] == "Some fields are wrong"


def test_a_broken_line_is_refused_alone_and_its_number_named(api: Api) -> None:
    found = results(api.send_lines(LINE, b"", b'{"to": "ada"', b"  ", LINE + b"\r", b'{"to": 1}', b"\xff", b""))
    assert [item.get("id") for item in found] == [1, None, 2, None, None]
    broken, wrong, not_text = (item["error"] for item in found if "error" in item)
    assert (broken["status"], broken["detail"].partition(":")[0]) == (400, "line 3 is not JSON")
    assert (wrong["status"], wrong["detail"].partition(":")[0]) == (422, "line 6")
    assert (not_text["status"], not_text["detail"]) == (400, "line 7 is not UTF-8 at byte 1")


@pytest.mark.parametrize(
    "media_type", ["application/x-ndjson", "application/ndjson", "Application/JSONL; charset=UTF-8"]
)
def test_lines_have_several_names(api: Api, media_type: str) -> None:
    assert results(api.send_lines(LINE, LINE, headers={"content-type": media_type}))[1]["id"] == 2


@pytest.mark.parametrize("path", BATCHES)
def test_an_empty_batch_has_no_results(api: Api, path: str) -> None:
    assert results(api("POST", path, [])) == []
    assert results(api("POST", path, b"", headers={"content-type": "application/x-ndjson"})) == []


@pytest.mark.parametrize("path", BATCHES)
@pytest.mark.parametrize("content", [{}, EMAIL, 5, None, "x"])
def test_what_is_no_list_is_refused(api: Api, path: str, content: Any) -> None:
    answer = api("POST", path, json.dumps(content).encode())
    assert (answer.status, answer.fields) == (422, [""])


@pytest.mark.parametrize("path", BATCHES)
def test_more_items_than_allowed_are_refused_before_any_is_looked_at(api: Api, path: str) -> None:
    assert len(results(api("POST", path, [1] * BATCH_MAX))) == BATCH_MAX
    for content, media_type in ((json.dumps([1] * (BATCH_MAX + 1)), "json"), ("1\n" * (BATCH_MAX + 1), "x-ndjson")):
        answer = api("POST", path, content.encode(), headers={"content-type": f"application/{media_type}"})
        assert (answer.status, answer.json["detail"]) == (
            422,
            "it has more than 10000 items; send the others in a further batch",
        )


@pytest.mark.parametrize("path", BATCHES)
def test_a_batch_beyond_its_size_is_413(api: Api, path: str) -> None:
    answer = api.client("POST", path, [b" " * (BATCH_BYTES_MAX // 2)] * 3, key_headers(api))
    assert (answer.status, str(BATCH_BYTES_MAX) in answer.json["detail"]) == (413, True)


def test_recipients_are_merged_in_order(api: Api) -> None:
    people = [
        {"id": "ada", "attributes": {"plan": "pro"}},
        {"id": "bob", "phone": "0", "timezone": "Mars"},
        {"name": "nobody"},
        {"id": "eve", "push_tokens": ["t"], "age": 5},
        {"id": "ada", "name": "Ada"},
    ]
    found = results(api("POST", "/v1/recipients/batch", people))
    assert [item.get("id") for item in found] == ["ada", None, None, None, "ada"]
    fields = [sorted(error["field"] for error in item["error"]["errors"]) for item in found if "error" in item]
    assert fields == [["phone", "timezone"], ["id"], ["age"]]

    ada = api("GET", "/v1/recipients/ada").json
    assert (ada["name"], ada["email"], ada["attributes"]) == ("Ada", "ada@example.com", {"plan": "pro"})
    assert api("GET", "/v1/recipients/bob").status == 404


def test_recipients_come_on_lines_as_well(api: Api) -> None:
    answer = api(
        "POST",
        "/v1/recipients/batch",
        b'{"id": "bob"}\n{"id": "eve", "email": "no"}\nnonsense\n',
        headers={"content-type": "application/x-ndjson"},
    )
    found = results(answer)
    assert found[0] == {"id": "bob"}
    assert found[1]["error"]["detail"].startswith("line 2: email: ")
    assert found[2]["error"]["detail"].startswith("line 3 is not JSON")


def test_ten_thousand_notifications_are_taken_at_once(api: Api) -> None:
    found = results(api("POST", "/v1/notifications/batch", [EMAIL] * BATCH_MAX))
    assert [item["id"] for item in found] == list(range(1, BATCH_MAX + 1))


def key_headers(api: Api) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {api.secrets[Scope.MANAGE]}"), ("content-type", "application/json")]
