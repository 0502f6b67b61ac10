"""Keeping what providers say later."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from attrs import frozen

from domain.lifecycle import Event
from domain.receipt import Receipt
from domain.reference import Reference


@frozen
class Addressed:
    """A receipt and the hand-over of this store that it belongs to; None where it is about an address alone."""

    receipt: Receipt
    reference: Reference | None


class Reception(StrEnum):
    """What became of a receipt."""

    KEPT = "kept"
    REPEATED = "repeated"  # the gateway said this before; nothing was changed
    DROPPED = "dropped"  # its notification is not here any more


@frozen
class Recorded:
    """What became of one receipt; ``event`` is the step that its notification took, if it took one now."""

    reception: Reception
    event: Event | None = None


class ReceiptRepository(Protocol):
    """Stores receipts. Each method is one transaction; called from several threads at once.

    Every method may raise StoreUnavailable; then nothing of the call was written.
    """

    def record(self, receipts: Sequence[Addressed], now: datetime) -> Sequence[Recorded]:
        """Keep *receipts* and do what follows from them, in order; return one answer each.

        A notification takes the step of :func:`domain.receipt.step`; ``is_latest`` is whether the fence of the
        reference is that of the notification. One that waits (:func:`domain.receipt.waits`) takes its step in the
        transaction that concludes its claim, right after the conclusion's own. A provider id that the history lacks is
        filled in there. Evidence of an arrival counts at once, also while the claim is held: the notification is
        delivered and held no more, and a conclusion that follows takes no step.

        A bounce that waits (:func:`domain.receipt.waits`) beyond the conclusion follows the acceptance that comes
        later, whoever tells it; one that had its say keeps a later acceptance of the same hand-over from counting.
        What waits for an older fence than the latest waits no more once that is concluded. What bounced was not
        accepted for those who ask what is left to try once it is revived.

        An address is suppressed as :func:`domain.receipt.suppression_reason` says. It is the one that the hand-over
        went to, else that of the receipt, else the one its recipient has on the channel now; without a reference, that
        of the receipt. A dead device leaves its recipient. A RESUBSCRIBED lifts the suppressions of
        :data:`domain.receipt.LIFTED_BY_THE_PERSON` that count for everything and are not later than itself; an
        UNSUBSCRIBED not later than a RESUBSCRIBED of the same address suppresses nothing, and a later one goes on
        suppressing, in whatever order they are told. Of bounces a week counts together
        (:func:`domain.receipt.bounces_beside`).

        Counted are the steps, and of each notification the first OPENED and CLICKED, those by machines apart, each
        COMPLAINED and UNSUBSCRIBED, all with the name of the gateway.
        """
        ...

    def of_notification(self, notification_id: int) -> Sequence[Receipt]:
        """Return the receipts of one notification by when they happened; empty for an unknown id.

        ``address`` is spelled as the list of suppressions has it, ``raw`` cut to :data:`domain.receipt.RAW_MAX`.
        """
        ...
