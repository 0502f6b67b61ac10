"""What receipts say of addresses, within a transaction: which one is meant, and whether it goes out of use."""

from adapters.memory.erased_suppressions import keep_hidden, lift_hidden
from adapters.memory.state import MemoryState, StoredReceipt
from adapters.memory.suppressing import lift, suppress
from domain.receipt import (
    LIFTED_BY_THE_PERSON,
    Receipt,
    ReceiptKind,
    address_of,
    bounces_beside,
    suppression_reason,
)
from domain.reference import Reference
from domain.suppression import EVERYTHING, Suppression


def address_told(state: MemoryState, receipt: Receipt, reference: Reference, recipient_id: str) -> str | None:
    """Return the address that a receipt of a notification is about; where it does not matter, its own."""
    if not receipt.is_about_address:
        return receipt.address
    went_to = [
        (one.address, one.provider_id)
        for one in state.hand_overs.get(reference.notification_id, {}).values()
        if one.fence == reference.fence and one.address
    ]
    return address_of(receipt, went_to, state.whom(recipient_id).addresses(receipt.channel))


def follow(state: MemoryState, kept: StoredReceipt, address: str | None, recipient_id: str | None) -> None:
    """Do what follows for *address*: it goes out of use, or comes back."""
    told = kept.receipt
    if address is None or not told.is_about_address:
        return
    if told.kind is ReceiptKind.RESUBSCRIBED:
        _lift(state, told, address)
        return
    bounces = [one.at for one in _told_of(state, told, ReceiptKind.BOUNCED) if one is not told and one.strikes]
    reason = suppression_reason(told, bounces_beside(told.at, bounces))
    came_back = any(one.at >= told.at for one in _told_of(state, told, ReceiptKind.RESUBSCRIBED))
    if reason is None or (told.kind is ReceiptKind.UNSUBSCRIBED and came_back):
        return
    suppression = Suppression(channel=told.channel, address=address, reason=reason, at=told.at, detail=told.reason)
    suppress(state, suppression, recipient_id)


def follow_hidden(state: MemoryState, receipt: Receipt) -> None:
    """Do what follows for the address of somebody who was erased, if *receipt* names it; no plain one is kept."""
    if receipt.address is None or not receipt.is_about_address:
        return
    if receipt.kind is ReceiptKind.RESUBSCRIBED:
        lift_hidden(state, receipt.channel, receipt.address, receipt.at, LIFTED_BY_THE_PERSON)
        return
    reason = suppression_reason(receipt, earlier_bounces=0)
    if reason is not None:
        found = Suppression(channel=receipt.channel, address=receipt.address, reason=reason, at=receipt.at)
        keep_hidden(state, found)


def _lift(state: MemoryState, told: Receipt, address: str) -> None:
    """Put an address back into use as far as the person had left; where they left again since, it stays.

    What they left in part, a type or a topic, is not what a provider's word is about.
    """
    for known in state.suppressions_of(told.channel, address):
        if known.reason in LIFTED_BY_THE_PERSON and known.scope == EVERYTHING and known.at <= told.at:
            lift(state, known)


def _told_of(state: MemoryState, told: Receipt, kind: ReceiptKind) -> list[Receipt]:
    """Return what was told of the address of *told*, of one kind, in the order told."""
    return [
        kept.receipt
        for kept in state.receipts.values()
        if kept.receipt.kind is kind and (kept.receipt.channel, kept.receipt.address) == (told.channel, told.address)
    ]
