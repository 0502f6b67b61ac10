"""Marking what is in an inbox."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from attrs import frozen

from application.ports.clock import Clock
from application.ports.inbox_repository import MARKED_MAX, InboxRepository
from application.ports.receipt_repository import Addressed, ReceiptRepository
from application.ports.recipient_repository import RecipientRepository
from domain.channel import Channel
from domain.inbox import InboxCounts, Mark
from domain.receipt import Receipt, ReceiptKind
from domain.reference import Reference

GATEWAY: Final = "in_app"
"""The name under which receipts of the inbox are kept and counted."""

SHOWS: Mapping[Mark, ReceiptKind] = MappingProxyType({Mark.SEEN: ReceiptKind.DELIVERED, Mark.READ: ReceiptKind.OPENED})
"""What a mark shows of the notification; the other marks show nothing."""

_ANY_FENCE: Final = 1  # what arrived counts from any attempt, and there was a first one


@frozen
class Marked:
    """How many items were changed, and how many the inbox has of each kind now."""

    changed: int
    counts: InboxCounts


@frozen(kw_only=True)
class MarkInbox:
    """Mark items of one person's inbox; what is seen or read has arrived, and its notification learns of it."""

    recipients: RecipientRepository
    inbox: InboxRepository
    receipts: ReceiptRepository
    clock: Clock
    store_id: str

    def __call__(self, recipient_id: str, mark: Mark, ids: Collection[int] | None = None) -> Marked:
        """Mark the items *ids*, or all that are not archived. Marking twice changes nothing.

        :raises NotFound: the recipient is not known, or has no item of one of *ids*; then none is marked.
        """
        self.recipients.get(recipient_id)
        now = self.clock.now()
        if ids is None:
            changed = self._mark_all(recipient_id, mark, now)
        else:
            changed = len(self.inbox.mark(recipient_id, ids, mark, now))
            # Also for those that had the mark: the call before may have ended between the two.
            self._record(ids, mark, now)
        return Marked(changed, self.inbox.counts(recipient_id))

    def _mark_all(self, recipient_id: str, mark: Mark, now: datetime) -> int:
        changed = 0
        while some := self.inbox.mark(recipient_id, None, mark, now):
            changed += len(some)
            self._record(some, mark, now)
            if len(some) < MARKED_MAX:
                break
        return changed

    def _record(self, ids: Collection[int], mark: Mark, now: datetime) -> None:
        kind = SHOWS.get(mark)
        if kind is not None and ids:
            self.receipts.record(list(self._receipts(ids, mark, kind, now)), now)

    def _receipts(self, ids: Collection[int], mark: Mark, kind: ReceiptKind, now: datetime) -> Iterator[Addressed]:
        for number in ids:
            reference = Reference(number, _ANY_FENCE, self.store_id)
            receipt = Receipt(
                gateway=GATEWAY,
                event_id=f"{number}:{mark}",
                kind=kind,
                channel=Channel.IN_APP,
                at=now,
                echo=str(reference),
            )
            yield Addressed(receipt, reference)
