"""Recording what providers say later: one way for webhooks, bounces and whatever else brings receipts."""

from collections.abc import Sequence

from attrs import frozen

from application.ports.clock import Clock
from application.ports.receipt_repository import Addressed, ReceiptRepository, Reception, Recorded
from domain.receipt import Receipt, ReceiptKind
from domain.reference import Reference

AT_ONCE_MAX = 500
"""So many receipts are recorded in one transaction: other writers have their turn between."""

_OF_A_PERSON = frozenset({ReceiptKind.UNSUBSCRIBED, ReceiptKind.RESUBSCRIBED, ReceiptKind.COMPLAINED})
"""What is about an address also where its message is not here any more."""

_UNNAMED = frozenset({ReceiptKind.UNSUBSCRIBED, ReceiptKind.RESUBSCRIBED})
"""What counts although it names no message: somebody wrote to us."""

_DROPPED = Recorded(Reception.DROPPED)


@frozen
class Taken:
    """One receipt, and what became of it; ``reference`` is the hand-over that it is about, if it is one of ours."""

    receipt: Receipt
    reference: Reference | None
    recorded: Recorded


@frozen(kw_only=True)
class Recording:
    """Records receipts whose origin was checked; what belongs to no message of this store is dropped.

    One account of a provider may serve several systems. What a person decided about an address counts also where its
    message was pruned.
    """

    receipts: ReceiptRepository
    store_id: str
    clock: Clock

    def __call__(self, receipts: Sequence[Receipt]) -> list[Taken]:
        """Record *receipts* and return what became of each, in order."""
        taken: list[Taken] = []
        for first in range(0, len(receipts), AT_ONCE_MAX):
            taken += self._record([self._addressed(one) for one in receipts[first : first + AT_ONCE_MAX]])
        pruned = [place for place, one in enumerate(taken) if _outlives_its_message(one)]
        again = self._record([Addressed(taken[place].receipt, None) for place in pruned])
        for place, one in zip(pruned, again, strict=True):
            taken[place] = one
        return taken

    def _record(self, some: Sequence[Addressed | Receipt]) -> list[Taken]:
        ours = [one for one in some if isinstance(one, Addressed)]
        answers = iter(self.receipts.record(ours, self.clock.now()) if ours else ())
        return [
            Taken(one.receipt, one.reference, next(answers))
            if isinstance(one, Addressed)
            else Taken(one, None, _DROPPED)
            for one in some
        ]

    def _addressed(self, receipt: Receipt) -> Addressed | Receipt:
        """Return *receipt* with the hand-over that it belongs to, or as it is where it is not for this store."""
        if receipt.echo is None:
            return Addressed(receipt, None) if receipt.kind in _UNNAMED and receipt.address else receipt
        reference = Reference.parse(receipt.echo)
        if reference is None or reference.store_id != self.store_id:
            return receipt
        return Addressed(receipt, None if receipt.of_address else reference)


def _outlives_its_message(one: Taken) -> bool:
    was_ours = one.reference is not None and one.recorded.reception is Reception.DROPPED
    return was_ours and one.receipt.kind in _OF_A_PERSON and one.receipt.address is not None
