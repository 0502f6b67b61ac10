"""Saying what would become of a notification."""

from litestar import Response, post
from litestar.params import RawBody

from application.access.keep_apart import KeepApart
from application.insight.decide import Decide
from entrypoints.explanation_shape import decision_json
from entrypoints.http_api.authentication import ApiRequest
from entrypoints.http_api.limits import NOTIFICATION_BYTES_MAX
from entrypoints.http_api.openapi import operations
from entrypoints.http_api.reading.contents import json_value
from entrypoints.http_api.reading.notifications import AskedNotification, decided
from entrypoints.http_api.rendering import answer
from entrypoints.http_api.repeats import scope_of
from entrypoints.http_api.routes.given import Given


@post(
    "/v1/decide",
    opt=operations.DECIDE.as_opt(),
    status_code=200,
    request_max_body_size=NOTIFICATION_BYTES_MAX,
    sync_to_thread=True,
)
def decide_one(
    request: ApiRequest, body: RawBody, decide: Given[Decide], keep_apart: Given[KeepApart]
) -> Response[bytes]:
    """Return what would become of one notification."""
    asked = AskedNotification.of(json_value(request, body), scope_of(request), None)
    found = decided(asked, decide, test=request.auth.test)
    if keep_apart.hides_addresses(request.auth, found.asked.recipient_id):
        found = found.without_addresses()
    return answer(decision_json(found))
