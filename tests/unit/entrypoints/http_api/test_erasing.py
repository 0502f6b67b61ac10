"""A person is given out whole, and forgotten for good."""

from domain.api_key import Scope
from tests.unit.entrypoints.http_api.api import EMAIL, Api


def test_who_is_erased_is_not_found_and_what_waits_is_cancelled(api: Api) -> None:
    sent = api("POST", "/v1/notifications", dict(EMAIL)).json["id"]

    assert api("DELETE", "/v1/recipients/ada").status == 204

    assert api("DELETE", "/v1/recipients/ada").status == 404
    assert api("GET", "/v1/recipients/ada").status == 404
    assert api("GET", "/v1/recipients/ada/export").status == 404
    kept = api("GET", f"/v1/notifications/{sent}").json
    assert (kept["status"], kept["body"], kept["subject"]) == ("cancelled", "", None)
    assert "ada" not in kept["to"]


def test_the_id_that_stands_for_them_cannot_be_written_to(api: Api) -> None:
    sent = api("POST", "/v1/notifications", dict(EMAIL)).json["id"]
    api("DELETE", "/v1/recipients/ada")
    stand_in = api("GET", f"/v1/notifications/{sent}").json["to"]

    assert api("POST", "/v1/notifications", {**EMAIL, "to": stand_in}).status == 422


def test_only_a_key_that_manages_may_erase_or_export(api: Api) -> None:
    for method, path in (("DELETE", "/v1/recipients/ada"), ("GET", "/v1/recipients/ada/export")):
        assert api(method, path, scope=Scope.READ).status == 403


def test_an_export_has_the_person_and_everything_that_was_made_for_them(api: Api) -> None:
    sent = [api("POST", "/v1/notifications", {**EMAIL, "body": f"number {number}"}).json["id"] for number in range(3)]
    api("PUT", "/v1/recipients/bob", {"email": "bob@example.com"})
    api("POST", "/v1/notifications", {**EMAIL, "to": "bob"})

    found = api("GET", "/v1/recipients/ada/export")

    assert found.status == 200
    assert found.json["recipient"]["id"] == "ada"
    assert [one["id"] for one in found.json["notifications"]] == sent[::-1]
    assert found.json["notifications"][0]["history"] == []
    assert (found.json["suppressions"], found.json["inbox"]) == ([], [])
    assert found.json["preferences"] == {"choices": [], "quiet_hours": None}


def test_a_test_key_erases_and_exports_only_those_who_are_for_tests(api: Api) -> None:
    secret = api.container.create_key()(frozenset({Scope.MANAGE}), test=True).secret
    headers = {"authorization": f"Bearer {secret}"}
    api("PUT", "/v1/recipients/simulate-bob", {"email": "simulate-bob@example.com"}, headers=headers, scope=None)

    assert api("DELETE", "/v1/recipients/ada", headers=headers, scope=None).status == 404
    assert api("GET", "/v1/recipients/ada/export", headers=headers, scope=None).status == 404
    assert api("GET", "/v1/recipients/simulate-bob/export", headers=headers, scope=None).status == 200
    assert api("DELETE", "/v1/recipients/simulate-bob", headers=headers, scope=None).status == 204
    assert api("GET", "/v1/recipients/ada").status == 200
