"""Forgetting people, within a transaction: what goes, table by table, and what stays for the counts."""

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from attrs import frozen

from adapters.sqlite.cancelling import cancel
from adapters.sqlite.erased_mentions import forget_mentions
from adapters.sqlite.erased_suppressions import Address, addresses_of, held_by_others, hide
from adapters.sqlite.rows import RECIPIENT_COLUMNS, Parameters, recipient_of, to_json, to_ms
from domain.forgetting import Names
from domain.lifecycle import Status
from domain.recipient import Recipient

# Some people, with how much there is of each: that is what takes the time.
SELECT_PEOPLE = f"""
SELECT r.seq, (SELECT count(*) FROM notifications AS n WHERE n.recipient_seq = r.seq), {RECIPIENT_COLUMNS}
  FROM recipients AS r
 WHERE r.id IN (SELECT value FROM json_each(:ids)) AND r.erased_at_ms IS NULL
"""  # noqa: S608  (constant text)

# Everything that was made for them, with what it says.
SELECT_NOTIFICATIONS = """
SELECT n.id, n.content_id, n.status
  FROM notifications AS n
 WHERE n.recipient_seq IN (SELECT value FROM json_each(:seqs))
"""

# Where it was handed over, as the list of suppressions has addresses.
SELECT_WENT_TO = """
SELECT DISTINCT l.channel, CASE l.channel WHEN 'email' THEN mail_key(h.address) ELSE h.address END
  FROM json_each(:ids) AS named
  JOIN hand_overs AS h ON h.notification_id = named.value
  JOIN notifications AS n ON n.id = named.value
  JOIN lanes AS l ON l.id = n.lane_id
 WHERE h.address <> '' AND h.address NOT GLOB ' erased *'
 UNION
SELECT r.channel, r.address
  FROM json_each(:ids) AS named
  JOIN receipts AS r ON r.notification_id = named.value
 WHERE r.address IS NOT NULL
"""

# What a notification has of its recipient; the topic of a campaign says nothing of one of them.
FORGET_NOTIFICATIONS = """
UPDATE notifications
   SET key = NULL, reason = NULL, variables = NULL, topic = CASE WHEN campaign_id IS NULL THEN NULL ELSE topic END
 WHERE id IN (SELECT value FROM json_each(:ids))
   AND (key IS NOT NULL OR reason IS NOT NULL OR variables IS NOT NULL OR (topic IS NOT NULL AND campaign_id IS NULL))
"""
DELETE_KEYS = "DELETE FROM idempotency_keys WHERE notification_id IN (SELECT value FROM json_each(:ids))"

# Where it was handed over: the lines stay, and those of several devices keep apart by a number behind a space, which
# begins no address.
FORGET_HAND_OVERS = """
UPDATE hand_overs
   SET address = numbered.place, provider_id = NULL, reason = NULL
  FROM (SELECT h.notification_id, h.fence, h.gateway, h.address,
               ' erased ' || (row_number() OVER (PARTITION BY h.notification_id, h.fence, h.gateway ORDER BY h.at_ms)
                              + (SELECT count(*)
                                   FROM hand_overs AS e
                                  WHERE e.notification_id = h.notification_id AND e.fence = h.fence
                                    AND e.gateway = h.gateway AND e.address GLOB ' erased *')) AS place
          FROM hand_overs AS h
         WHERE h.notification_id IN (SELECT value FROM json_each(:ids))
           AND h.address <> '' AND h.address NOT GLOB ' erased *') AS numbered
 WHERE hand_overs.notification_id = numbered.notification_id AND hand_overs.fence = numbered.fence
   AND hand_overs.gateway = numbered.gateway AND hand_overs.address = numbered.address
"""
FORGET_LOSSES = """
UPDATE hand_overs
   SET provider_id = NULL, reason = NULL
 WHERE notification_id IN (SELECT value FROM json_each(:ids)) AND (provider_id IS NOT NULL OR reason IS NOT NULL)
"""

# What providers told; that they told it, and when, stays.
FORGET_RECEIPTS = """
UPDATE receipts
   SET address = NULL, provider_id = NULL, reason = NULL, raw = ''
 WHERE notification_id IN (SELECT value FROM json_each(:ids))
"""
DELETE_RECEIPTS_OF_ADDRESS = "DELETE FROM receipts WHERE notification_id IS NULL AND channel = ? AND address = ?"

# What nobody else is told: no campaign, no template, and no other person of the same request.
SELECT_OWN_CONTENTS = """
SELECT c.value
  FROM json_each(:content_ids) AS c
 WHERE NOT EXISTS (SELECT 1 FROM campaigns AS k WHERE k.content_id = c.value)
   AND NOT EXISTS (SELECT 1 FROM template_texts AS x WHERE x.content_id = c.value)
   AND NOT EXISTS (SELECT 1
                     FROM notifications AS n INDEXED BY notifications_of_content
                    WHERE n.content_id = c.value AND n.campaign_id IS NULL
                      AND n.recipient_seq NOT IN (SELECT value FROM json_each(:seqs))
                      AND n.recipient_seq NOT IN (SELECT seq FROM recipients WHERE erased_at_ms IS NOT NULL))
"""
FORGET_CONTENTS = """
UPDATE contents
   SET subject = NULL, body = '', html = NULL, data = NULL, markup = 'literal', attachments = 0
 WHERE id IN (SELECT value FROM json_each(:content_ids))
"""
DELETE_ATTACHMENTS = "DELETE FROM attachments WHERE content_id IN (SELECT value FROM json_each(:content_ids))"

