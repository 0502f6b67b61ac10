"""Looking at the addresses that must not be used, and changing them."""

from litestar import Response, delete, get, post
from litestar.params import FromPath, RawBody

from application.recipients.suppressions import AddSuppression, ListSuppressions, RemoveSuppression
from domain.errors import InvalidInput, NotFound
from domain.suppression import EVERYTHING
from domain.suppression_reason import SuppressionReason
from entrypoints.http_api.authentication import ApiRequest
from entrypoints.http_api.limits import SINGLE_BYTES_MAX
from entrypoints.http_api.openapi import operations
from entrypoints.http_api.reading.bodies import CONVERTER, SuppressionBody
from entrypoints.http_api.reading.contents import json_value
from entrypoints.http_api.reading.json_text import shown
from entrypoints.http_api.reading.queries import (
    RemovalQuery,
    SuppressionsQuery,
    read_query,
    to_channel_and_address,
)
from entrypoints.http_api.reading.strict import read
from entrypoints.http_api.rendering import answer, page
from entrypoints.http_api.routes.given import Given
from entrypoints.wire_format import removal_json, suppression_json


@get("/v1/suppressions", opt=operations.LIST_SUPPRESSIONS.as_opt(), sync_to_thread=True)
def list_suppressions(request: ApiRequest, list_suppressions: Given[ListSuppressions]) -> Response[bytes]:
    """Return one page of suppressions."""
    found = list_suppressions(read_query(SuppressionsQuery, request).query())
    return page([suppression_json(one) for one in found.items], None if found.next is None else str(found.next))


@post(
    "/v1/suppressions",
    opt=operations.ADD_SUPPRESSION.as_opt(),
    status_code=200,
    request_max_body_size=SINGLE_BYTES_MAX,
    sync_to_thread=True,
)
def add_suppression(request: ApiRequest, body: RawBody, add_suppression: Given[AddSuppression]) -> Response[bytes]:
    """Take one address out of use."""
    asked, errors = read(SuppressionBody, json_value(request, body), CONVERTER)
    if errors or asked is None:
        raise InvalidInput(errors)
    standing = add_suppression(
        asked.channel,
        asked.address,
        reason=asked.reason or SuppressionReason.MANUAL,
        detail=asked.detail,
        scope=asked.scope or EVERYTHING,
    )
    return answer(suppression_json(standing))


@delete(
    "/v1/suppressions/{channel:str}/{address:str}",
    opt=operations.REMOVE_SUPPRESSION.as_opt(),
    status_code=200,
    sync_to_thread=True,
)
def remove_suppression(
    request: ApiRequest,
    channel: FromPath[str],
    address: FromPath[str],
    remove_suppression: Given[RemoveSuppression],
) -> Response[bytes]:
    """Let one address be used again; what cannot be an address is not on the list."""
    asked = read_query(RemovalQuery, request)
    where, named = to_channel_and_address(channel, address)
    try:
        removal = remove_suppression(where, named, reason=asked.reason, scope=asked.scope, every=asked.all)
    except InvalidInput as wrong:
        if any(error.field != "address" for error in wrong.errors):
            raise
        raise NotFound("suppression", shown(f"{where}/{named}")) from None
    return answer(removal_json(removal))
