"""Once somebody is erased, no byte of the store's files tells of them."""

import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from attrs import evolve

from adapters.sqlite.store import SqliteStore
from tests.contracts.given import DAY, NOW, a_person

MARK = "Zx9Marker"
"""It stands in everything that tells of the person."""

MARKS = (MARK.lower().encode(), b"4312345678909")

OTHERS = 300

IMPERSONAL = {
    "identity": {"store_id", "secret"},
    "contents": {"markup"},
    "campaigns": {
        "name",
        "channels",
        "type",
        "topic",
        "status",
        "stopped_by",
        "variables",
        "local_time",
        "local_fallback",
    },
    "lanes": {"channel", "type", "state"},
    "notifications": {"status"},
    "hand_overs": {"gateway", "outcome"},
    "idempotency_keys": {"scope", "digest"},  # of requests for several, the digest is of all of it
    "suppressions": {"channel", "reason", "scope"},
    "erased_suppressions": {"digest", "reason", "scope"},
    "inbox_items": {"type"},
    "inbox_events": {"what"},
    "gateways": {"name", "reason", "scope"},  # what providers say is redacted before it is kept
    "dispatchers": {"host"},
    "api_keys": {"name", "digest", "scopes"},
    "counters": {"gateway", "what"},
    "gauges": {"status"},
    "receipts": {"gateway", "event_id", "kind", "channel"},
    "templates": {"name", "variables", "layout", "draft"},
    "template_texts": {"channel", "locale"},
}
"""The columns of each table that tell of nobody: words of ours, and what is said to many."""

EMAIL = f"{MARK.lower()}@example.com"

# One person of whom everything that can be known is known.
PLANT = f"""
UPDATE recipients
   SET name = '{MARK} name', email = '{MARK}@example.com', phone = '+4312345678909', push_tokens = '["{MARK}-token"]',
       web_push = '[{{"endpoint": "https://push.example/{MARK}", "p256dh": "{MARK}", "auth": "{MARK}"}}]',
       locale = '{MARK}', timezone = '{MARK}', attributes = '{{"plan": "{MARK}"}}',
       preferences = '{{"choices": [[null, null, "{MARK}", false]]}}'
 WHERE id = '{MARK}-id';
INSERT INTO contents (id, subject, body, html, data, markup, attachments)
VALUES (901, '{MARK} subject', '{MARK} body', '{MARK} html', '{{"a": "{MARK}"}}', 'literal', 1),
       (902, NULL, 'to all of them', NULL, NULL, 'jinja', 0);
INSERT INTO attachments VALUES (901, 0, '{MARK}.pdf', 'x/{MARK}', CAST('{MARK} file' AS BLOB));
INSERT INTO notifications
       (id, recipient_seq, lane_id, content_id, status, send_at_ms, next_attempt_at_ms, expires_at_ms, created_at_ms,
        finished_at_ms, fence, topic, key, reason, variables)
SELECT number.value, seq, 1, 901, CASE number.value WHEN 901 THEN 'pending' ELSE 'failed' END, 1, 1, 2, 1,
       CASE number.value WHEN 901 THEN NULL ELSE 1 END, 1, '{MARK} topic', '{MARK} key', '{MARK} reason',
       '{{"a": "{MARK}"}}'
  FROM recipients, json_each('[901, 902]') AS number
 WHERE recipients.id = '{MARK}-id';
UPDATE gauges SET number = 1 WHERE lane_id = 1 AND status IN ('pending', 'failed');
INSERT INTO hand_overs (notification_id, fence, gateway, address, attempt, outcome, at_ms, provider_id, reason)
VALUES (902, 1, 'mail', '{MARK}@example.com', 1, 'rejected', 1, '{MARK}-p', '{MARK} unknown'),
       (902, 1, 'mail', '{MARK}-old@example.com', 1, 'rejected', 1, '{MARK}-q', NULL),
       (902, 2, '', '', 2, 'unknown', 1, NULL, '{MARK} died');
INSERT INTO idempotency_keys (scope, key, digest, notification_id, answer, created_at_ms)
VALUES ('shop', '{MARK} key', x'00', 901, NULL, 1),
       ('shop', 'people', x'00', NULL, '{{"results":[{{"id":"{MARK}-id"}}]}}', 1);
INSERT INTO suppressions (channel, address, reason, scope, detail, at_ms)
VALUES ('email', '{EMAIL}', 'complaint', 'all', '{MARK} said', 1),
       ('email', '{MARK.lower()}-old@example.com', 'unreachable', 'all', '{MARK} said', 1);
INSERT INTO receipts
       (gateway, event_id, kind, channel, at_ms, received_at_ms, notification_id, fence, address, provider_id, reason,
        by_machine, raw)
VALUES ('mail', '1', 'bounced', 'email', 1, 1, 902, 1, '{EMAIL}', '{MARK}-p', '{MARK} reason', 0, '{MARK} raw'),
       ('mail', '2', 'complained', 'email', 1, 1, NULL, NULL, '{EMAIL}', '{MARK}-p', '{MARK} reason', 0, '{MARK} raw');
INSERT INTO inbox_items (notification_id, recipient_seq, type, at_ms, subject, body, topic, data)
SELECT 902, seq, 'transactional', 1, '{MARK} subject', '{MARK} body', '{MARK} topic', '{{"a": "{MARK}"}}'
  FROM recipients WHERE id = '{MARK}-id';
INSERT INTO inbox_events (recipient_seq, notification_id, what, at_ms)
SELECT seq, 902, 'new', 1 FROM recipients WHERE id = '{MARK}-id';
INSERT INTO campaigns
       (name, channels, type, content_id, audience, status, send_at_ms, expires_at_ms, created_at_ms, last_seq, total)
VALUES ('spring', '["email"]', 'promotional', 902,
        '{{"kind": "matching", "source": "email = {MARK}@example.com or id = {MARK}-id",
           "expression": {{"or": [{{"field": "email", "in": ["{MARK}@example.com"]}},
                                  {{"field": "id", "in": ["{MARK}-id"]}}]}}}}',
        'finished', 1, 2, 1, 0, 0);
"""

