"""Steering lanes and gateways over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from entrypoints.json_values import instant
from tests.unit.entrypoints.http_api.api import Api

LANE = "email/transactional"


def lane(api: Api, word: str, **more: Any) -> Any:
    answer = api("POST", f"/v1/lanes/{word}", {"name": LANE, **more})
    assert answer.status == 200, answer.body
    return answer.json


class TestLanes:
    def test_are_listed_with_what_waits(self, api: Api) -> None:
        api.send()
        lanes = {one["name"]: one for one in api("GET", "/v1/lanes").json["items"]}
        assert len(lanes) == 15
        assert lanes[LANE] == {
            "name": LANE,
            "channel": "email",
            "type": "transactional",
            "campaign": None,
            "test": False,
            "state": "open",
            "rate": None,
            "waiting": 1,
            "sending": 0,
            "next_due": instant(api.clock.now()),
        }

    def test_are_paused_resumed_and_paced(self, api: Api) -> None:
        api.send()
        assert lane(api, "pause")["state"] == "paused"
        assert list(api.store.queue.due_lanes(api.clock.now())) == []
        assert lane(api, "resume")["state"] == "open"
        assert lane(api, "pace", rate=50)["rate"] == 50.0
        assert lane(api, "pace", rate=None)["rate"] is None

    @pytest.mark.parametrize(
        ("word", "body", "wrong"),
        [
            ("pause", {}, ["name"]),
            ("pause", {"name": "fax/promotional"}, ["name"]),
            ("resume", {"name": "email/promotional/campaign-7"}, ["name"]),
            ("resume", {"name": LANE, "rate": 5}, ["rate"]),
            ("pace", {"name": LANE}, ["rate"]),
            ("pace", {"name": 7, "rate": "50/s"}, ["name", "rate"]),
            ("pace", {"name": LANE, "rate": 0}, ["rate"]),
            ("pace", {"name": LANE, "rate": 1e9}, ["rate"]),
        ],
    )
    def test_every_wrong_field_is_named(self, api: Api, word: str, body: Any, wrong: list[str]) -> None:
        answer = api("POST", f"/v1/lanes/{word}", body)
        assert (answer.status, sorted(answer.fields)) == (422, wrong)


class TestGateways:
    def test_one_rests_for_so_long_or_until_it_is_resumed(self, api: Api) -> None:
        for body, until in (
            ({"seconds": 600}, instant(api.clock.now() + timedelta(minutes=10))),
            ({}, "9999-01-01T00:00:00.000Z"),
            (None, "9999-01-01T00:00:00.000Z"),
        ):
            answer = api("POST", "/v1/gateways/outbox/pause", body)
            assert (answer.status, answer.json["paused_until"]) == (200, until)
            assert answer.json["reason"] == "paused by hand"
        assert api("GET", "/v1/gateways").json["items"][0]["reason"] == "paused by hand"

        for _ in range(2):
            answer = api("POST", "/v1/gateways/outbox/resume")
            assert (answer.status, answer.json["paused_until"], answer.json["reason"]) == (200, None, None)

    @pytest.mark.parametrize("seconds", [0, -5, "10m", 1.5, True, 366 * 86_400 + 1, 2**62])
    def test_a_span_must_make_sense(self, api: Api, seconds: Any) -> None:
        answer = api("POST", "/v1/gateways/outbox/pause", {"seconds": seconds})
        assert (answer.status, answer.fields) == (422, ["seconds"])

    @pytest.mark.parametrize("word", ["pause", "resume"])
    @pytest.mark.parametrize("name", ["post", "%ff", "out%00box"])
    def test_one_that_is_not_configured_is_404(self, api: Api, word: str, name: str) -> None:
        assert api("POST", f"/v1/gateways/{name}/{word}").status == 404

    def test_resuming_has_nothing_to_say(self, api: Api) -> None:
        assert api("POST", "/v1/gateways/outbox/resume", {"seconds": 1}).fields == ["seconds"]
