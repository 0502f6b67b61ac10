"""Accepting notifications, one or many."""

from attrs import evolve
from litestar import Response, post
from litestar.params import RawBody

from application.ports.clock import Clock
from application.ports.notification_repository import NotificationRepository
from application.sending.enqueue import BATCH_MAX, Enqueue
from domain.errors import FieldError, TocsinError
from domain.notification import IdempotencyKey
from entrypoints.http_api.authentication import ApiRequest
from entrypoints.http_api.batches import results
from entrypoints.http_api.limits import BATCH_BYTES_MAX, NOTIFICATION_BYTES_MAX
from entrypoints.http_api.openapi import operations
from entrypoints.http_api.reading.contents import Item, items, json_value
from entrypoints.http_api.reading.notifications import AskedNotification, accept
from entrypoints.http_api.rendering import answer
from entrypoints.http_api.repeats import HEADER, REPLAYED, answer_once, batch_key, key_of, scope_of
from entrypoints.http_api.routes.given import Given
from entrypoints.json_values import JsonObject
from entrypoints.wire_format import notification_json


@post(
    "/v1/notifications",
    opt=operations.SEND.as_opt(),
    status_code=202,
    request_max_body_size=NOTIFICATION_BYTES_MAX,
    sync_to_thread=True,
)
def send_one(request: ApiRequest, body: RawBody, enqueue: Given[Enqueue]) -> Response[bytes]:
    """Accept one notification."""
    header = key_of(request)
    asked = AskedNotification.of(json_value(request, body), scope_of(request), header)
    if asked.key is not None and header not in (None, asked.key.key):
        differing = FieldError("key", f"differs from the header {HEADER}; give one of them")
        asked = evolve(asked, errors=[*asked.errors, differing])
    answered = accept([asked], enqueue, test=request.auth.test)[0]
    if isinstance(answered, TocsinError):
        raise answered
    accepted = answered.notification.as_accepted()
    headers = {} if answered.is_new else REPLAYED
    return answer(notification_json(accepted, accepted.created_at), 202, headers)


@post(
    "/v1/notifications/batch",
    opt=operations.SEND_BATCH.as_opt(),
    status_code=200,
    request_max_body_size=BATCH_BYTES_MAX,
    sync_to_thread=True,
)
def send_batch(
    request: ApiRequest,
    body: RawBody,
    enqueue: Given[Enqueue],
    answers: Given[NotificationRepository],
    clock: Given[Clock],
) -> Response[bytes]:
    """Accept many notifications; under a key, each has one of its own, so that a repeat finds it again."""
    sent = items(request, body, BATCH_MAX)
    key = batch_key(request, sent)
    return answer_once(key, lambda: _accept_all(sent, request, key, enqueue), answers, clock)


def _accept_all(sent: list[Item], request: ApiRequest, key: IdempotencyKey | None, enqueue: Enqueue) -> JsonObject:
    scope = scope_of(request)
    asked = [
        # The keys of items have a room of their own: a caller's key may look like one of them.
        AskedNotification.of(item.value, scope, None if key is None else f"{key.key}#{place}", f"{scope}/batch")
        for place, item in enumerate(sent)
        if not item.problem
    ]
    return results(
        sent,
        (
            one
            if isinstance(one, TocsinError)
            else {"id": one.notification.id, "status": one.notification.as_accepted().status.value}
            for one in accept(asked, enqueue, test=request.auth.test)
        ),
    )
