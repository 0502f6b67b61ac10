"""The words in which shapes are written: JSON Schema 2020-12, as far as it is needed."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from application.sending.enqueue import BATCH_MAX
from domain.notification_type import NotificationType
from domain.preferences import TOPIC_MAX
from entrypoints.http_api.openapi.operation import JsonSchema

INSTANT_EXAMPLE = "2026-06-01T09:00:00+02:00"


def ref(name: str) -> JsonSchema:
    """Return a reference to the schema called *name*."""
    return {"$ref": f"#/components/schemas/{name}"}


def text(description: str = "", **limits: Any) -> JsonSchema:
    """Return the schema of a text."""
    return {"type": "string", **({"description": description} if description else {}), **limits}


def words(kind: type[StrEnum], description: str = "") -> JsonSchema:
    """Return the schema of one word of a closed list."""
    return text(description, enum=[word.value for word in kind])


def suppression_scope(description: str) -> JsonSchema:
    """Return the schema of what a suppression counts for."""
    pattern = f"^(all|type:({'|'.join(NotificationType)})|topic:.{{1,{TOPIC_MAX}}})$"
    return text(description, pattern=pattern, examples=["all", "type:promotional", "topic:news"])


def number(description: str = "", **limits: Any) -> JsonSchema:
    """Return the schema of a whole number."""
    return {"type": "integer", **({"description": description} if description else {}), **limits}


def listed(items: JsonSchema, **limits: Any) -> JsonSchema:
    """Return the schema of a list."""
    return {"type": "array", "items": items, **limits}


def maybe(schema: JsonSchema) -> JsonSchema:
    """Return *schema* where null may stand as well."""
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    nullable = {**schema, "type": [schema["type"], "null"]}
    return {**nullable, "enum": [*schema["enum"], None]} if "enum" in schema else nullable


def shape(description: str, required: Mapping[str, JsonSchema], **optional: JsonSchema) -> JsonSchema:
    """Return the schema of an object that has no other fields than these."""
    return {
        "type": "object",
        "description": description,
        "properties": {**required, **{name: maybe(schema) for name, schema in optional.items()}},
        "required": list(required),
        "additionalProperties": False,
    }


def moment(description: str) -> JsonSchema:
    return text(f"{description}; ISO 8601 with offset", format="date-time", examples=[INSTANT_EXAMPLE])


def when(description: str) -> JsonSchema:
    """Return the schema of a moment or a time of the recipient's day."""
    local = r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])? local$"
    return {
        "description": f"{description}; ISO 8601 with offset, or such as 09:00 local: by the recipient's own clock",
        "anyOf": [text(format="date-time"), text(pattern=local)],
        "examples": [INSTANT_EXAMPLE, "09:00 local"],
    }


def page_of(name: str, description: str, **more: JsonSchema) -> JsonSchema:
    """Return the schema of one page of a list."""
    cursor = maybe(text("Where the next page begins: send it as ?after=; null at the end"))
    return shape(description, {"items": listed(ref(name)), "next": cursor, **more})


def batch_results(name: str) -> JsonSchema:
    """Return the schema of the answer to a batch whose good items become *name*."""
    return shape(
        "One result an item, in order",
        {"results": listed({"anyOf": [ref(name), ref("RefusedItem")]}, maxItems=BATCH_MAX)},
    )
