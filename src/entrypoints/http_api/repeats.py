"""Requests that come twice: their keys, and the answers that are kept for them."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from litestar import Response

from application.ports.clock import Clock
from application.ports.notification_repository import NotificationRepository
from application.sending.admission import KEY_MAX
from application.sending.enqueue import BATCH_MAX
from domain.errors import InvalidInput
from domain.notification import IdempotencyKey
from entrypoints.http_api.authentication import ApiRequest
from entrypoints.http_api.reading.contents import Item
from entrypoints.http_api.rendering import answer, answer_text, to_json

HEADER = "Idempotency-Key"
BATCH_KEY_MAX = KEY_MAX - len(f"#{BATCH_MAX - 1}")
"""The longest key of a batch: each of its items has a key made of it and its place."""

REPLAYED: Mapping[str, str] = {"Idempotency-Replayed": "true"}


def key_of(request: ApiRequest, longest: int = KEY_MAX) -> str | None:
    """Return the key that the header of *request* gives, or None.

    :raises InvalidInput: it is given twice, empty, longer than *longest*, or not printable.
    """
    given = request.headers.getall(HEADER, [])
    if not given:
        return None
    key = given[0]
    if len(given) > 1:
        raise InvalidInput.of(HEADER, "is given more than once")
    if not (key.isprintable() and key.strip() and len(key) <= longest):
        raise InvalidInput.of(HEADER, f"must have 1 to {longest} printable characters")
    return key


def scope_of(request: ApiRequest) -> str:
    """Return whose promise an idempotency key is: that of the API key."""
    return f"api_key:{request.auth.id}"


def digest(content: Any) -> bytes:
    """Return what stands for parsed JSON: the same however it was spaced and ordered."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).digest()


def batch_key(request: ApiRequest, items: Sequence[Item]) -> IdempotencyKey | None:
    """Return the key of a batch, or None; its items have keys made of it.

    :raises InvalidInput: the header gives no key that can be taken.
    """
    key = key_of(request, BATCH_KEY_MAX)
    if key is None:
        return None
    return IdempotencyKey(scope=scope_of(request), key=key, digest=digest([item.value for item in items]))


def answer_once(
    key: IdempotencyKey | None, make: Callable[[], object], answers: NotificationRepository, clock: Clock
) -> Response[bytes]:
    """Return what *make* makes, or the first answer that was kept for *key*.

    The key is reserved first, so that of two bodies at once the other makes nothing. What *make* does must be harmless
    to repeat: if this process dies before the answer is kept, it is made again.

    :raises KeyReused: the key was used for something else.
    """
    if key is None:
        return answer(make())
    kept = answers.reserve_key(key, clock.now())
    if kept is not None:
        return answer_text(kept.encode(), headers=REPLAYED)
    made = to_json(make()).decode()
    kept = answers.keep_answer(key, made)
    return answer_text(kept.encode(), headers={} if kept == made else REPLAYED)
