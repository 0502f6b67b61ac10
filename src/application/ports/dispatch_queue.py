"""Claiming what is due, beginning it, concluding it: what a dispatcher needs of the store."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from attrs import frozen

from domain.claim import Claim, Conclusion, LostClaim
from domain.content import Content
from domain.lane import Lane
from domain.lifecycle import Event


@frozen(kw_only=True)
class ClaimRequest:
    """How much to take from which lane, for whom and for how long."""

    lane: Lane
    limit: int
    owner: int
    now: datetime
    lease: timedelta


@frozen
class Claimed:
    """What a claim brought: the claims in the order due, and the contents they refer to, by id."""

    claims: Sequence[Claim]
    contents: Mapping[int, Content]


@frozen
class Hold:
    """One claim, as begin names it."""

    notification_id: int
    fence: int


class DispatchQueue(Protocol):
    """The queue side of the store. Each method is one transaction; called from several threads and processes at once.

    Every method may raise StoreUnavailable; then nothing of the call was written, and a claim that did not return is
    never sent.
    """

    def register(self, now: datetime) -> int:
        """Return an owner number that no dispatcher had before, and hold whatever shows that this one lives."""
        ...

    def unregister(self, owner: int) -> None:
        """Say that *owner* is done; whatever it still holds may be rescued at once."""
        ...

    def due_lanes(self, now: datetime) -> Sequence[Lane]:
        """Return the open lanes that have something due at *now*."""
        ...

    def claim(self, request: ClaimRequest) -> Claimed:
        """Take up to ``limit`` due notifications of a lane: pending becomes sending, attempts and fence rise by one.

        A notification whose dispatcher died holding it goes first and is claimed alone. A lane with a rate gives no
        more than its pace allows; a closed or paused one gives nothing.
        """
        ...

    def begin(self, holds: Collection[Hold], now: datetime) -> frozenset[int]:
        """Record that the hand-over of *holds* begins, and return the ids that may go.

        One is left out if its fence is stale, its cancellation was asked for, or all its addresses were suppressed
        since the claim.
        """
        ...

    def conclude(self, conclusions: Sequence[Conclusion], now: datetime) -> Mapping[int, Event]:
        """Write what became of claims, with history and suppressions, and return by id the step each one took.

        The step is :meth:`Conclusion.step`; one that takes none is missing. A stale conclusion changes no
        status, but its hand-overs are kept, and its suppressions count: they are facts about addresses. A late success
        is taken from any status the lifecycle allows, as long as the notification was not claimed again, also within
        one call after another conclusion of the same claim. Else concluding the same claim twice changes nothing.
        """
        ...

    def lost_claims(self, now: datetime, limit: int) -> Sequence[LostClaim]:
        """Return claims whose lease ended before *now* or whose owner is known to be dead, the oldest lease first."""
        ...

    def next_due(self) -> datetime | None:
        """Return when the next pending notification of an open lane falls due, or None if none waits."""
        ...
