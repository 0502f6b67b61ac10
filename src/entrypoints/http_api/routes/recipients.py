"""Storing people and looking at them."""

from collections.abc import Callable

from litestar import Response, delete, get, post, put
from litestar.params import FromPath, RawBody

from application.access.keep_apart import KeepApart
from application.ports.clock import Clock
from application.ports.notification_repository import NotificationRepository
from application.recipients.checking import RecipientDraft
from application.recipients.erase_recipients import EraseRecipient
from application.recipients.export_recipients import ExportRecipient
from application.recipients.find_recipients import FindRecipients, GetRecipient
from application.recipients.import_recipients import ImportRecipients, RejectedRow, SourceRow
from application.recipients.store_recipient import PutRecipient
from application.sending.enqueue import BATCH_MAX
from domain.errors import InvalidInput
from entrypoints.http_api.authentication import ApiRequest
from entrypoints.http_api.batches import results
from entrypoints.http_api.limits import BATCH_BYTES_MAX, SINGLE_BYTES_MAX
from entrypoints.http_api.openapi import operations
from entrypoints.http_api.reading.contents import Item, items, json_value
from entrypoints.http_api.reading.queries import (
    RecipientsQuery,
    read_query,
    to_known_recipient_id,
    to_recipient_id,
)
from entrypoints.http_api.reading.recipients import recipient_draft
from entrypoints.http_api.rendering import JSON, answer, page
from entrypoints.http_api.repeats import answer_once, batch_key
from entrypoints.http_api.routes.given import Given
from entrypoints.json_values import JsonObject
from entrypoints.recipient_export_shape import export_text
from entrypoints.wire_format import recipient_json


@put(
    "/v1/recipients/{recipient_id:str}",
    opt=operations.PUT_RECIPIENT.as_opt(),
    request_max_body_size=SINGLE_BYTES_MAX,
    sync_to_thread=True,
)
def put_recipient(
    request: ApiRequest,
    body: RawBody,
    recipient_id: FromPath[str],
    keep_apart: Given[KeepApart],
    put_recipient: Given[PutRecipient],
) -> Response[bytes]:
    """Create one recipient, or replace it."""
    name = to_recipient_id(recipient_id)
    keep_apart.recipient_to_store(request.auth, name)
    draft = recipient_draft(json_value(request, body), put_recipient.checking, name)
    stored = put_recipient(draft)
    return answer(recipient_json(stored.recipient), 201 if stored.is_new else 200)


@post(
    "/v1/recipients/batch",
    opt=operations.MERGE_RECIPIENTS.as_opt(),
    status_code=200,
    request_max_body_size=BATCH_BYTES_MAX,
    sync_to_thread=True,
)
def merge_recipients(
    request: ApiRequest,
    body: RawBody,
    keep_apart: Given[KeepApart],
    import_recipients: Given[ImportRecipients],
    answers: Given[NotificationRepository],
    clock: Given[Clock],
) -> Response[bytes]:
    """Create or change many recipients."""
    sent = items(request, body, BATCH_MAX)

    def may_store(recipient_id: str) -> None:
        keep_apart.recipient_to_store(request.auth, recipient_id)

    return answer_once(batch_key(request, sent), lambda: _merge_all(sent, import_recipients, may_store), answers, clock)


@get("/v1/recipients", opt=operations.LIST_RECIPIENTS.as_opt(), sync_to_thread=True)
def list_recipients(request: ApiRequest, find_recipients: Given[FindRecipients]) -> Response[bytes]:
    """Return one page of recipients."""
    asked = read_query(RecipientsQuery, request)
    found = find_recipients(asked.limit, asked.after, test=request.auth.test)
    return page([recipient_json(one) for one in found.items], found.next)


@get("/v1/recipients/{recipient_id:str}", opt=operations.GET_RECIPIENT.as_opt(), sync_to_thread=True)
def get_recipient(
    request: ApiRequest, recipient_id: FromPath[str], keep_apart: Given[KeepApart], get_recipient: Given[GetRecipient]
) -> Response[bytes]:
    """Return one recipient."""
    name = to_known_recipient_id(recipient_id)
    keep_apart.recipient(request.auth, name)
    return answer(recipient_json(get_recipient(name)))


@delete(
    "/v1/recipients/{recipient_id:str}",
    opt=operations.ERASE_RECIPIENT.as_opt(),
    status_code=204,
    sync_to_thread=True,
)
def erase_recipient(
    request: ApiRequest,
    recipient_id: FromPath[str],
    keep_apart: Given[KeepApart],
    erase_recipient: Given[EraseRecipient],
) -> None:
    """Erase one recipient for good."""
    name = to_known_recipient_id(recipient_id)
    keep_apart.recipient(request.auth, name)
    erase_recipient(name)


@get("/v1/recipients/{recipient_id:str}/export", opt=operations.EXPORT_RECIPIENT.as_opt(), sync_to_thread=True)
def export_recipient(
    request: ApiRequest,
    recipient_id: FromPath[str],
    keep_apart: Given[KeepApart],
    export_recipient: Given[ExportRecipient],
    clock: Given[Clock],
) -> Response[bytes]:
    """Return everything that is known of one recipient."""
    name = to_known_recipient_id(recipient_id)
    keep_apart.recipient(request.auth, name)
    return Response("".join(export_text(export_recipient(name), clock.now())).encode(), media_type=JSON)


def _merge_all(sent: list[Item], import_recipients: ImportRecipients, may_store: Callable[[str], None]) -> JsonObject:
    read = [_read(item, import_recipients, may_store) for item in sent if not item.problem]
    rows = [SourceRow(line=place, draft=one) for place, one in enumerate(read) if not isinstance(one, InvalidInput)]
    refused: dict[int, InvalidInput] = {}

    def refuse(row: RejectedRow) -> None:
        assert row.error is not None, "a row with a draft is refused for its fields"
        refused[row.line] = row.error

    import_recipients(rows, refuse)
    answers = (
        one if isinstance(one, InvalidInput) else refused.get(place) or {"id": one.id} for place, one in enumerate(read)
    )
    return results(sent, answers)


def _read(
    item: Item, import_recipients: ImportRecipients, may_store: Callable[[str], None]
) -> RecipientDraft | InvalidInput:
    try:
        draft = recipient_draft(item.value, import_recipients.checking)
        may_store(draft.id)
    except InvalidInput as error:
        return error
    return draft
