"""Looking at notifications, cancelling and retrying them."""

from typing import Any, TypeVar

from litestar import Response, get, post
from litestar.params import FromPath, RawBody

from application.access.keep_apart import KeepApart
from application.insight.find import Find, FindCampaign, Show
from application.insight.why import Why
from application.ports.clock import Clock
from application.ports.notification_repository import NotificationQuery
from application.sending.cancel import Cancel
from application.sending.retry import Retry
from domain.errors import InvalidInput, NotFound, TocsinError
from domain.notification import Notification
from entrypoints.explanation_shape import explanation_json
from entrypoints.http_api.authentication import ApiRequest
from entrypoints.http_api.limits import SINGLE_BYTES_MAX
from entrypoints.http_api.openapi import operations
from entrypoints.http_api.reading.bodies import CONVERTER, EmptyBody, RetryBody
from entrypoints.http_api.reading.contents import optional_json_value
from entrypoints.http_api.reading.queries import NotificationsQuery, read_query, to_notification_id
from entrypoints.http_api.reading.strict import read
from entrypoints.http_api.rendering import answer, page
from entrypoints.http_api.routes.given import Given
from entrypoints.wire_format import notification_json

T = TypeVar("T")


@get("/v1/notifications", opt=operations.LIST_NOTIFICATIONS.as_opt(), sync_to_thread=True)
def list_notifications(
    request: ApiRequest,
    find: Given[Find],
    find_campaign: Given[FindCampaign],
    clock: Given[Clock],
) -> Response[bytes]:
    """Return one page of notifications."""
    asked = read_query(NotificationsQuery, request)
    query = NotificationQuery(
        status=asked.status,
        recipient_id=asked.recipient,
        channel=asked.channel,
        campaign_id=None if asked.campaign is None else _campaign_id(request, asked.campaign, find_campaign),
        test=request.auth.test,
        limit=asked.limit,
        after=asked.after,
    )
    found = find(query)
    now = clock.now()
    return page([notification_json(one, now) for one in found.items], found.next)


@get("/v1/notifications/{notification_id:str}", opt=operations.GET_NOTIFICATION.as_opt(), sync_to_thread=True)
def get_notification(
    request: ApiRequest,
    notification_id: FromPath[str],
    keep_apart: Given[KeepApart],
    show: Given[Show],
    clock: Given[Clock],
) -> Response[bytes]:
    """Return one notification."""
    return _rendered(show(_id(request, notification_id, keep_apart)).notification, clock)


@get("/v1/notifications/{notification_id:str}/why", opt=operations.WHY.as_opt(), sync_to_thread=True)
def explain_notification(
    request: ApiRequest, notification_id: FromPath[str], keep_apart: Given[KeepApart], why: Given[Why]
) -> Response[bytes]:
    """Return why one notification stands where it stands."""
    found = why(_id(request, notification_id, keep_apart))
    if keep_apart.hides_addresses(request.auth, found.notification.recipient_id):
        found = found.without_addresses()
    return answer(explanation_json(found))


@post(
    "/v1/notifications/{notification_id:str}/cancel",
    opt=operations.CANCEL.as_opt(),
    status_code=200,
    request_max_body_size=SINGLE_BYTES_MAX,
    sync_to_thread=True,
)
def cancel_notification(
    request: ApiRequest,
    body: RawBody,
    notification_id: FromPath[str],
    keep_apart: Given[KeepApart],
    cancel: Given[Cancel],
    clock: Given[Clock],
) -> Response[bytes]:
    """Withdraw one notification."""
    _read(EmptyBody, request, body)
    return _rendered(cancel([_id(request, notification_id, keep_apart)])[0], clock)


@post(
    "/v1/notifications/{notification_id:str}/retry",
    opt=operations.RETRY.as_opt(),
    status_code=200,
    request_max_body_size=SINGLE_BYTES_MAX,
    sync_to_thread=True,
)
def retry_notification(
    request: ApiRequest,
    body: RawBody,
    notification_id: FromPath[str],
    keep_apart: Given[KeepApart],
    retry: Given[Retry],
    clock: Given[Clock],
) -> Response[bytes]:
    """Put one notification back."""
    asked = _read(RetryBody, request, body)
    return _rendered(retry([_id(request, notification_id, keep_apart)], asked.expires_at)[0], clock)


def _read(shape: type[T], request: ApiRequest, body: bytes) -> T:
    found, errors = read(shape, optional_json_value(request, body), CONVERTER)
    if errors or found is None:
        raise InvalidInput(errors)
    return found


def _rendered(answered: Notification | TocsinError, clock: Clock) -> Response[Any]:
    if isinstance(answered, TocsinError):
        raise answered
    return answer(notification_json(answered, clock.now()))


def _id(request: ApiRequest, part: str, keep_apart: KeepApart) -> int:
    """Return the id that a *part* of the path names, if the key of *request* may find that notification.

    :raises NotFound: it may not, or there is none.
    """
    found = to_notification_id(part)
    keep_apart.notification(request.auth, found)
    return found


def _campaign_id(request: ApiRequest, name_or_id: str, find_campaign: FindCampaign) -> int:
    """Return the id of the campaign that is called so, if the key of *request* may find it.

    :raises InvalidInput: it may not, or there is none.
    """
    try:
        found = find_campaign(name_or_id)
    except NotFound:
        found = None
    if found is None or found.test is not request.auth.test:
        missing = NotFound("campaign", name_or_id)
        raise InvalidInput.of("campaign", f"{missing}; give the name or the id of one that exists")
    return found.id
