"""What providers call."""

from collections.abc import Mapping
from typing import Any

import structlog
from attrs import frozen
from litestar import Request, post
from litestar.params import FromPath, RawBody

from application.ports.clock import Clock
from application.ports.receipt_repository import Reception
from application.ports.webhook import WebhookRequest
from application.receiving.take_webhook import TakeWebhook
from entrypoints.http_api.limits import WEBHOOK_BYTES_MAX
from entrypoints.http_api.openapi import operations
from entrypoints.http_api.reading.queries import to_gateway_name
from entrypoints.http_api.routes.given import Given

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


def _first(header: str | None) -> str:
    """Return the first of several values: each proxy of a row adds its own at the end."""
    return (header or "").partition(",")[0].strip()


@post(
    "/webhooks/{kind:str}/{gateway:str}",
    opt=operations.WEBHOOK.as_opt(),
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
    clock: Given[Clock],
) -> None:
    """Take what a provider says later of messages; who has no right signature is turned away."""
    called = WebhookRequest(
        url=public_address.of(request),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        at=clock.now(),
    )
    counted = take_webhook(kind, to_gateway_name(gateway), called)
    _log.debug("receipts", gateway=gateway, **_words(counted))


def _words(counted: Mapping[Reception, int]) -> dict[str, int]:
    return {reception.value: number for reception, number in counted.items()}
