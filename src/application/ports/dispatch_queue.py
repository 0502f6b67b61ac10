"""Claiming what is due, beginning it, concluding it: what a dispatcher needs of the store."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from attrs import define, frozen

from domain.claim import Claim, Conclusion, LostClaim
from domain.content import Content
from domain.lane import Lane
from domain.lifecycle import Event
from domain.suppression_reason import EVERY_REASON, SuppressionReason


@frozen(kw_only=True)
class ClaimRequest:
    """How much to take from which lane, for whom and for how long, and to be sent through which gateway.

    ``rate`` is the gateway's, in messages a second over all dispatchers; None for no limit. ``last_chances`` says
    whether one may be taken that the next death gives up: whoever holds such a one already wants no other.
    ``stopped_by`` has the reasons for which a suppressed address must not be used for the type of the lane.
    ``capped_since`` is given for a type with a frequency cap: the first day of which uses of it are to be told.
    """

    lane: Lane
    limit: int
    owner: int
    now: datetime
    lease: timedelta
    gateway: str
    rate: float | None = None
    last_chances: bool = True
    stopped_by: frozenset[SuppressionReason] = EVERY_REASON
    capped_since: date | None = None


@frozen
class Claimed:
    """What a claim brought: the claims in the order due, and the contents they refer to, by id.

    ``again_at`` is given where a pace or the gateway's health gave less than was asked for: it makes no sense to ask
    before then.
    """

    claims: Sequence[Claim]
    contents: Mapping[int, Content]
    again_at: datetime | None = None


@frozen(kw_only=True)
class CapUse:
    """A place under a frequency cap that a hand-over takes on ``day``: there are ``number`` since ``first_day``.

    Days are those of the recipient's calendar.
    """

    number: int
    first_day: date
    day: date


@define
class Hold:
    """One claim, as begin names it, with what must still hold.

    ``stopped_by`` are the reasons for which a suppressed address must not be used for it; ``revision`` is that of the
    recipient's preferences which the gates looked at, and ``addresses`` are those that it goes to. Nobody changes one;
    see :class:`domain.claim.Claim`.
    """

    notification_id: int
    fence: int
    stopped_by: frozenset[SuppressionReason] = EVERY_REASON
    revision: int = 0
    cap: CapUse | None = None
    addresses: tuple[str, ...] = ()


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

        A notification whose dispatcher died holding it goes first and is claimed alone. A lane with a rate, and a
        gateway with one, give no more than their pace allows; a closed or paused lane gives nothing, nor does a
        gateway that rests. A gateway that was down gives one message, its probe, and then nothing until that has its
        answer (:meth:`GatewayHealth.admits`); it is not the one that it failed with last, if the lane has another.
        Each claim names the addresses that are suppressed for its type or topic, or for everything, for one of the
        reasons in ``stopped_by``. With ``capped_since`` it has the days since then on which others of the recipient,
        of the same type, and tests apart, were begun that are under way, sent, delivered, unknown or may be out, or
        that one of several devices has already.
        """
        ...

    def begin(self, holds: Collection[Hold], now: datetime) -> frozenset[int]:
        """Record that the hand-over of *holds* begins, and return the ids that may go.

        One is left out if its fence is stale, its cancellation was asked for, its recipient's preferences or timezone
        were changed since the claim, one of its ``addresses`` was suppressed since then for one of the reasons in
        ``stopped_by``, or no place is left under its cap. A place is taken by what counts in
        :meth:`claim`, and by those of *holds* before it that may go; nobody has to give one back: what came back
        unsent counts no more.
        """
        ...

    def conclude(self, conclusions: Sequence[Conclusion], now: datetime) -> Mapping[int, Event]:
        """Write what became of claims, with history and suppressions, and return by id the step each one took.

        The step is :meth:`Conclusion.step`; one that takes none is missing. It is what the conclusion itself led to:
        receipts that waited for it (:meth:`application.ports.receipt_repository.ReceiptRepository.record`) have their
        say right after. A stale conclusion changes no status, but its hand-overs are kept, and its suppressions count:
        they are facts about addresses. A late success is taken from any status the lifecycle allows, as long as the
        notification was not claimed again and is not known to have bounced, also within one call after another
        conclusion of the same claim. Else concluding the same claim twice changes nothing.
        """
        ...

    def lost_claims(self, now: datetime, limit: int) -> Sequence[LostClaim]:
        """Return claims whose lease ended before *now* or whose owner is known to be dead, the oldest lease first."""
        ...

    def next_due(self) -> datetime | None:
        """Return when the next pending notification of an open lane falls due, or None if none waits."""
        ...

    def listen(self, heard: Callable[[], None]) -> Callable[[], None]:
        """Call *heard* whenever this process may have made something due; what is returned ends that.

        It is called in the thread that did it, after the commit, and must return at once. What other processes add is
        not heard: whoever listens looks from time to time as well.
        """
        ...
