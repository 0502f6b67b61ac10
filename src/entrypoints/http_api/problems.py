"""What went wrong, as ``application/problem+json`` (RFC 9457): the one place that maps errors to statuses."""

import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import structlog
from attrs import evolve, field, frozen
from litestar import Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException

from domain.errors import (
    Conflict,
    FieldError,
    Forged,
    InvalidInput,
    KeyReused,
    Misconfigured,
    NotFound,
    Outdated,
    StoreUnavailable,
    TocsinError,
    Unreadable,
)
from entrypoints.http_api.pages.answers import failure, is_page
from entrypoints.http_api.reading.json_text import shown
from entrypoints.http_api.rendering import PROBLEM_JSON, to_json

RETRY_AFTER_S = 5
_TYPE = "urn:tocsin:problem:"

_UNAVAILABLE = "the store cannot be used now; try again later; its log and tocsin doctor say why"
"""To whoever asks: no path, no detail."""

_log = structlog.get_logger(__name__)


@frozen
class Kind:
    """One kind of problem: its name in the type, its title, its status."""

    name: str
    title: str
    status: HTTPStatus


KINDS: Mapping[type[TocsinError], Kind] = MappingProxyType(
    {
        InvalidInput: Kind("invalid-input", "Some fields are wrong", HTTPStatus.UNPROCESSABLE_ENTITY),
        KeyReused: Kind("key-reused", "The idempotency key was used before", HTTPStatus.UNPROCESSABLE_ENTITY),
        NotFound: Kind("not-found", "There is no such thing", HTTPStatus.NOT_FOUND),
        Conflict: Kind("conflict", "Its state does not allow this", HTTPStatus.CONFLICT),
        Outdated: Kind("outdated", "It was changed meanwhile", HTTPStatus.PRECONDITION_FAILED),
        Forged: Kind("forged", "The signature is missing or wrong", HTTPStatus.FORBIDDEN),
        Unreadable: Kind("unreadable", "It cannot be read", HTTPStatus.BAD_REQUEST),
        StoreUnavailable: Kind("unavailable", "Not able to answer now", HTTPStatus.SERVICE_UNAVAILABLE),
        Misconfigured: Kind("misconfigured", "The configuration is wrong", HTTPStatus.INTERNAL_SERVER_ERROR),
    }
)
"""The errors of the domain; a class that is not here is taken for the nearest one above it."""


@frozen(kw_only=True)
class Problem:
    """One problem as it is answered. ``type`` is ``about:blank`` where the status says everything."""

    status: HTTPStatus
    title: str
    detail: str
    type: str = "about:blank"
    errors: Sequence[FieldError] = ()
    headers: Mapping[str, str] = field(factory=lambda: MappingProxyType({}), hash=False)

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON shows it."""
        return {
            "type": self.type,
            "title": self.title,
            "status": self.status.value,
            "detail": self.detail,
            "errors": [{"field": error.field, "message": error.message} for error in self.errors],
        }

    def response(self) -> Response[bytes]:
        """Return the problem as the answer to a request."""
        return Response(
            to_json(self.as_json()), status_code=self.status.value, media_type=PROBLEM_JSON, headers=dict(self.headers)
        )


def of_tocsin(error: TocsinError) -> Problem:
    """Return the problem that an error of the domain makes."""
    kind = next(KINDS[known] for known in type(error).__mro__ if known in KINDS)
    detail = _UNAVAILABLE if isinstance(error, StoreUnavailable) else str(error)
    errors: Sequence[FieldError] = ()
    if isinstance(error, InvalidInput):
        errors = error.errors
        detail = "; ".join(str(one) if one.field else f"it {one.message}" for one in errors)
    elif isinstance(error, KeyReused):
        errors = [FieldError("key", detail)]
    unavailable = kind.status is HTTPStatus.SERVICE_UNAVAILABLE
    return Problem(
        type=_TYPE + kind.name,
        title=kind.title,
        status=kind.status,
        detail=detail,
        errors=errors,
        headers={"Retry-After": str(RETRY_AFTER_S)} if unavailable else {},
    )


def of_http(error: HTTPException) -> Problem:
    """Return the problem that an error of HTTP itself makes: no such path, too large a body, and so on."""
    status = HTTPStatus(error.status_code)
    return Problem(
        status=status,
        title=status.phrase,
        detail=status.description or status.phrase if error.detail in ("", status.phrase) else error.detail,
        headers=error.headers or {},
    )


def answer_tocsin_error(request: Request[Any, Any, Any], error: TocsinError) -> Response[bytes]:
    """Answer what the caller, or whoever runs Tocsin, can put right; what only the latter can, the log says in full."""
    if isinstance(error, StoreUnavailable):
        _log.warning("store unavailable", method=request.method, reason=str(error))
    return _answer(request, of_tocsin(error))


def answer_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Answer an error of HTTP itself."""
    problem = of_http(error)
    if problem.status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        largest = request.route_handler.resolve_request_max_body_size()
        problem = evolve(problem, detail=f"the body is larger than {largest} bytes; send less at once")
    elif isinstance(error, NotFoundException):
        path = shown(request.scope["path"])
        problem = evolve(problem, detail=f"there is nothing at {path}; /openapi.json describes what there is")
    elif isinstance(error, MethodNotAllowedException):
        allowed = (error.headers or {}).get("allow", "another method")
        problem = evolve(problem, detail=f"{shown(request.scope['path'])} takes {allowed} and not {request.method}")
    return _answer(request, problem)


def answer_bug(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer our own mistake without a word about the inside; the log says where, but not the texts it was about."""
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    _log.error("request failed", method=request.method, error=type(error).__name__, where=where)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    detail = "this is a fault of Tocsin's; its log says where it happened"
    return _answer(request, Problem(status=status, title=status.phrase, detail=detail))


def _answer(request: Request[Any, Any, Any], problem: Problem) -> Response[bytes]:
    """Return *problem* for programs, or as a page where people are."""
    if is_page(request.scope["path"]):
        return failure(request.scope, problem.status, problem.headers)
    return problem.response()
