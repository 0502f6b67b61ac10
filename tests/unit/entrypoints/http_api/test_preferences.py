"""What people want, over HTTP."""

from typing import Any

import pytest

from application.sending.dispatch_run import DispatchCommand
from domain.api_key import Scope
from domain.preferences import Choice, PreferenceChange
from domain.preferences import Scope as About
from domain.recipient import Recipient
from tests.unit.entrypoints.http_api.api import Api
from tests.unit.entrypoints.http_api.asgi_client import Received

ADA = "/v1/recipients/ada/preferences"
NO_ADS = {"channel": None, "type": "promotional", "topic": None, "wanted": False}
NEWS = {"channel": "email", "type": None, "topic": "news", "wanted": True}
ONLY_NO_ADS = {"choices": [NO_ADS], "quiet_hours": None}


def test_of_who_said_nothing_the_effect_is_that_of_the_defaults(api: Api) -> None:
    answer = api("GET", ADA, scope=Scope.READ)

    assert answer.status == 200
    assert (answer.json["choices"], answer.json["quiet_hours"]) == ([], None)
    effect = answer.json["effect"]
    assert (effect["always"], effect["timezone"]) == (["transactional"], "UTC")
    assert effect["quiet_hours"] == {"informational": None, "promotional": None}
    assert {(one["wanted"], one["by"]) for one in effect["wanted"]} == {(True, None)}
    assert len(effect["wanted"]) == 10


def test_what_is_put_takes_the_place_of_all_and_the_answer_says_what_follows(api: Api) -> None:
    api("PUT", ADA, {"choices": [{"topic": "old", "wanted": False}], "quiet_hours": "none"})

    news = {"channel": "email", "topic": "news", "wanted": True}
    answer = api("PUT", ADA, {"choices": [NO_ADS, news], "quiet_hours": None})

    assert (answer.status, answer.json["choices"], answer.json["quiet_hours"]) == (200, [NO_ADS, NEWS], None)
    said = {(one["type"], one["wanted"], one["by"]) for one in answer.json["effect"]["wanted"]}
    assert said == {("promotional", False, "recipient"), ("informational", True, None)}
    assert api("GET", ADA).json == answer.json


def test_an_answer_can_be_put_back_as_it_is(api: Api) -> None:
    api("PUT", ADA, {"choices": [NO_ADS, NEWS], "quiet_hours": "21:00-08:00"})
    before = api("GET", ADA).json

    assert api("PUT", ADA, before).json == before


@pytest.mark.parametrize("body", [{}, {"quiet_hours": "22:00-07:00"}, {"choices": None, "quiet_hours": None}])
def test_nothing_is_forgotten_unless_somebody_says_so(api: Api, body: dict[str, Any]) -> None:
    api("PUT", ADA, ONLY_NO_ADS)

    answer = api("PUT", ADA, body)

    assert (answer.status, answer.fields[0]) == (422, "choices")
    assert "choices: is missing; give [] to forget all" in answer.json["detail"]
    assert api("GET", ADA).json["choices"] == [NO_ADS]


class TestWhatWasReadBefore:
    """The ETag and If-Match of RFC 9110: what came between reading and writing is not undone."""

    @pytest.fixture
    def read(self, api: Api) -> Received:
        return api("GET", ADA)

    def test_is_refused_where_somebody_decided_meanwhile(self, api: Api, read: Received) -> None:
        api.store.preferences.change("ada", PreferenceChange(choices=(Choice(About(topic="news"), wanted=False),)))
        tag = read.headers["etag"]

        answer = api("PUT", ADA, read.json, headers={"if-match": tag})

        assert (answer.status, answer.headers["content-type"]) == (412, "application/problem+json")
        assert answer.json["type"] == "urn:tocsin:problem:outdated"
        assert "read it again" in answer.json["detail"]
        now = api("GET", ADA)
        assert [one["topic"] for one in now.json["choices"]] == ["news"]
        assert now.headers["etag"] != tag

    def test_is_taken_where_nothing_changed(self, api: Api, read: Received) -> None:
        tag = read.headers["etag"]
        first = api("PUT", ADA, ONLY_NO_ADS, headers={"if-match": f'W/"x", {tag}'})

        assert (first.status, first.headers["etag"]) == (200, api("GET", ADA).headers["etag"])
        assert first.headers["etag"] != tag
        assert api("PUT", ADA, read.json, headers={"if-match": first.headers["etag"]}).status == 200

    @pytest.mark.parametrize(
        ("given", "status"), [("*", 200), (None, 200), ('W/"0"', 412), ('"00"', 412), ('"x"', 412)]
    )
    def test_only_a_tag_that_is_the_same_counts(self, api: Api, given: str | None, status: int) -> None:
        assert api("GET", ADA).headers["etag"] == '"0"'

        assert api("PUT", ADA, ONLY_NO_ADS, headers={"if-match": given} if given else {}).status == status

    @pytest.mark.parametrize("given", ["0", '"0', "", '"0" "1"'])
    def test_is_asked_for_in_words_where_the_header_cannot_be_read(self, api: Api, given: str) -> None:
        answer = api("PUT", ADA, ONLY_NO_ADS, headers={"if-match": given})

        assert (answer.status, list(answer.fields)) == (422, ["If-Match"])
        assert api("GET", ADA).json["choices"] == []


