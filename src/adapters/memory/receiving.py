"""What follows from receipts, within a transaction: steps, provider ids and counts."""

from collections.abc import Iterable
from datetime import datetime

from attrs import evolve

from adapters.memory.receipt_addresses import address_told, follow, follow_hidden
from adapters.memory.state import MemoryState, StoredNotification, StoredReceipt
from application.ports.receipt_repository import Addressed, Reception, Recorded
from application.ports.report_repository import ONCE_A_NOTIFICATION, WORDS_OF_RECEIPTS
from domain.hand_over import HandOver
from domain.lifecycle import Event, after
from domain.receipt import RAW_MAX, Receipt, ReceiptKind, step, waits
from domain.recipient import is_erased
from domain.reference import Reference
from domain.suppression import suppression_key


def record(state: MemoryState, one: Addressed, now: datetime) -> Recorded:
    """Keep a receipt and do what follows from it."""
    receipt, reference = one.receipt, one.reference
    if reference is None:
        kept = _keep(state, receipt, None, receipt.address)
        if kept is None:
            return Recorded(Reception.REPEATED)
        follow(state, kept, receipt.address, None)
        return Recorded(Reception.KEPT)
    stored = state.notifications.get(reference.notification_id)
    if stored is None:
        return Recorded(Reception.DROPPED)
    return _record_of(state, stored, receipt, reference, now)


def apply_waiting(state: MemoryState, ids: Iterable[int], now: datetime) -> None:
    """Let the receipts that wait for the notifications *ids* have their say, as far as those now stand so.

    That it was accepted comes before that it bounced, however it was told.
    """
    for number in ids:
        waiting = [one for one in state.receipts_of.get(number, ()) if one.waits]
        for one in sorted(waiting, key=lambda one: one.receipt.kind is not ReceiptKind.ACCEPTED):
            _apply(state, state.notifications[number], one, now)


def told_provider_id(state: MemoryState, one: HandOver) -> str | None:
    """Return what the provider calls the message of a hand-over, as a receipt told it."""
    told = (
        kept.receipt.provider_id
        for kept in state.receipts_of.get(one.notification_id, ())
        if kept.fence == one.fence and kept.receipt.gateway == one.gateway
    )
    return next(filter(None, told), None)


def name_as_provider_does(state: MemoryState, stored: StoredNotification) -> None:
    """Give a notification the provider's name of its latest hand-over that has one."""
    named = [one for one in state.history(stored.notification.id) if one.provider_id]
    if named:
        stored.notification = evolve(stored.notification, provider_id=named[-1].provider_id)


def _record_of(
    state: MemoryState, stored: StoredNotification, receipt: Receipt, reference: Reference, now: datetime
) -> Recorded:
    """Record what is told of a notification that is there."""
    known = stored.notification
    of_erased = is_erased(known.recipient_id)
    as_told, receipt = receipt, receipt.of_nobody() if of_erased else receipt
    is_latest = reference.fence == known.fence
    bounced = state.has_bounced(known.id, reference.fence)
    event = step(receipt.kind, known.status, is_latest=is_latest, has_bounced=bounced)
    address = None if of_erased else address_told(state, receipt, reference, known.recipient_id)
    kept = _keep(state, receipt, reference, address)
    if kept is None:
        return Recorded(Reception.REPEATED)
    kept.waits = event is None and waits(receipt.kind, known.status, is_latest=is_latest)
    _fill_provider_id(state, stored, kept)
    _count(state, stored, kept, now)
    if event is not None:
        _take(state, stored, event, receipt, now)
        apply_waiting(state, [known.id], now)
    if of_erased:
        follow_hidden(state, as_told)
    else:
        follow(state, kept, address, known.recipient_id)
    return Recorded(Reception.KEPT, event)


def _keep(
    state: MemoryState, receipt: Receipt, reference: Reference | None, address: str | None
) -> StoredReceipt | None:
    """Keep a receipt, or return None if it was told before."""
    if (receipt.gateway, receipt.event_id) in state.receipts:
        return None
    kept = StoredReceipt(
        receipt=evolve(
            receipt,
            echo=None if reference is None else str(reference),
            address=address and suppression_key(receipt.channel, address),
            raw=receipt.raw[:RAW_MAX],
        ),
        notification_id=None if reference is None else reference.notification_id,
        fence=None if reference is None else reference.fence,
    )
    state.receipts[receipt.gateway, receipt.event_id] = kept
    if reference is not None:
        state.receipts_of.setdefault(reference.notification_id, []).append(kept)
    return kept


def _apply(state: MemoryState, stored: StoredNotification, one: StoredReceipt, now: datetime) -> None:
    """Let a receipt that waits have its say, or go on waiting."""
    known = stored.notification
    is_latest = one.fence == known.fence
    event = step(one.receipt.kind, known.status, is_latest=is_latest)
    if event is not None:
        _take(state, stored, event, one.receipt, now)
    elif waits(one.receipt.kind, known.status, is_latest=is_latest):
        return
    one.waits = False
    _fill_provider_id(state, stored, one)


def _take(state: MemoryState, stored: StoredNotification, event: Event, told: Receipt, now: datetime) -> None:
    """Take the step *event*; all that receipts lead to end the notification, and what came back is not out."""
    state.step(stored, event, after(stored.notification.status, event), now, told.gateway)
    stored.may_be_out = False
    stored.notification = evolve(stored.notification, reason=told.reason if event is Event.BOUNCE else None)


def _fill_provider_id(state: MemoryState, stored: StoredNotification, told: StoredReceipt) -> None:
    if not told.receipt.provider_id:
        return
    lines = state.hand_overs.get(stored.notification.id, {})
    for key, line in lines.items():
        if line.fence == told.fence and line.gateway == told.receipt.gateway and line.provider_id is None:
            lines[key] = evolve(line, provider_id=told.receipt.provider_id)
    name_as_provider_does(state, stored)


def _count(state: MemoryState, stored: StoredNotification, kept: StoredReceipt, now: datetime) -> None:
    word = WORDS_OF_RECEIPTS.get((kept.receipt.kind, kept.receipt.by_machine))
    if word is None:
        return
    told_before = any(
        (one.receipt.kind, one.receipt.by_machine) == (kept.receipt.kind, kept.receipt.by_machine)
        for one in state.receipts_of[stored.notification.id]
        if one is not kept
    )
    if not (word in ONCE_A_NOTIFICATION and told_before):
        state.count(stored, now, word, kept.receipt.gateway)
