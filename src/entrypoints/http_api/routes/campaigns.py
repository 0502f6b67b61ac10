"""Starting campaigns, looking at them and steering them."""

from collections.abc import Callable
from typing import Any, TypeVar

from attrs import evolve
from litestar import Response, get, post
from litestar.params import FromPath, RawBody

from application.access.keep_apart import KeepApart
from application.ports.clock import Clock
from application.sending.bulk import BulkCommand, StartCampaign
from application.sending.preview_bulk import PreviewBulk
from application.steering.campaigns import (
    CancelCampaign,
    ListCampaigns,
    PauseCampaign,
    ResumeCampaign,
    ShowCampaign,
)
from domain.errors import InvalidInput
from domain.notification import IdempotencyKey
from entrypoints.http_api.authentication import ApiRequest
from entrypoints.http_api.limits import NOTIFICATION_BYTES_MAX, SINGLE_BYTES_MAX
from entrypoints.http_api.openapi import operations
from entrypoints.http_api.reading.bodies import CONVERTER, EmptyBody
from entrypoints.http_api.reading.campaigns import as_sent, campaign_command
from entrypoints.http_api.reading.contents import json_value, optional_json_value
from entrypoints.http_api.reading.queries import CampaignsQuery, read_query, to_campaign_id
from entrypoints.http_api.reading.strict import read
from entrypoints.http_api.rendering import answer, page
from entrypoints.http_api.repeats import REPLAYED, digest, key_of, scope_of
from entrypoints.http_api.routes.given import Given
from entrypoints.preview_shape import preview_json
from entrypoints.wire_format import campaign_json, campaign_progress_json

T = TypeVar("T")


@post(
    "/v1/campaigns",
    opt=operations.START_CAMPAIGN.as_opt(),
    status_code=202,
    request_max_body_size=NOTIFICATION_BYTES_MAX,
    sync_to_thread=True,
)
def start_campaign(request: ApiRequest, body: RawBody, start_campaign: Given[StartCampaign]) -> Response[bytes]:
    """Start one campaign; dispatchers turn its audience into notifications."""
    value = json_value(request, body)
    command = campaign_command(value, start_campaign.plan.problems, _key(request, value))
    started = _done(start_campaign, evolve(command, test=request.auth.test))
    return answer(campaign_json(started.campaign), 202, {} if started.is_new else REPLAYED)


@post(
    "/v1/campaigns/preview",
    opt=operations.PREVIEW_CAMPAIGN.as_opt(),
    status_code=200,
    request_max_body_size=NOTIFICATION_BYTES_MAX,
    sync_to_thread=True,
)
def preview_campaign(request: ApiRequest, body: RawBody, preview_bulk: Given[PreviewBulk]) -> Response[bytes]:
    """Return what would become of one campaign; nothing is started."""
    command = campaign_command(json_value(request, body), preview_bulk.plan.problems, None)
    return answer(preview_json(_done(preview_bulk, evolve(command, test=request.auth.test))))


@get("/v1/campaigns", opt=operations.LIST_CAMPAIGNS.as_opt(), sync_to_thread=True)
def list_campaigns(request: ApiRequest, list_campaigns: Given[ListCampaigns]) -> Response[bytes]:
    """Return one page of campaigns."""
    asked = read_query(CampaignsQuery, request)
    found = list_campaigns(asked.limit, asked.after, test=request.auth.test)
    return page([campaign_json(one) for one in found.items], found.next)


@get("/v1/campaigns/{campaign_id:str}", opt=operations.GET_CAMPAIGN.as_opt(), sync_to_thread=True)
def get_campaign(
    request: ApiRequest,
    campaign_id: FromPath[str],
    keep_apart: Given[KeepApart],
    show_campaign: Given[ShowCampaign],
    clock: Given[Clock],
) -> Response[bytes]:
    """Return how far one campaign came."""
    return answer(campaign_progress_json(show_campaign(_id(request, campaign_id, keep_apart)), clock.now()))


@post(
    "/v1/campaigns/{campaign_id:str}/pause",
    opt=operations.PAUSE_CAMPAIGN.as_opt(),
    status_code=200,
    request_max_body_size=SINGLE_BYTES_MAX,
    sync_to_thread=True,
)
def pause_campaign(
    request: ApiRequest,
    body: RawBody,
    campaign_id: FromPath[str],
    keep_apart: Given[KeepApart],
    pause_campaign: Given[PauseCampaign],
) -> Response[bytes]:
    """Hold one campaign back."""
    _require_nothing(request, body)
    return answer(campaign_json(pause_campaign(_id(request, campaign_id, keep_apart))))


@post(
    "/v1/campaigns/{campaign_id:str}/resume",
    opt=operations.RESUME_CAMPAIGN.as_opt(),
    status_code=200,
    request_max_body_size=SINGLE_BYTES_MAX,
    sync_to_thread=True,
)
def resume_campaign(
    request: ApiRequest,
    body: RawBody,
    campaign_id: FromPath[str],
    keep_apart: Given[KeepApart],
    resume_campaign: Given[ResumeCampaign],
) -> Response[bytes]:
    """Let one campaign go on."""
    _require_nothing(request, body)
    return answer(campaign_json(resume_campaign(_id(request, campaign_id, keep_apart))))


@post(
    "/v1/campaigns/{campaign_id:str}/cancel",
    opt=operations.CANCEL_CAMPAIGN.as_opt(),
    status_code=200,
    request_max_body_size=SINGLE_BYTES_MAX,
    sync_to_thread=True,
)
def cancel_campaign(
    request: ApiRequest,
    body: RawBody,
    campaign_id: FromPath[str],
    keep_apart: Given[KeepApart],
    cancel_campaign: Given[CancelCampaign],
) -> Response[bytes]:
    """Stop one campaign for good."""
    _require_nothing(request, body)
    return answer(campaign_json(cancel_campaign.at_once(_id(request, campaign_id, keep_apart))))


def _id(request: ApiRequest, part: str, keep_apart: KeepApart) -> int:
    """Return the id that a *part* of the path names, if the key of *request* may find that campaign.

    :raises NotFound: it may not, or there is none.
    """
    found = to_campaign_id(part)
    keep_apart.campaign(request.auth, found)
    return found


def _key(request: ApiRequest, value: Any) -> IdempotencyKey | None:
    key = key_of(request)
    if key is None or not isinstance(value, dict):
        return None
    content = {name: part for name, part in value.items() if part is not None}
    # A room of their own: the key of a notification may be the same.
    return IdempotencyKey(scope=f"{scope_of(request)}/campaigns", key=key, digest=digest(content))


def _done(do: Callable[[BulkCommand], T], command: BulkCommand) -> T:
    """Return what *do* makes of *command*; wrong fields are called as a caller of the API spells them."""
    try:
        return do(command)
    except InvalidInput as error:
        raise InvalidInput(as_sent(one) for one in error.errors) from None


def _require_nothing(request: ApiRequest, body: bytes) -> None:
    _, errors = read(EmptyBody, optional_json_value(request, body), CONVERTER)
    if errors:
        raise InvalidInput(errors)