_numbers = count(1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store in which one person stands among others, whose rows were written, and written over, at once."""
    found = tmp_path / "tocsin.db"
    store = opened(found)
    store.recipients.put([a_person(f"person-{number}") for number in range(OTHERS)])
    for size in (900, 1):  # the first takes pages of its own, which are free at the end
        store.recipients.put([evolve(a_person(f"{MARK}-id"), attributes={"notes": MARK * size})])
        store.recipients.put([a_person(f"people-{number}") for number in range(0 if size == 1 else OTHERS)])
    store.close()
    with closing(sqlite3.connect(found)) as connection:
        connection.executescript(f"BEGIN; {PLANT} COMMIT;")
    return found


def opened(path: Path) -> SqliteStore:
    return SqliteStore.open(path, new_id=lambda: f"store-{next(_numbers)}", create=True)


def told_by(path: Path) -> list[str]:
    """Return the files of the store in which the person is still told of."""
    return [
        one.name
        for one in path.parent.iterdir()
        if one.name.startswith(path.name) and any(mark in one.read_bytes().lower() for mark in MARKS)
    ]


def personal_columns(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    """Return every column of texts or bytes that may tell of somebody, as the schema has them."""
    rows = connection.execute(
        """SELECT t.name, c.name
             FROM pragma_table_list AS t JOIN pragma_table_info(t.name) AS c
            WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
              AND c.type IN ('TEXT', 'BLOB')"""
    )
    return {(table, column) for table, column in rows if column not in IMPERSONAL.get(table, ())}


def test_every_column_that_may_tell_of_somebody_is_filled_by_this_test(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        empty = [
            (table, column)
            for table, column in personal_columns(connection)
            if not connection.execute(
                f"SELECT 1 FROM {table} WHERE CAST({column} AS TEXT) LIKE ? OR CAST({column} AS TEXT) LIKE ?",
                (f"%{MARK}%", "%4312345678909%"),
            ).fetchone()
        ]
    assert empty == [], "fill it above, or say in IMPERSONAL that it tells of nobody"


def test_nothing_of_somebody_who_was_erased_is_left_in_the_files(path: Path) -> None:
    assert told_by(path) != []
    store = opened(path)
    erased = store.erasure.erase([f"{MARK}-id"], NOW)
    assert store.erasure.leave_no_copy()

    assert (erased.people, erased.cancelled) == (1, 1)
    assert told_by(path) == []
    assert [one.message for one in store.inspect() if one.level == "error"] == []
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")
    assert told_by(path) == []


def test_a_reader_keeps_the_log_and_is_told_of(path: Path) -> None:
    store = opened(path)
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM recipients").fetchone()
        store.erasure.erase([f"{MARK}-id"], NOW + DAY)

        assert not store.erasure.leave_no_copy()

    assert store.erasure.leave_no_copy()
    assert told_by(path) == []
    store.close()