DELETE_INBOX = (
    "DELETE FROM inbox_items WHERE recipient_seq IN (SELECT value FROM json_each(:seqs))",
    "DELETE FROM inbox_events WHERE recipient_seq IN (SELECT value FROM json_each(:seqs))",
)

# The person; whoever holds a claim learns from the revision that it is out of date.
FORGET_PEOPLE = """
UPDATE recipients
   SET id = ' erased ' || seq, name = NULL, email = NULL, phone = NULL, push_tokens = NULL, web_push = NULL,
       locale = NULL, timezone = NULL, attributes = NULL, preferences = NULL,
       revision = revision + 1, erased_at_ms = :now_ms
 WHERE seq IN (SELECT value FROM json_each(:seqs))
"""

# Those of some notifications whose recipient was erased.
SELECT_OF_ERASED = """
SELECT n.id
  FROM json_each(:ids) AS named
  JOIN notifications AS n ON n.id = named.value
 WHERE n.recipient_seq IN (SELECT seq FROM recipients WHERE erased_at_ms IS NOT NULL)
"""
ANY_ERASED = "SELECT EXISTS (SELECT 1 FROM recipients WHERE erased_at_ms IS NOT NULL)"


@frozen
class Person:
    """One who is to be forgotten; ``weight`` is how many rows that may take."""

    seq: int
    weight: int
    recipient: Recipient


@frozen
class Forgotten:
    """What was withdrawn, and what was being sent."""

    cancelled: int
    in_flight: tuple[int, ...]


def people(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, Person]:
    """Return those of *ids* that are known."""
    found = connection.execute(SELECT_PEOPLE, {"ids": to_json(list(ids))}).fetchall()
    return {row[2]: Person(row[0], 1 + row[1], recipient_of(row[2:])) for row in found}


def forget(connection: sqlite3.Connection, persons: Collection[Person], now: datetime) -> Forgotten:
    """Forget *persons*."""
    seqs = [one.seq for one in persons]
    made = connection.execute(SELECT_NOTIFICATIONS, {"seqs": to_json(seqs)}).fetchall()
    ids = [row[0] for row in made]
    addresses: set[Address] = {address for one in persons for address in addresses_of(one.recipient)}
    addresses |= {(row[0], row[1]) for row in connection.execute(SELECT_WENT_TO, {"ids": to_json(ids)})}
    hide(connection, addresses, seqs)
    _forget_receipts_of_addresses(connection, addresses, seqs)
    cancelled = cancel(connection, ids, now)
    forget_notifications(connection, ids)
    _forget_contents(connection, {row[1] for row in made}, seqs)
    for statement in DELETE_INBOX:
        connection.execute(statement, {"seqs": to_json(seqs)})
    forget_mentions(connection, Names.of([one.recipient for one in persons], [one[1] for one in addresses]))
    connection.execute(FORGET_PEOPLE, {"seqs": to_json(seqs), "now_ms": to_ms(now)})
    return Forgotten(cancelled, tuple(row[0] for row in made if row[2] == Status.SENDING))


def forget_notifications(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Forget what some notifications have of their recipient."""
    parameters: Parameters = {"ids": to_json(ids)}
    for statement in (
        FORGET_NOTIFICATIONS,
        DELETE_KEYS,
        FORGET_HAND_OVERS,
        FORGET_LOSSES,
        FORGET_RECEIPTS,
    ):
        connection.execute(statement, parameters)


def forget_what_came_later(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Forget what was just written of those of *ids* whose recipient was erased meanwhile."""
    if not connection.execute(ANY_ERASED).fetchone()[0]:
        return
    late = [row[0] for row in connection.execute(SELECT_OF_ERASED, {"ids": to_json(ids)})]
    if late:
        forget_notifications(connection, late)


def _forget_contents(connection: sqlite3.Connection, content_ids: Collection[int], seqs: Sequence[int]) -> None:
    parameters: Parameters = {"content_ids": to_json(list(content_ids)), "seqs": to_json(seqs)}
    own = [row[0] for row in connection.execute(SELECT_OWN_CONTENTS, parameters)]
    if own:
        parameters = {"content_ids": to_json(own)}
        connection.execute(FORGET_CONTENTS, parameters)
        connection.execute(DELETE_ATTACHMENTS, parameters)


def _forget_receipts_of_addresses(
    connection: sqlite3.Connection, addresses: Collection[Address], seqs: Sequence[int]
) -> None:
    """Forget what was told of addresses alone, unless others have the address."""
    told = [row for row in addresses if connection.execute(HAS_RECEIPTS_OF_ADDRESS, row).fetchone()[0]]
    if told:
        held = held_by_others(connection, told, seqs)
        connection.executemany(DELETE_RECEIPTS_OF_ADDRESS, [one for one in told if one not in held])


HAS_RECEIPTS_OF_ADDRESS: Final = """
SELECT EXISTS (
  SELECT 1 FROM receipts INDEXED BY receipts_of_nobody WHERE notification_id IS NULL AND channel = ? AND address = ?
)
"""
