"""Turns a row of a file into the fields of a recipient, spelled as over HTTP."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

TEXT_FIELDS = ("id", "name", "email", "phone", "locale", "timezone")
CSV_COLUMNS = ("id", "name", "email", "phone", "push_token", "locale", "timezone")
"""The columns that mean something; any other column is an attribute."""

LIST_FIELDS = ("push_tokens", "web_push", "attributes")
_ESCAPED = re.compile(r"\\u(?:0000|d[89a-f])", re.IGNORECASE)
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # an escape, and not a backslash that is followed by such letters


class RowProblem(Exception):
    """A row cannot be read; the message names the field and the reason."""


def from_cells(header: Sequence[str], cells: Sequence[str]) -> dict[str, object]:
    """Return the fields of a CSV row; empty cells are left out, other columns become attributes.

    :raises RowProblem: the row has another number of cells than the header, or no id.
    """
    if len(cells) != len(header):
        count = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
        raise RowProblem(f"has {count} where the header names {len(header)}; is a comma not in quotes?")
    fields: dict[str, object] = {}
    attributes: dict[str, str] = {}
    for name, cell in zip(header, cells, strict=True):
        if not cell or cell.isspace():
            continue
        if name == "push_token":
            fields["push_tokens"] = [cell.strip()]
        elif name in TEXT_FIELDS:
            fields[name] = cell.strip()
        else:
            attributes[name] = cell
    if "id" not in fields:
        raise RowProblem("id: is empty")
    if attributes:
        fields["attributes"] = attributes
    return fields


def from_json(text: str) -> dict[str, object]:
    """Return the fields of a line of JSON: a recipient as over HTTP, or flat; other keys become attributes.

    :raises RowProblem: it is not one JSON object, or a field has the wrong type.
    """
    row = _object(text)
    fields: dict[str, object] = {}
    for name in TEXT_FIELDS:
        value = row.pop(name, None)
        if value is not None and not isinstance(value, str):
            raise RowProblem(f"{name}: is {_kind(value)} where a text is expected; put it in quotes")
        if value and not value.isspace():
            fields[name] = value
    if "id" not in fields:
        raise RowProblem("id: is missing or empty")
    if tokens := _push_tokens(row.pop("push_tokens", None), row.pop("push_token", None)):
        fields["push_tokens"] = tokens
    if subscriptions := _web_push(row.pop("web_push", None)):
        fields["web_push"] = subscriptions
    if attributes := _attributes(row.pop("attributes", None), row):
        fields["attributes"] = attributes
    return fields


def _object(text: str) -> dict[str, Any]:
    try:
        row = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise RowProblem(f"is not JSON: {error.msg} at character {error.pos + 1}") from None
    except RecursionError:
        raise RowProblem("is nested too deeply") from None
    except ValueError:  # Python's own limit on the digits of a number
        raise RowProblem("contains a number that is too long") from None
    if not isinstance(row, dict):
        raise RowProblem(f"is {_kind(row)} where an object is expected")
    if _ESCAPED.search(text):
        _refuse_what_is_not_text(row)
    return row


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise RowProblem(f"{twice}: is given twice")
    return found


def _refuse_constant(name: str) -> object:
    raise RowProblem(f"{name} is not JSON")


def _refuse_what_is_not_text(row: dict[str, Any]) -> None:
    text = json.dumps(row, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise RowProblem("contains half of a surrogate pair, which is not text") from None
    if _NUL.search(text):
        raise RowProblem("contains a NUL character")


def _push_tokens(several: Any, single: Any) -> list[str]:
    if single is not None and not isinstance(single, str):
        raise RowProblem(f"push_token: is {_kind(single)} where a text is expected")
    if several is None:
        several = []
    if not isinstance(several, list) or not all(isinstance(token, str) for token in several):
        raise RowProblem("push_tokens: is not a list of texts")
    return [*several, single] if single and single not in several else several


def _web_push(subscriptions: Any) -> list[dict[str, str]]:
    if subscriptions is None:
        return []
    if not isinstance(subscriptions, list):
        raise RowProblem("web_push: is not a list of subscriptions")
    return [_subscription(one) for one in subscriptions]


def _subscription(given: Any) -> dict[str, str]:
    """Return a subscription flat, also one as a browser gives it, with its two keys under ``keys``."""
    keys = given.get("keys", given) if isinstance(given, dict) else None
    if not isinstance(keys, dict):
        raise RowProblem("web_push: a subscription is an object with endpoint, p256dh and auth")
    found = {"endpoint": given.get("endpoint"), "p256dh": keys.get("p256dh"), "auth": keys.get("auth")}
    for name, value in found.items():
        if not isinstance(value, str) or not value:
            raise RowProblem(f"web_push: a subscription has no {name}")
    return found


def _attributes(nested: Any, flat: Mapping[str, Any]) -> dict[str, Any]:
    if nested is None:
        nested = {}
    if not isinstance(nested, dict):
        raise RowProblem(f"attributes: is {_kind(nested)} where an object is expected")
    both = nested.keys() & flat.keys()
    if both:
        raise RowProblem(f"{min(both)}: is given twice, beside and in attributes")
    return {name: value for name, value in {**nested, **flat}.items() if value is not None}


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "an object"
