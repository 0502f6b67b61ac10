"""Steering lanes and gateways by hand."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from litestar import Response, get, post
from litestar.params import FromPath, RawBody

from application.access.keep_apart import KeepApart
from application.steering.gateways import PauseGateway, ResumeGateway
from application.steering.lanes import ListLanes, PaceLane, PauseLane, ResumeLane
from domain.errors import InvalidInput, NotFound
from domain.lane import LaneStanding
from entrypoints.http_api.authentication import ApiRequest
from entrypoints.http_api.limits import SINGLE_BYTES_MAX
from entrypoints.http_api.openapi import operations
from entrypoints.http_api.reading.bodies import CONVERTER, EmptyBody, GatewayPauseBody, LaneBody, PaceBody
from entrypoints.http_api.reading.contents import json_value, optional_json_value
from entrypoints.http_api.reading.queries import to_gateway_name
from entrypoints.http_api.reading.strict import read
from entrypoints.http_api.rendering import answer, page
from entrypoints.http_api.routes.given import Given
from entrypoints.wire_format import health_json, lane_json

T = TypeVar("T")


@get("/v1/lanes", opt=operations.LIST_LANES.as_opt(), sync_to_thread=True)
def list_lanes(request: ApiRequest, list_lanes: Given[ListLanes]) -> Response[bytes]:
    """Return every lane in which something may happen."""
    return page([lane_json(standing) for standing in list_lanes() if standing.lane.test is request.auth.test])


@post(
    "/v1/lanes/pause",
    opt=operations.PAUSE_LANE.as_opt(),
    status_code=200,
    request_max_body_size=SINGLE_BYTES_MAX,
    sync_to_thread=True,
)
def pause_lane(
    request: ApiRequest, body: RawBody, keep_apart: Given[KeepApart], pause_lane: Given[PauseLane]
) -> Response[bytes]:
    """Let nothing be sent from one lane."""
    asked = _read(LaneBody, json_value(request, body))
    return _standing(request, asked.name, keep_apart, lambda: pause_lane(asked.name))


@post(
    "/v1/lanes/resume",
    opt=operations.RESUME_LANE.as_opt(),
    status_code=200,
    request_max_body_size=SINGLE_BYTES_MAX,
    sync_to_thread=True,
)
def resume_lane(
    request: ApiRequest, body: RawBody, keep_apart: Given[KeepApart], resume_lane: Given[ResumeLane]
) -> Response[bytes]:
    """Let one lane be sent from again."""
    asked = _read(LaneBody, json_value(request, body))
    return _standing(request, asked.name, keep_apart, lambda: resume_lane(asked.name))


@post(
    "/v1/lanes/pace",
    opt=operations.PACE_LANE.as_opt(),
    status_code=200,
    request_max_body_size=SINGLE_BYTES_MAX,
    sync_to_thread=True,
)
def pace_lane(
    request: ApiRequest, body: RawBody, keep_apart: Given[KeepApart], pace_lane: Given[PaceLane]
) -> Response[bytes]:
    """Give one lane a pace."""
    asked = _read(PaceBody, json_value(request, body))
    return _standing(request, asked.name, keep_apart, lambda: pace_lane(asked.name, asked.rate))


@post(
    "/v1/gateways/{gateway:str}/pause",
    opt=operations.PAUSE_GATEWAY.as_opt(),
    status_code=200,
    request_max_body_size=SINGLE_BYTES_MAX,
    sync_to_thread=True,
)
def pause_gateway(
    request: ApiRequest, body: RawBody, gateway: FromPath[str], pause_gateway: Given[PauseGateway]
) -> Response[bytes]:
    """Let one gateway rest."""
    asked = _read(GatewayPauseBody, optional_json_value(request, body))
    try:
        span = None if asked.seconds is None else timedelta(seconds=asked.seconds)
    except OverflowError:
        span = timedelta.max
    try:
        return answer(health_json(pause_gateway(to_gateway_name(gateway), span)))
    except InvalidInput as error:
        raise InvalidInput.of("seconds", error.errors[0].message) from None


@post(
    "/v1/gateways/{gateway:str}/resume",
    opt=operations.RESUME_GATEWAY.as_opt(),
    status_code=200,
    request_max_body_size=SINGLE_BYTES_MAX,
    sync_to_thread=True,
)
def resume_gateway(
    request: ApiRequest, body: RawBody, gateway: FromPath[str], resume_gateway: Given[ResumeGateway]
) -> Response[bytes]:
    """Use one gateway again."""
    _read(EmptyBody, optional_json_value(request, body))
    return answer(health_json(resume_gateway(to_gateway_name(gateway))))


def _read(shape: type[T], value: object) -> T:
    found, errors = read(shape, value, CONVERTER)
    if errors or found is None:
        raise InvalidInput(errors)
    return found


def _standing(
    request: ApiRequest, name: str, keep_apart: KeepApart, steer: Callable[[], LaneStanding]
) -> Response[bytes]:
    """Return the lane after *steer*; one that is not there is a wrong field and not a missing page."""
    try:
        keep_apart.lane(request.auth, name)
        return answer(lane_json(steer()))
    except NotFound as error:
        raise InvalidInput.of("name", f"{error}; GET /v1/lanes lists them") from None
