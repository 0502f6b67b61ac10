"""Taking the names of people out of what is about several: audiences of campaigns, and kept answers."""

import json
import sqlite3

from adapters.sqlite.audience_sql import audience_from_json, audience_to_json
from adapters.sqlite.rows import to_json
from domain.audience import Matching
from domain.forgetting import Names, answer_without, audience_without

# The audiences that are described, not listed.
SELECT_AUDIENCES = "SELECT id, audience FROM campaigns WHERE audience ->> 'kind' = 'matching'"
UPDATE_AUDIENCE = "UPDATE campaigns SET audience = ? WHERE id = ?"

# The answers of requests for several.
SELECT_ANSWERS = """
SELECT scope, key, answer
  FROM idempotency_keys INDEXED BY idempotency_keys_answered
 WHERE answer IS NOT NULL AND answer <> ''
"""
UPDATE_ANSWER = "UPDATE idempotency_keys SET answer = ? WHERE scope = ? AND key = ?"


def forget_mentions(connection: sqlite3.Connection, names: Names) -> None:
    """Take *names* out of what is about several people."""
    for campaign_id, text in connection.execute(SELECT_AUDIENCES).fetchall():
        audience = audience_from_json(text)
        assert isinstance(audience, Matching), "an audience that is described is none"
        kept = audience_without(audience, names)
        if kept is not audience:
            connection.execute(UPDATE_AUDIENCE, (audience_to_json(kept), campaign_id))
    for scope, key, text in connection.execute(SELECT_ANSWERS).fetchall():
        answer = json.loads(text)
        left = answer_without(answer, names.ids)
        if left != answer:
            connection.execute(UPDATE_ANSWER, (to_json(left), scope, key))
