"""Whether the process is well, and what it can be asked; open to all."""

from collections.abc import Callable
from typing import Any

from attrs import frozen
from litestar import Request, Response, get
from litestar.exceptions import ServiceUnavailableException

from application.insight.inspect_gateways import ListGateways
from domain.errors import StoreUnavailable
from entrypoints.http_api.openapi import operations
from entrypoints.http_api.problems import RETRY_AFTER_S
from entrypoints.http_api.rendering import answer, answer_text
from entrypoints.http_api.routes.given import Given

DOCUMENT = "openapi"
"""Where the application keeps the description of itself."""


@frozen
class Readiness:
    """Whether requests would get anywhere: the store answers, and the dispatcher is not dead."""

    list_gateways: ListGateways
    dispatcher_lives: Callable[[], bool]

    def problem(self) -> str | None:
        """Return why this process is not ready, or None."""
        try:
            self.list_gateways()
        except StoreUnavailable:
            return "the store does not answer; tocsin doctor says why"  # to whoever asks: no path, no detail
        return None if self.dispatcher_lives() else "the dispatcher has stopped; nothing is sent; restart tocsin serve"


@get("/health/live", opt=operations.LIVE.as_opt(), sync_to_thread=False)
def live() -> Response[bytes]:
    """Say that the process answers."""
    return answer({"status": "ok"})


@get("/health/ready", opt=operations.READY.as_opt(), sync_to_thread=True)
def ready(readiness: Given[Readiness]) -> Response[bytes]:
    """Say whether the process can do its work."""
    problem = readiness.problem()
    if problem is not None:
        raise ServiceUnavailableException(problem, headers={"Retry-After": str(RETRY_AFTER_S)})
    return answer({"status": "ok"})


@get("/openapi.json", opt=operations.DESCRIBE.as_opt(), sync_to_thread=False)
def describe(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the description of this API."""
    return answer_text(request.app.state[DOCUMENT])
