"""Everything that is known of one person, as one JSON document that is written as it is read."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime

from application.recipients.export_recipients import ExportedNotification, RecipientExport
from entrypoints.json_values import JsonObject
from entrypoints.preference_shape import preferences_json
from entrypoints.wire_format import (
    hand_over_json,
    inbox_item_json,
    notification_json,
    receipt_json,
    recipient_json,
    suppression_json,
)


def export_text(export: RecipientExport, now: datetime) -> Iterator[str]:
    """Yield the document in pieces: ``recipient``, ``preferences``, ``suppressions``, ``notifications``, ``inbox``."""
    head: JsonObject = {
        "recipient": recipient_json(export.recipient),
        "preferences": preferences_json(export.preferences),
        "suppressions": [suppression_json(one) for one in export.suppressions],
    }
    yield json.dumps(head).removesuffix("}")
    yield ', "notifications": ['
    yield from _listed(_exported(one, now) for one in export.notifications)
    yield '], "inbox": ['
    yield from _listed(map(inbox_item_json, export.inbox))
    yield "]}"


def _exported(one: ExportedNotification, now: datetime) -> JsonObject:
    return {
        **notification_json(one.notification, now),
        "history": [hand_over_json(line) for line in one.hand_overs],
        "receipts": [{**receipt_json(told), "raw": told.raw or None} for told in one.receipts],
    }


def _listed(items: Iterable[JsonObject]) -> Iterator[str]:
    between = ""
    for one in items:
        yield f"{between}{json.dumps(one)}"
        between = ", "
