"""Who calls, and whether the key allows it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from litestar import Request
from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler

from application.access.keys import Authenticate
from domain.api_key import ApiKey
from entrypoints.http_api.openapi.operation import operation_of

ApiRequest: TypeAlias = Request[Any, ApiKey, State]
Guard: TypeAlias = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]

_CHALLENGE = 'Bearer realm="tocsin"'


def require_key(authenticate: Authenticate) -> Guard:
    """Return the guard of every route: it lets a request pass whose key has the scope that the route names."""

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        scope = operation_of(handler).scope
        if scope is None:
            return
        secret = _bearer(connection.headers.getall("authorization", []))
        key = await sync_to_thread(authenticate, secret)
        if key is None:
            raise NotAuthorizedException(
                "this key is not known, or was revoked; make one with: tocsin keys create",
                headers={"WWW-Authenticate": f'{_CHALLENGE}, error="invalid_token"'},
            )
        if not key.allows(scope):
            raise PermissionDeniedException(
                f"this key lacks the scope {scope}; make one with: tocsin keys create --scope {scope}",
                headers={"WWW-Authenticate": f'{_CHALLENGE}, error="insufficient_scope", scope="{scope}"'},
            )
        connection.scope["auth"] = key

    return guard


def _bearer(headers: Sequence[str]) -> str:
    """Return the key of the one Authorization header (RFC 6750 section 2.1).

    Of two headers none is taken: a proxy in front may have looked at the other one.
    """
    scheme, _, secret = (headers[0] if len(headers) == 1 else "").strip().partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise NotAuthorizedException(
            "send the header Authorization: Bearer KEY, once; make a key with: tocsin keys create",
            headers={"WWW-Authenticate": _CHALLENGE},
        )
    return secret.strip()
