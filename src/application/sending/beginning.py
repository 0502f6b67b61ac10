"""Recording that hand-overs begin, just before they do, and which of them may."""

from collections.abc import Sequence
from datetime import datetime

from attrs import define

from application.ports.clock import Clock
from application.ports.dispatch_observer import DispatchObserver
from application.ports.dispatch_queue import DispatchQueue, Hold
from application.ports.sender import Gateway
from application.sending.attempt import Attempt
from application.sending.ready import Item
from domain.claim import Conclusion, postpone
from domain.errors import StoreUnavailable

Batch = tuple[Gateway, Sequence[Item]]
"""The messages of one call to come."""


@define(eq=False, kw_only=True)
class Beginning:
    """Begins what a call will hand over, in one write for all calls that start."""

    queue: DispatchQueue
    clock: Clock
    observer: DispatchObserver

    def record(self, batches: Sequence[Batch]) -> frozenset[int] | None:
        """Record the begin of those whose lost answer would mean hold, and return the ids of those that may go.

        None means that it could not be recorded; even if it was, nothing of it is handed over.
        """
        holds = {
            Hold(attempt.claim.notification_id, attempt.claim.fence, attempt.rules.stopped_by): None
            for _, items in batches
            for attempt, _, _ in items
            if not (attempt.rules.resend or attempt.has_begun)
        }
        if not holds:
            return frozenset()
        try:
            return self.queue.begin(list(holds), self.clock.now())
        except StoreUnavailable as error:
            self.observer.store_failed(error)
            return None


def refusal(attempt: Attempt, begun: frozenset[int] | None, now: datetime) -> Conclusion | None:
    """Return how *attempt* ends that may not be handed over now, or None if it may; asked once, before its first.

    *begun* is what :meth:`Beginning.record` returned. The templates took their time, and so may the store; what expired
    meanwhile stays behind.
    """
    claim = attempt.claim
    may_go = attempt.rules.resend or (begun is not None and claim.notification_id in begun)
    if may_go and now < claim.expires_at:
        return None
    why = "its begin could not be recorded" if begun is None else "something changed before it began"
    return postpone(claim, now, why)