def test_who_refuses_everything_still_gets_what_cannot_be_refused(api: Api) -> None:
    answer = api("PUT", ADA, {"choices": [{"wanted": False}], "quiet_hours": None})
    order, news = api.send().json["id"], api.send(type="informational").json["id"]

    api.container.dispatch_due()(DispatchCommand())

    assert answer.json["effect"]["always"] == ["transactional"]
    assert not any(one["wanted"] for one in answer.json["effect"]["wanted"])
    assert api("GET", f"/v1/notifications/{order}").json["status"] == "sent"
    refused = api("GET", f"/v1/notifications/{news}").json
    assert (refused["status"], refused["reason"]) == ("suppressed", "the recipient does not want everything")


def test_they_stay_where_the_recipient_is_put_again(api: Api) -> None:
    api("PUT", ADA, ONLY_NO_ADS)

    api("PUT", "/v1/recipients/ada", {"email": "ada@example.org", "timezone": "Europe/Vienna"})

    answer = api("GET", ADA).json
    assert (answer["choices"], answer["effect"]["timezone"]) == ([NO_ADS], "Europe/Vienna")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ([], [""]),
        ({"choice": [], "quiet_hours": None}, ["choice", "choices"]),
        (
            {
                "choices": [{"channel": "fax", "wanted": False}, {"type": "transactional", "wanted": False}, {}],
                "quiet_hours": None,
            },
            ["choices.0.channel", "choices.2.wanted", "choices.1.type"],
        ),
        ({"choices": [NO_ADS, NO_ADS], "quiet_hours": "21"}, ["choices.1", "quiet_hours"]),
        ({"choices": [{"topic": "\u0000", "wanted": True}], "quiet_hours": None}, ["choices.0.topic"]),
    ],
)
def test_every_wrong_field_is_named_and_nothing_changes(api: Api, body: Any, wrong: list[str]) -> None:
    answer = api("PUT", ADA, body)

    assert (answer.status, list(answer.fields)) == (422, wrong)
    assert api("GET", ADA).json["choices"] == []


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("name", ["eve", "%00", "%20"])
def test_nobody_has_none(api: Api, method: str, name: str) -> None:
    answer = api(method, f"/v1/recipients/{name}/preferences", ONLY_NO_ADS if method == "PUT" else None)

    assert (answer.status, answer.json["type"]) == (404, "urn:tocsin:problem:not-found")


def test_a_test_key_sees_and_changes_those_of_tests_alone(api: Api) -> None:
    api.store.recipients.put([Recipient(id="simulate-bob", email="simulate-bounced@example.com")])
    secret = api.container.create_key()(frozenset({Scope.MANAGE}), test=True).secret
    headers = {"authorization": f"Bearer {secret}"}
    bob = "/v1/recipients/simulate-bob/preferences"

    put = api("PUT", bob, ONLY_NO_ADS, headers=headers, scope=None)
    assert (put.status, api("GET", bob, headers=headers, scope=None).json) == (200, put.json)
    refused = api("PUT", ADA, ONLY_NO_ADS, headers=headers, scope=None)
    assert (refused.status, list(refused.fields)) == (422, ["id"])
    assert api("GET", ADA, headers=headers, scope=None).status == 404
    assert api("GET", ADA).json["choices"] == []
