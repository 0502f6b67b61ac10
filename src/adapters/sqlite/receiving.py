"""What follows from receipts, within a transaction: steps, provider ids and counts."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from attrs import define

from adapters.sqlite.counting import Counts
from adapters.sqlite.receipt_addresses import address_told, follow, follow_hidden
from adapters.sqlite.rows import Parameters, status_of, to_json, to_ms
from application.ports.receipt_repository import Addressed, Reception, Recorded
from application.ports.report_repository import ONCE_A_NOTIFICATION, WORDS_OF_RECEIPTS
from domain.lifecycle import Event, Status, after
from domain.receipt import RAW_MAX, Receipt, ReceiptKind, step, waits
from domain.reference import Reference
from domain.suppression import suppression_key

# How the notification of a receipt stands.
SELECT_STANDING = """
SELECT n.status, n.fence, n.lane_id, r.erased_at_ms IS NOT NULL
  FROM notifications AS n
  JOIN recipients AS r ON r.seq = n.recipient_seq
 WHERE n.id = :id
"""

# One receipt; what the gateway said before is not kept again.
INSERT_RECEIPT = """
INSERT INTO receipts
       (gateway, event_id, kind, channel, at_ms, received_at_ms, notification_id, fence, address, provider_id, reason,
        strikes, by_machine, waits, raw)
VALUES (:gateway, :event_id, :kind, :channel, :at_ms, :received_at_ms, :notification_id, :fence, :address, :provider_id,
        :reason, :strikes, :by_machine, :waits, :raw)
    ON CONFLICT DO NOTHING
RETURNING id
"""

# The step that a receipt leads to; all of them end the notification, and what came back is not out.
TAKE_STEP = """
UPDATE notifications
   SET status = :status, finished_at_ms = :now_ms, reason = :reason, may_be_out = 0,
       begun = 0, owner = NULL, lease_until_ms = NULL
 WHERE id = :id
"""

# The provider's name for a message, where the history has none.
FILL_PROVIDER_ID = """
UPDATE hand_overs
   SET provider_id = :provider_id
 WHERE notification_id = :id AND fence = :fence AND gateway = :gateway AND provider_id IS NULL
"""

# Whether a bounce of one hand-over had its say.
HAS_BOUNCED = """
SELECT EXISTS (
  SELECT 1
    FROM receipts
   WHERE notification_id = :id AND fence = :fence AND kind = 'bounced' AND waits = 0
)
"""

CAME_BACK = """EXISTS (
         SELECT 1
           FROM receipts AS b
          WHERE b.notification_id = h.notification_id AND b.fence = h.fence AND b.kind = 'bounced' AND b.waits = 0
       )"""
"""The condition that the hand-over ``h`` bounced: its acceptance counts no more for what is left to try."""

# Whether anything waits for a conclusion at all; nearly always nothing does.
ANY_WAITING = "SELECT EXISTS (SELECT 1 FROM receipts INDEXED BY receipts_waiting WHERE waits = 1)"

# The receipts that wait for some notifications. That it was accepted comes before that it bounced, however it was told.
SELECT_WAITING = """
SELECT r.id, r.notification_id, r.fence, r.kind, r.gateway, r.provider_id, r.reason, n.status, n.fence, n.lane_id
  FROM receipts AS r INDEXED BY receipts_waiting
  JOIN notifications AS n ON n.id = r.notification_id
 WHERE r.waits = 1 AND r.notification_id IN (SELECT value FROM json_each(:ids))
 ORDER BY r.notification_id, r.kind <> 'accepted', r.id
