"""What providers call: the only requests with a body that need no key, so nothing is done for who only guesses."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from attrs import define, field, frozen
from litestar import Request, post
from litestar.connection import ASGIConnection
from litestar.exceptions import NotFoundException, ServiceUnavailableException
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, RawBody

from application.ports.clock import Clock
from application.ports.webhook import WebhookRequest
from application.receiving.recording import Taken
from application.receiving.take_webhook import TakeWebhook
from domain.errors import Forged, Misconfigured, TocsinError
from entrypoints.http_api.limits import WEBHOOK_BYTES_MAX
from entrypoints.http_api.openapi import operations
from entrypoints.http_api.problems import RETRY_AFTER_S
from entrypoints.http_api.reading.queries import to_gateway_name
from entrypoints.http_api.routes.given import Given

SAID_EVERY = timedelta(minutes=1)
"""What is refused of one gateway is logged no more often: anybody can cause it."""

WEBHOOKS = "webhooks"
"""Where the application keeps the kinds of gateways that are called, by name."""

_log = structlog.get_logger(__name__)


@frozen
class PublicAddress:
    """How this server is called from outside; None where it was not configured."""

    url: str | None

    def of(self, request: Request[Any, Any, Any]) -> str:
        """Return the whole address that *request* was made to, as the provider spelled it.

        Without a configured address it is what the proxy in front says, or the request itself: a wrong one only makes
        the signature wrong.
        """
        scope = request.scope
        path = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0].decode("ascii", errors="replace")
        query = scope["query_string"].decode("ascii", errors="replace")
        if self.url is not None:
            start = self.url.rstrip("/")
        else:
            scheme = _first(request.headers.get("x-forwarded-proto")) or scope["scheme"]
            host = _first(request.headers.get("x-forwarded-host")) or request.headers.get("host", "")
            start = f"{scheme}://{host}"
        return f"{start}{path}?{query}" if query else f"{start}{path}"


@define(eq=False)
class Refusals:
    """Says in the log that calls of a gateway are refused, and why, at most once in a while."""

    clock: Clock
    _said_at: dict[str, datetime] = field(factory=dict, init=False)

    def say(self, gateway: str, error: TocsinError) -> None:
        """Log *error* of a configured *gateway*, unless something of it was logged just now."""
        now = self.clock.now()
        last = self._said_at.get(gateway)
        if last is None or abs(now - last) >= SAID_EVERY:
            self._said_at[gateway] = now
            _log.warning("webhook refused", gateway=gateway, reason=str(error))


async def only_known(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Turn away, before its body is read, who calls a gateway that nobody calls."""
    kinds: Mapping[str, str] = connection.app.state[WEBHOOKS]
    kind, name = connection.path_params["kind"], connection.path_params["gateway"]
    if kinds.get(to_gateway_name(name)) != kind:
        raise NotFoundException("no gateway of this kind and name is called by its provider")


@post(
    "/webhooks/{kind:str}/{gateway:str}",
    opt=operations.WEBHOOK.as_opt(),
    guards=[only_known],
    status_code=204,
    request_max_body_size=WEBHOOK_BYTES_MAX,
    sync_to_thread=True,
)
def take_webhook(
    request: Request[Any, Any, Any],
    body: RawBody,
    kind: FromPath[str],
    gateway: FromPath[str],
    take_webhook: Given[TakeWebhook],
    public_address: Given[PublicAddress],
    refusals: Given[Refusals],
    clock: Given[Clock],
) -> None:
    """Take what a provider says later of messages; who has no right signature is turned away."""
    name = to_gateway_name(gateway)
    called = WebhookRequest(
        url=public_address.of(request),
        headers={header.lower(): value for header, value in request.headers.items()},
        body=body,
        at=clock.now(),
    )
    try:
        taken = take_webhook(kind, name, called)
    except Forged as error:
        refusals.say(name, error)
        raise
    except Misconfigured as error:  # what is wrong with it is nobody's business outside
        refusals.say(name, error)
        raise ServiceUnavailableException(
            "this gateway cannot be used now", headers={"Retry-After": str(RETRY_AFTER_S)}
        ) from error
    _log.info("receipts", gateway=name, **_counted(taken))


def _first(header: str | None) -> str:
    """Return the first of several values: each proxy of a row adds its own at the end."""
    return (header or "").partition(",")[0].strip()


def _counted(taken: Sequence[Taken]) -> Mapping[str, int]:
    return Counter(one.recorded.reception.value for one in taken)
