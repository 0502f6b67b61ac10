"""Answers as bytes."""

import json
from collections.abc import Mapping
from typing import Any

from litestar import Response

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
PROBLEM_JSON = "application/problem+json"


def to_json(content: object) -> bytes:
    """Return *content* as JSON in UTF-8; half of a surrogate pair, which UTF-8 cannot carry, stays an escape."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(errors="backslashreplace")


def answer(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response[bytes]:
    """Return *content* as a JSON answer."""
    return answer_text(to_json(content), status, headers)


def answer_text(text: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response[bytes]:
    """Return *text*, which is JSON already, as an answer."""
    return Response(text, status_code=status, media_type=JSON, headers=headers)


def page(items: list[dict[str, Any]], cursor: str | int | None = None) -> Response[bytes]:
    """Return a list as every list is answered; *cursor* is where the next page begins, None at the end."""
    return answer({"items": items, "next": None if cursor is None else str(cursor)})