"""

# One of them had its say, or comes too late.
STOP_WAITING = "UPDATE receipts SET waits = 0 WHERE id = :id"

# Whether a notification was told this before, by people or by machines.
TOLD_BEFORE = """
SELECT EXISTS (
  SELECT 1
    FROM receipts
   WHERE notification_id = :id AND kind = :kind AND by_machine = :by_machine AND id <> :receipt_id
)
"""


@define
class _Standing:
    """A notification, as one receipt after the other changes it."""

    id: int
    status: Status
    fence: int
    lane_id: int
    is_erased: bool = False  # its recipient

    def take(self, connection: sqlite3.Connection, event: Event, told: "_Told", counts: Counts, now: datetime) -> None:
        """Take the step *event*, which *told* leads to."""
        before, self.status = self.status, after(self.status, event)
        parameters = {
            "id": self.id,
            "status": self.status.value,
            "reason": told.reason if event is Event.BOUNCE else None,
            "now_ms": to_ms(now),
        }
        connection.execute(TAKE_STEP, parameters)
        counts.stepped(self.lane_id, before, event, self.status, gateway=told.gateway)


@define
class _Told:
    """What of a receipt matters to its notification."""

    kind: ReceiptKind
    fence: int
    gateway: str
    provider_id: str | None
    reason: str | None


def record(connection: sqlite3.Connection, receipts: Sequence[Addressed], now: datetime) -> Sequence[Recorded]:
    """Keep *receipts* and do what follows from them; return one answer each."""
    counts = Counts()
    recorded = [_record(connection, one, counts, now) for one in receipts]
    counts.write(connection, now)
    return recorded


def apply_waiting(connection: sqlite3.Connection, ids: Sequence[int], counts: Counts, now: datetime) -> None:
    """Let the receipts that wait for the notifications *ids* have their say, as far as those now stand so."""
    if not connection.execute(ANY_WAITING).fetchone()[0]:
        return
    standings: dict[int, _Standing] = {}
    for row in connection.execute(SELECT_WAITING, {"ids": to_json(ids)}).fetchall():
        receipt_id, number, fence, kind, gateway, provider_id, reason, status, latest, lane_id = row
        standing = standings.setdefault(number, _Standing(number, status_of(status), latest, lane_id))
        told = _Told(ReceiptKind(kind), fence, gateway, provider_id, reason)
        is_latest = fence == latest
        event = step(told.kind, standing.status, is_latest=is_latest)
        if event is not None:
            standing.take(connection, event, told, counts, now)
        elif waits(told.kind, standing.status, is_latest=is_latest):
            continue
        _fill_provider_id(connection, number, told)
        connection.execute(STOP_WAITING, {"id": receipt_id})


def has_bounced(connection: sqlite3.Connection, notification_id: int, fence: int) -> bool:
    """Say whether a bounce of one hand-over had its say."""
    return bool(connection.execute(HAS_BOUNCED, {"id": notification_id, "fence": fence}).fetchone()[0])


def _record(connection: sqlite3.Connection, one: Addressed, counts: Counts, now: datetime) -> Recorded:
    if one.reference is None:
        address = one.receipt.address
        kept = _keep(connection, one, address, now, is_waiting=False)
        if kept is None:
            return Recorded(Reception.REPEATED)
        follow(connection, one.receipt, address, kept, None)
        return Recorded(Reception.KEPT)
    standing = _standing(connection, one.reference)
    if standing is None:
        return Recorded(Reception.DROPPED)
    return _record_of(connection, one.receipt, one.reference, standing, counts, now)


def _record_of(
    connection: sqlite3.Connection,
    receipt: Receipt,
    reference: Reference,
    standing: _Standing,
    counts: Counts,
    now: datetime,
) -> Recorded:
    """Record what is told of a notification that is there."""
    as_told, receipt = receipt, receipt.of_nobody() if standing.is_erased else receipt
    told = _Told(receipt.kind, reference.fence, receipt.gateway, receipt.provider_id, receipt.reason)
    is_latest = told.fence == standing.fence
    bounced = told.kind is ReceiptKind.ACCEPTED and has_bounced(connection, standing.id, told.fence)
    event = step(told.kind, standing.status, is_latest=is_latest, has_bounced=bounced)
    is_waiting = event is None and waits(told.kind, standing.status, is_latest=is_latest)
    address = None if standing.is_erased else address_told(connection, receipt, reference)
    kept = _keep(connection, Addressed(receipt, reference), address, now, is_waiting=is_waiting)
    if kept is None:
        return Recorded(Reception.REPEATED)
    _fill_provider_id(connection, standing.id, told)
    _count(connection, receipt, kept, standing, counts)
    if event is not None:
        standing.take(connection, event, told, counts, now)
        apply_waiting(connection, [standing.id], counts, now)
    if standing.is_erased:
        follow_hidden(connection, as_told)
    else:
        follow(connection, receipt, address, kept, standing.id)
    return Recorded(Reception.KEPT, event)


def _standing(connection: sqlite3.Connection, reference: Reference) -> _Standing | None:
    row = connection.execute(SELECT_STANDING, {"id": reference.notification_id}).fetchone()
    return None if row is None else _Standing(reference.notification_id, status_of(row[0]), row[1], row[2], row[3] == 1)


def _keep(
    connection: sqlite3.Connection, one: Addressed, address: str | None, now: datetime, *, is_waiting: bool
) -> int | None:
    """Keep a receipt and return its number, or None if it was told before."""
    receipt, reference = one.receipt, one.reference
    parameters: Parameters = {
        "gateway": receipt.gateway,
        "event_id": receipt.event_id,
        "kind": receipt.kind.value,
        "channel": receipt.channel.value,
        "at_ms": to_ms(receipt.at),
        "received_at_ms": to_ms(now),
        "notification_id": reference and reference.notification_id,
        "fence": reference and reference.fence,
        "address": address and suppression_key(receipt.channel, address),
        "provider_id": receipt.provider_id,
        "reason": receipt.reason,
        "strikes": receipt.strikes,
        "by_machine": receipt.by_machine,
        "waits": is_waiting,
        "raw": receipt.raw[:RAW_MAX],
    }
    row = connection.execute(INSERT_RECEIPT, parameters).fetchone()
    return None if row is None else int(row[0])


def _fill_provider_id(connection: sqlite3.Connection, notification_id: int, told: _Told) -> None:
    if told.provider_id:
        parameters = {
            "id": notification_id,
            "fence": told.fence,
            "gateway": told.gateway,
            "provider_id": told.provider_id,
        }
        connection.execute(FILL_PROVIDER_ID, parameters)


def _count(
    connection: sqlite3.Connection, receipt: Receipt, receipt_id: int, standing: _Standing, counts: Counts
) -> None:
    word = WORDS_OF_RECEIPTS.get((receipt.kind, receipt.by_machine))
    if word is None:
        return
    parameters = {
        "id": standing.id,
        "kind": receipt.kind.value,
        "by_machine": receipt.by_machine,
        "receipt_id": receipt_id,
    }
    if word in ONCE_A_NOTIFICATION and connection.execute(TOLD_BEFORE, parameters).fetchone()[0]:
        return
    counts.told(standing.lane_id, receipt.gateway, word)
