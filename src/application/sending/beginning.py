"""Recording that hand-overs begin, just before they do, and which of them may."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from attrs import define

from application.ports.clock import Clock
from application.ports.dispatch_observer import DispatchObserver
from application.ports.dispatch_queue import CapUse, DispatchQueue, Hold
from application.ports.sender import Gateway
from application.sending.attempt import Attempt
from application.sending.holding_back import held_back_again
from application.sending.ready import Item
from domain.claim import Conclusion, postpone
from domain.errors import StoreUnavailable
from domain.gates import Pass, judge_again

FRESH_FOR = timedelta(seconds=1)
"""So long a claim counts as the begin for types that send again; what waited longer is looked at once more."""

Batch = tuple[Gateway, Sequence[Item]]
"""The messages of one call to come."""


@define(eq=False, kw_only=True)
class Beginning:
    """Begins what a call will hand over, in one write for all calls that start."""

    queue: DispatchQueue
    clock: Clock
    observer: DispatchObserver

    def record(self, batches: Sequence[Batch]) -> frozenset[int] | None:
        """Record the begin of those that hold, are capped, or waited for long, and return the ids of those that may go.

        None means that it could not be recorded; even if it was, nothing of it is handed over.
        """
        now = self.clock.now()
        new = {
            id(attempt): attempt  # a push has one message a device in the same call
            for _, items in batches
            for attempt, _, _ in items
            if not attempt.has_begun
        }
        for attempt in new.values():
            attempt.must_begin = attempt.rules.must_begin or now - attempt.context.now > FRESH_FOR
        holds = [_hold(attempt, now) for attempt in new.values() if attempt.must_begin and not _is_late(attempt, now)]
        if not holds:
            return frozenset()
        try:
            return self.queue.begin(holds, now)
        except StoreUnavailable as error:
            self.observer.store_failed(error)
            return None


def refusal(attempt: Attempt, begun: frozenset[int] | None, now: datetime) -> Conclusion | None:
    """Return how *attempt* ends that may not be handed over now, or None if it may; asked once, before its first.

    *begun* is what :meth:`Beginning.record` returned. The templates took their time, and so may the store; what expired
    meanwhile, or came into the quiet hours, stays behind.
    """
    claim = attempt.claim
    if _is_late(attempt, now):
        return held_back_again(claim, attempt.rules, attempt.context, now)
    if attempt.must_begin and (begun is None or claim.notification_id not in begun):
        why = "its begin could not be recorded" if begun is None else "something changed before it began"
        return postpone(claim, now, why)
    return None


def _is_late(attempt: Attempt, now: datetime) -> bool:
    """Say whether *attempt* expired meanwhile, or came into the quiet hours: then nothing of it is begun."""
    return not isinstance(judge_again(attempt.context, now), Pass)


def _hold(attempt: Attempt, now: datetime) -> Hold:
    claim, context = attempt.claim, attempt.context
    cap = context.policy.frequency_cap
    use = None
    if cap is not None:
        today = now.astimezone(context.zone).date()
        use = CapUse(number=cap.number, first_day=cap.period.first_day(today), day=today)
    addresses = tuple(message.address for message in attempt.messages)
    return Hold(claim.notification_id, claim.fence, attempt.rules.stopped_by, claim.revision, use, addresses)
