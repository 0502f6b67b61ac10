"""Taking addresses out of use, within a transaction."""

import sqlite3
from typing import Final

from adapters.sqlite.erased_suppressions import is_of_erased, keep_hidden
from adapters.sqlite.rows import RECIPIENT_COLUMNS, device_parameters, recipient_of, to_ms
from domain.channel import Channel
from domain.receipt import LIFTED_BY_THE_PERSON
from domain.suppression import Suppression, suppression_key

DEVICES = frozenset({Channel.PUSH, Channel.WEB_PUSH})
"""The channels whose dead addresses leave their recipient; those of the others are suppressed."""


_LATER_STANDS: Final = ", ".join(f"'{reason}'" for reason in sorted(LIFTED_BY_THE_PERSON))

# One address that must not be used, for one reason and scope. Of two alike the first stays, of opt-outs the later one.
INSERT_SUPPRESSION = f"""
INSERT INTO suppressions (channel, address, reason, scope, detail, at_ms)
VALUES (:channel, :address, :reason, :scope, :detail, :at_ms)
    ON CONFLICT DO UPDATE SET detail = excluded.detail, at_ms = excluded.at_ms
 WHERE excluded.at_ms > suppressions.at_ms AND suppressions.reason IN ({_LATER_STANDS})
"""  # noqa: S608  (constant text)

# Whom a notification is for.
SELECT_RECIPIENT = f"""
SELECT r.seq, {RECIPIENT_COLUMNS}
  FROM notifications AS n
  JOIN recipients AS r ON r.seq = n.recipient_seq
 WHERE n.id = :id
"""  # noqa: S608  (constant text)

# The devices that a recipient has left.
UPDATE_DEVICES = "UPDATE recipients SET push_tokens = :push_tokens, web_push = :web_push WHERE seq = :seq"


def suppress(connection: sqlite3.Connection, suppression: Suppression, notification_id: int | None = None) -> None:
    """Take the address of *suppression* out of use.

    A dead device leaves the recipient of the notification; any other address, and a device of which nobody says to
    whom it was sent, goes to the list. That of somebody who was erased is kept under a keyed hash.
    """
    if notification_id is not None and is_of_erased(connection, notification_id):
        keep_hidden(connection, suppression)
        return
    if suppression.channel in DEVICES and notification_id is not None:
        seq, *row = connection.execute(SELECT_RECIPIENT, {"id": notification_id}).fetchone()
        left = recipient_of(tuple(row)).without(suppression.channel, suppression.address)
        connection.execute(UPDATE_DEVICES, {"seq": seq, **device_parameters(left)})
        return
    parameters = {
        "channel": suppression.channel,
        "address": suppression_key(suppression.channel, suppression.address),
        "reason": suppression.reason,
        "scope": str(suppression.scope),
        "detail": suppression.detail,
        "at_ms": to_ms(suppression.at),
    }
    connection.execute(INSERT_SUPPRESSION, parameters)
