"""Who calls, and whether the key allows it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

from litestar import Request
from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler

from application.access.keys import Authenticate
from application.inbox.tokens import PREFIX, CheckInboxToken, InboxToken, TokenExpired
from domain.api_key import ApiKey
from entrypoints.http_api.openapi.operation import operation_of
from entrypoints.http_api.reading.queries import to_recipient_id

ApiRequest: TypeAlias = Request[Any, ApiKey, State]
InboxRequest: TypeAlias = Request[Any, ApiKey | InboxToken, State]
Guard: TypeAlias = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]

_CHALLENGE = 'Bearer realm="tocsin"'
_INVALID = {"WWW-Authenticate": f'{_CHALLENGE}, error="invalid_token"'}

_NOT_FOR_TESTS: Mapping[str, str] = MappingProxyType(
    {
        "inbox": "an inbox has what is real, and no test comes into one; a test key opens none, so take another key",
        "suppressions": "suppressions are real, and stop what is real; a test key neither sees nor changes them, "
        "so take another key",
        "templates": "templates are what real messages say; a test key sends by them and does not change them, so take "
        "another key",
        "steering": "a test key reaches no gateway and steers none; take another key",
    }
)
"""Why no test key may call an operation that is not for tests, by its tag."""


def require_key(authenticate: Authenticate, check_token: CheckInboxToken) -> Guard:
    """Return the guard of every route: it lets a request pass whose key has the scope that the route names.

    Where a route takes inbox tokens, one for the inbox in its path lets it pass as well.
    """

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        operation = operation_of(handler)
        scope = operation.scope
        if scope is None:
            return
        headers = connection.headers.getall("authorization", [])
        if operation.inbox_token:
            in_query = connection.query_params.getall("token", [])
            shown = _token(headers, in_query)
            if shown is not None:
                connection.scope["auth"] = _checked(shown, connection.path_params["recipient_id"], check_token)
                return
        secret = _bearer(headers)
        if secret.startswith(PREFIX) and _sealed(secret, check_token) is not None:
            raise PermissionDeniedException(
                "a token opens the inbox of one person only; take a key",
                headers={"WWW-Authenticate": f'{_CHALLENGE}, error="insufficient_scope", scope="{scope}"'},
            )
        key = await sync_to_thread(authenticate, secret)
        if key is None:
            raise NotAuthorizedException(
                "this key is not known, or was revoked; make one with: tocsin keys create", headers=_INVALID
            )
        if not key.allows(scope):
            raise PermissionDeniedException(
                f"this key lacks the scope {scope}; make one with: tocsin keys create --scope {scope}",
                headers={"WWW-Authenticate": f'{_CHALLENGE}, error="insufficient_scope", scope="{scope}"'},
            )
        if key.test and not operation.for_tests:
            raise PermissionDeniedException(_NOT_FOR_TESTS[operation.tag])
        connection.scope["auth"] = key

    return guard


def _token(headers: Sequence[str], in_query: Sequence[str]) -> str | None:
    """Return the inbox token of a request, in its header or its query; None where it shows something else."""
    if in_query:
        if len(in_query) > 1 or headers:
            raise NotAuthorizedException(
                "send one token, as ?token= or in the header Authorization", headers={"WWW-Authenticate": _CHALLENGE}
            )
        return in_query[0]
    scheme, _, secret = (headers[0] if len(headers) == 1 else "").strip().partition(" ")
    is_token = scheme.lower() == "bearer" and secret.strip().startswith(PREFIX)
    return secret.strip() if is_token else None


def _checked(shown: str, part_of_path: str, check_token: CheckInboxToken) -> InboxToken:
    token = _sealed(shown, check_token)
    if token is None:
        raise NotAuthorizedException("this token is not one of ours; ask for a new one", headers=_INVALID)
    if token.recipient_id != to_recipient_id(part_of_path):
        raise PermissionDeniedException(
            "this token is for the inbox of somebody else",
            headers={"WWW-Authenticate": f'{_CHALLENGE}, error="insufficient_scope"'},
        )
    return token


def _sealed(shown: str, check_token: CheckInboxToken) -> InboxToken | None:
    """Return the token that *shown* is, or None where it is none of ours.

    :raises NotAuthorizedException: its time is over, which only whoever has a real one gets to hear.
    """
    try:
        return check_token(shown)
    except TokenExpired as error:
        challenge = f'{_INVALID["WWW-Authenticate"]}, error_description="the token has expired"'
        raise NotAuthorizedException(str(error), headers={"WWW-Authenticate": challenge}) from None


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
