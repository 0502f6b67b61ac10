"""The body of a request as JSON values: one, or the items of a batch."""

from collections.abc import Iterator
from http import HTTPStatus
from io import BytesIO
from itertools import islice
from typing import Any

from attrs import frozen
from litestar import Request
from litestar.exceptions import ClientException, HTTPException

from domain.errors import InvalidInput
from entrypoints.http_api.reading.json_text import NotJson, parse_json
from entrypoints.http_api.rendering import JSON

NDJSON = "application/x-ndjson"
_LINE_TYPES = frozenset({NDJSON, "application/ndjson", "application/jsonl"})


@frozen
class Item:
    """One item of a batch, or why it cannot be read; ``line`` is where it stands where every item has a line."""

    value: Any
    line: int | None = None
    problem: str | None = None


def json_value(request: Request[Any, Any, Any], body: bytes) -> Any:
    """Return the JSON value that *request* carries.

    :raises HTTPException: it is of another type (415), or not JSON that can be taken (400).
    """
    _require_type(request, frozenset({JSON}))
    return _parsed(body)


def optional_json_value(request: Request[Any, Any, Any], body: bytes) -> Any:
    """Return the JSON value that *request* carries, or an empty object where it carries nothing."""
    return json_value(request, body) if body.strip() else {}


def items(request: Request[Any, Any, Any], body: bytes, items_max: int) -> list[Item]:
    """Return what stands in a JSON array, or on the lines of NDJSON; blank lines are passed over.

    :raises HTTPException: it is of another type (415), or not JSON that can be taken (400). A broken line is an item.
    :raises InvalidInput: it is no array, or has more than *items_max* items.
    """
    if _require_type(request, _LINE_TYPES | {JSON}) in _LINE_TYPES:
        found = list(islice(_lines(body), items_max + 1))
    else:
        values = _parsed(body)
        if not isinstance(values, list):
            raise InvalidInput.of("", "must be a list; send a JSON array, or one object a line as " + NDJSON)
        found = [Item(value) for value in islice(values, items_max + 1)]
    if len(found) > items_max:
        raise InvalidInput.of("", f"has more than {items_max} items; send the others in a further batch")
    return found


def _lines(body: bytes) -> Iterator[Item]:
    """Yield the items one by one: a body may be all line breaks."""
    for number, line in enumerate(BytesIO(body), start=1):
        if not line.strip():
            continue
        try:
            yield Item(parse_json(line), number)
        except NotJson as error:
            yield Item(line.rstrip(b"\n").decode(errors="replace"), number, str(error))


def _parsed(body: bytes) -> Any:
    try:
        return parse_json(body)
    except NotJson as error:
        raise ClientException(f"the body {error}") from None


def _require_type(request: Request[Any, Any, Any], allowed: frozenset[str]) -> str:
    """Return the media type of *request*, which has no parameter but a charset of UTF-8."""
    media_type, parameters = request.content_type
    charset = parameters.get("charset", "utf-8").lower()
    if media_type.lower() not in allowed or charset not in ("utf-8", "utf8"):
        raise HTTPException(
            status_code=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            detail=f"send the header Content-Type: {' or '.join(sorted(allowed))}; text is UTF-8",
        )
    return media_type.lower()
