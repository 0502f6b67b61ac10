"""What the contracts of receipts start from: notifications in every status, and receipts of them."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count

from application.ports.receipt_repository import Addressed, Recorded
from domain.channel import Channel
from domain.claim import Claim, stop
from domain.lifecycle import Event, Status
from domain.notification import Notification
from domain.notification_type import NotificationType
from domain.outcome import Accepted, Deferred, Rejected, Unknown
from domain.receipt import Receipt, ReceiptKind
from domain.reference import Reference
from tests.contracts.given import NOW, SECOND, a_message, answer, claimed, claims, only
from tests.contracts.stores import Stores

LATER = NOW + 5 * SECOND
HOLDS = NotificationType.PROMOTIONAL

_events = count(1)


def a_receipt(
    kind: ReceiptKind,
    *,
    at: datetime = LATER,
    channel: Channel = Channel.EMAIL,
    address: str | None = None,
    strikes: int | None = None,
    gateway: str = "mail",
    provider_id: str | None = None,
    event_id: str | None = None,
    by_machine: bool = False,
) -> Receipt:
    """Return a receipt that the gateway never gave before, unless *event_id* says so."""
    return Receipt(
        gateway=gateway,
        event_id=event_id or f"event-{next(_events)}",
        kind=kind,
        channel=channel,
        at=at,
        address=address,
        provider_id=provider_id,
        reason="550 no such user" if kind is ReceiptKind.BOUNCED else None,
        strikes=strikes,
        by_machine=by_machine,
    )


def of(stores: Stores, notification_id: int, fence: int, receipt: Receipt) -> Addressed:
    """Return *receipt* as one of a hand-over of this store."""
    return Addressed(receipt, Reference(notification_id, fence, stores.identity))


def tell(
    stores: Stores, one: Claim | Notification, *receipts: Receipt, fence: int | None = None, now: datetime = LATER
) -> Sequence[Recorded]:
    """Record *receipts* of the hand-over of *one*, together."""
    number = one.notification_id if isinstance(one, Claim) else one.id
    return stores.receipts.record([of(stores, number, fence or one.fence, receipt) for receipt in receipts], now)


def hear(stores: Stores, *receipts: Receipt, now: datetime = LATER) -> Sequence[Recorded]:
    """Record *receipts* that are about an address alone."""
    return stores.receipts.record([Addressed(receipt, None) for receipt in receipts], now)


def status_of(stores: Stores, one: Claim | Notification) -> Status:
    return stores.notifications.get(one.notification_id if isinstance(one, Claim) else one.id).status


def standing(stores: Stores, status: Status, channel: Channel = Channel.EMAIL) -> Claim:
    """Return the claim of a notification that stands at *status* now, which was claimed once."""
    held = claimed(stores, a_message(channel=channel, type=HOLDS))
    match status:
        case Status.SENDING:
            pass
        case Status.PENDING:
            answer(stores, held, Deferred("451 later"))
        case Status.SENT:
            answer(stores, held, Accepted("m-1"))
        case Status.DELIVERED:
            answer(stores, held, Accepted("m-1"))
            tell(stores, held, a_receipt(ReceiptKind.DELIVERED), now=NOW)
        case Status.UNKNOWN:
            answer(stores, held, Unknown("timeout"))
        case Status.FAILED:
            answer(stores, held, Rejected("554 no"))
        case Status.SUPPRESSED:
            stores.queue.conclude([stop(held, Event.SUPPRESS, "a gate said so")], NOW)
        case Status.EXPIRED:
            stores.queue.conclude([stop(held, Event.EXPIRE, "too late")], NOW)
        case Status.CANCELLED:
            stores.queue.conclude([stop(held, Event.CANCEL, "asked for")], NOW)
    assert status_of(stores, held) is status
    return held


def claimed_again(stores: Stores, one: Claim) -> Claim:
    """Return the next claim of a notification that is due, or was revived to be so."""
    due_at = stores.notifications.get(one.notification_id).next_attempt_at
    return only(claims(stores, due_at))
