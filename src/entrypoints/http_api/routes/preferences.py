"""What people want to be told: looking at it, and storing it."""

from litestar import Response, get, put
from litestar.params import FromPath, RawBody

from application.access.keep_apart import KeepApart
from application.recipients.preferences import PutPreferences, ShowPreferences, Standing
from entrypoints.http_api.authentication import ApiRequest
from entrypoints.http_api.limits import SINGLE_BYTES_MAX
from entrypoints.http_api.openapi import operations
from entrypoints.http_api.reading.contents import json_value
from entrypoints.http_api.reading.entity_tags import ETAG, etag, revisions_to_match
from entrypoints.http_api.reading.queries import to_known_recipient_id
from entrypoints.http_api.rendering import answer
from entrypoints.http_api.routes.given import Given
from entrypoints.preference_shape import read_preferences, standing_json


@get("/v1/recipients/{recipient_id:str}/preferences", opt=operations.GET_PREFERENCES.as_opt(), sync_to_thread=True)
def get_preferences(
    request: ApiRequest,
    recipient_id: FromPath[str],
    keep_apart: Given[KeepApart],
    show_preferences: Given[ShowPreferences],
) -> Response[bytes]:
    """Return what one recipient wants."""
    name = to_known_recipient_id(recipient_id)
    keep_apart.recipient(request.auth, name)
    return _answer(show_preferences(name))


@put(
    "/v1/recipients/{recipient_id:str}/preferences",
    opt=operations.PUT_PREFERENCES.as_opt(),
    request_max_body_size=SINGLE_BYTES_MAX,
    sync_to_thread=True,
)
def put_preferences(
    request: ApiRequest,
    body: RawBody,
    recipient_id: FromPath[str],
    keep_apart: Given[KeepApart],
    put_preferences: Given[PutPreferences],
) -> Response[bytes]:
    """Store what one recipient wants, in the place of what was said before; with If-Match, of a state that was read."""
    name = to_known_recipient_id(recipient_id)
    keep_apart.recipient_to_store(request.auth, name)
    revisions = revisions_to_match(request)
    wanted = read_preferences(json_value(request, body), put_preferences.problems)
    return _answer(put_preferences(name, wanted, revisions))


def _answer(standing: Standing) -> Response[bytes]:
    assert standing.revision is not None
    return answer(standing_json(standing), headers={ETAG: etag(standing.revision)})
