"""The description of the API says what the API does."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import fields

from adapters.gateways.simulator import MAGIC_PHONES, Simulated
from application.insight.report import rows_of
from application.ports.report_repository import Counted
from entrypoints.http_api.openapi.examples import RECIPIENT
from entrypoints.http_api.openapi.inbox_operations import VERBS, VERBS_OF_ALL
from entrypoints.http_api.openapi.request_schemas import REQUESTS
from entrypoints.http_api.reading.bodies import (
    CampaignBody,
    GatewayPauseBody,
    InboxTokenBody,
    LaneBody,
    NotificationBody,
    PaceBody,
    RecipientBody,
    RetryBody,
    SuppressionBody,
    TemplatePreviewBody,
)
from entrypoints.http_api.reading.queries import (
    CampaignsQuery,
    InboxItemsQuery,
    InboxStreamQuery,
    NotificationsQuery,
    RecipientsQuery,
    ReportQuery,
    SuppressionsQuery,
    TemplateQuery,
    TemplatesQuery,
)
from entrypoints.wire_format import report_row_json
from tests.unit.entrypoints.http_api.api import Api

WITHOUT_BODY = {
    "/v1/notifications/{notification_id}/cancel",
    "/v1/campaigns/{campaign_id}/pause",
    "/v1/campaigns/{campaign_id}/resume",
    "/v1/campaigns/{campaign_id}/cancel",
    "/v1/gateways/{gateway}/resume",
    *(f"/v1/recipients/{{recipient_id}}/inbox/{verb}" for verb in VERBS_OF_ALL),
    *(f"/v1/recipients/{{recipient_id}}/inbox/{{notification_id}}/{verb}" for verb in VERBS),
}


@pytest.fixture
def document(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = api("GET", "/openapi.json", scope=None).json
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


def test_every_operation_has_a_name_of_its_own_a_sentence_and_a_key(document: dict[str, Any]) -> None:
    found = list(operations(document))
    assert len({operation["operationId"] for _, _, operation in found}) == len(found)
    for method, path, operation in found:
        assert operation["summary"], path
        assert bool(operation["security"]) == path.startswith("/v1/"), path
        assert {"401", "403"} <= operation["responses"].keys() or not operation["security"]
        says_something = method in ("POST", "PUT") and path not in WITHOUT_BODY
        assert bool(operation.get("requestBody")) == says_something, path


def test_every_part_of_a_path_is_described(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        parts = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"]
        assert [f"{{{name}}}" for name in parts] == [part for part in path.split("/") if part.startswith("{")]


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    wanted = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert wanted == document["components"]["schemas"].keys()


@pytest.mark.parametrize(
    ("shape", "name"),
    [
        (NotificationBody, "NewNotification"),
        (RecipientBody, "RecipientToPut"),
        (RecipientBody, "RecipientToMerge"),
        (RetryBody, "Retry"),
        (CampaignBody, "NewCampaign"),
        (LaneBody, "LaneName"),
        (PaceBody, "LanePace"),
        (GatewayPauseBody, "GatewayPause"),
        (InboxTokenBody, "InboxTokenLifetime"),
        (SuppressionBody, "NewSuppression"),
        (TemplatePreviewBody, "TemplatePreviewFor"),
    ],
)
def test_a_body_has_the_fields_that_are_described(shape: Any, name: str) -> None:
    assert {field.name for field in fields(shape)} == REQUESTS[name]["properties"].keys()


@pytest.mark.parametrize(
    ("shape", "path"),
    [
        (NotificationsQuery, "/v1/notifications"),
        (RecipientsQuery, "/v1/recipients"),
        (InboxItemsQuery, "/v1/recipients/{recipient_id}/inbox"),
        (InboxStreamQuery, "/v1/recipients/{recipient_id}/inbox/stream"),
        (ReportQuery, "/v1/reports/summary"),
        (CampaignsQuery, "/v1/campaigns"),
        (SuppressionsQuery, "/v1/suppressions"),
        (TemplatesQuery, "/v1/templates"),
        (TemplateQuery, "/v1/templates/{name}"),
    ],
)
def test_a_query_has_the_parameters_that_are_described(document: dict[str, Any], shape: Any, path: str) -> None:
    described = [one["name"] for one in document["paths"][path]["get"]["parameters"] if one["in"] == "query"]
    assert [field.name for field in fields(shape)] == described


def test_every_example_works(api: Api, document: dict[str, Any]) -> None:
    api("PUT", "/v1/recipients/ada", RECIPIENT)
    api.send()
    sent = 0
    for method, path, operation in operations(document):
        for media_type, content in operation.get("requestBody", {"content": {}})["content"].items():
            target = path.format(
                notification_id=1, recipient_id="ada", gateway="outbox", kind="outbox", name="shipped", token="x"
            )
            example = content["example"]
            body = example.encode() if isinstance(example, str) else json.dumps(example).encode()
            answer = api(method, target, body, headers={"content-type": media_type})
            expected = (409,) if path.endswith("/retry") else (200, 201, 202)  # nothing has failed yet
            if path.startswith(("/webhooks/", "/unsubscribe/", "/preferences/")):
                expected = (404,)  # the outbox is called by nobody, and the link is none
            assert answer.status in expected, (path, answer.body)
            assert b'"error"' not in answer.body, (path, answer.body)
            sent += 1
    assert sent == 23


def test_a_webhook_is_described_for_each_provider_that_calls(document: dict[str, Any]) -> None:
    webhook = document["paths"]["/webhooks/{kind}/{gateway}"]["post"]
    content = webhook["requestBody"]["content"]

    assert webhook["parameters"][0]["schema"]["enum"] == ["sendgrid", "twilio"]
    assert isinstance(content["application/json"]["example"], list)
    assert content["application/x-www-form-urlencoded"]["example"]["MessageStatus"] == "delivered"


def test_who_tests_finds_the_magic_recipients(document: dict[str, Any]) -> None:
    text = document["info"]["description"]

    for one in Simulated:
        assert f"simulate-{one}" in text
    for phone in MAGIC_PHONES:
        assert phone in text


def test_whatever_is_not_for_tests_says_so(document: dict[str, Any]) -> None:
    refused = {path for _, path, operation in operations(document) if "No test key" in operation.get("description", "")}

    assert {"/v1/suppressions", "/v1/gateways/{gateway}/pause", "/v1/recipients/{recipient_id}/inbox"} <= refused


def test_a_report_row_is_described_as_it_is_given(document: dict[str, Any]) -> None:
    (row,) = rows_of(Counted([], []), None)

    def described(schema: dict[str, Any], found: dict[str, Any]) -> None:
        assert list(schema["properties"]) == schema["required"] == list(found)
        for name, value in found.items():
            if isinstance(value, dict):
                described(schema["properties"][name], value)

    described(document["components"]["schemas"]["ReportRow"], report_row_json(row))
