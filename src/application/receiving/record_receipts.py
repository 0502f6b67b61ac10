"""Recording what providers say later: one way for webhooks, bounces and whatever else brings receipts."""

from collections import Counter
from collections.abc import Mapping, Sequence

from attrs import frozen

from application.ports.clock import Clock
from application.ports.receipt_repository import Addressed, ReceiptRepository, Reception
from domain.receipt import Receipt, ReceiptKind
from domain.reference import Reference

AT_ONCE_MAX = 500
"""So many receipts are recorded in one transaction: other writers have their turn between."""

_OF_A_PERSON = frozenset({ReceiptKind.UNSUBSCRIBED, ReceiptKind.RESUBSCRIBED, ReceiptKind.COMPLAINED})
"""What is about an address also where no message of ours is named."""


@frozen(kw_only=True)
class RecordReceipts:
    """Record receipts whose origin was checked."""

    receipts: ReceiptRepository
    store_id: str
    clock: Clock

    def __call__(self, receipts: Sequence[Receipt]) -> Mapping[Reception, int]:
        """Record *receipts* and return how many were kept, repeated and dropped.

        Dropped is what belongs to no message of this store: one account of a provider may serve several systems.
        """
        ours = [found for receipt in receipts if (found := self._addressed(receipt)) is not None]
        counted: Counter[Reception] = Counter({Reception.DROPPED: len(receipts) - len(ours)})
        for first in range(0, len(ours), AT_ONCE_MAX):
            recorded = self.receipts.record(ours[first : first + AT_ONCE_MAX], self.clock.now())
            counted.update(one.reception for one in recorded)
        return {reception: counted[reception] for reception in Reception}

    def _addressed(self, receipt: Receipt) -> Addressed | None:
        if receipt.echo is None:
            return Addressed(receipt, None) if receipt.kind in _OF_A_PERSON and receipt.address else None
        reference = Reference.parse(receipt.echo)
        if reference is None or reference.store_id != self.store_id:
            return None
        return Addressed(receipt, reference)
