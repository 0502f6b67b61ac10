"""A notification in the hands of a dispatcher, and what its attempt leads to."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias, assert_never

from attrs import define, evolve, field, frozen

from domain.channel import Channel
from domain.gates import NONE_SUPPRESSED, Gate, Suppressed, gates_for
from domain.hand_over import HandOver
from domain.lifecycle import Event, Status, after, sources
from domain.notification_type import LostAnswer, NotificationType, TypePolicy
from domain.outcome import (
    NAMES,
    Accepted,
    Deferred,
    GatewayDown,
    NotStarted,
    Outcome,
    Rejected,
    Throttled,
    Unknown,
    Unreachable,
    name_of,
)
from domain.preferences import NO_PREFERENCES, Preferences
from domain.recipient import Recipient
from domain.retry_policy import RetryPolicy
from domain.suppression import Suppression
from domain.suppression_reason import EVERY_REASON, SuppressionReason
from domain.template import NO_VARIABLES

Refusal: TypeAlias = Deferred | Throttled | Rejected | Unreachable | GatewayDown | Unknown | NotStarted
"""Every outcome but that the provider has it."""

LOSSES_MAX = 3
"""How many dispatchers may die holding a notification before it is given up."""


@define(kw_only=True)
class Claim:
    """A claimed notification with everything the gates and the renderer need. Nobody changes one.

    It is not frozen, like the few others of which every message needs one: attrs takes twice as long to make those.

    ``attempts`` and ``fence`` include this claim. ``recipient_number`` is the store's own of the recipient, and nobody
    gets it again. ``variables`` are what a template is filled in with. ``suppressed`` holds those of the recipient's
    addresses that must not be used for it, and why; ``preferences`` what the recipient wants, and ``revision`` which
    state of that. ``capped_days`` has, for each other notification that counts for the frequency cap, the day on which
    it began. ``settled`` has the addresses that earlier attempts are done with, ``accepted_before`` says whether one of
    them accepted, ``may_be_out`` whether an earlier attempt was lost; ``down_at`` has the gateways that were down when
    they had it before.
    """

    notification_id: int
    fence: int
    attempts: int
    losses: int
    channel: Channel
    type: NotificationType
    recipient: Recipient
    recipient_number: int
    content_id: int
    expires_at: datetime
    topic: str | None = None
    variables: Mapping[str, Any] = NO_VARIABLES
    suppressed: Suppressed = NONE_SUPPRESSED
    preferences: Preferences = NO_PREFERENCES
    revision: int = 0
    capped_days: Sequence[date] = ()
    settled: frozenset[str] = frozenset()
    accepted_before: bool = False
    may_be_out: bool = False
    down_at: frozenset[str] = frozenset()


@frozen(kw_only=True)
class LostClaim:
    """A claim whose dispatcher is gone: its lease ran out, or its owner is known to be dead.

    ``accepted_before`` and ``may_be_out`` as in :class:`Claim`; a ``test`` was claimed for the simulator.
    """

    notification_id: int
    fence: int
    attempts: int
    losses: int
    channel: Channel
    type: NotificationType
    expires_at: datetime
    begun: bool
    owner_is_dead: bool
    accepted_before: bool = False
    may_be_out: bool = False
    test: bool = False


@define(kw_only=True)
class Conclusion:
    """What one claim leads to: written by the store in one transaction, if the fence is still the one claimed with.

    Nobody changes one; see :class:`Claim`.

    ``spent`` says whether the attempt counts; ``lost`` whether a dispatcher died holding it; ``may_be_out`` whether
    this attempt or an earlier one may have gone out although nobody confirmed it; ``accepted`` whether some address
    accepted it, now or before. ``next_attempt_at`` is given exactly when the status is pending; it was put off
    ``in_order`` where no gateway is to blame: a gate asked for it, or it is claimed again at once. ``hand_overs`` go to
    the history, ``suppressions`` to the list of dead addresses, and a dead device address leaves its recipient.
    """

    notification_id: int
    fence: int
    event: Event
    status: Status
    spent: bool = True
    lost: bool = False
    next_attempt_at: datetime | None = None
    reason: str | None = None
    hand_overs: Sequence[HandOver] = ()
    suppressions: Sequence[Suppression] = ()
    may_be_out: bool = False
    accepted: bool = False
    in_order: bool = False

    def step(self, standing: Status, *, cancel_requested: bool) -> Event | None:
        """Return the step that a notification of this fence takes which is *standing* so, or None if it takes none.

        It counts while the notification is held; a success counts later too. A wish to cancel that came meanwhile
        counts for what would go back to the queue, that is for what came back unsent.
        """
        if standing is Status.SENDING:
            if cancel_requested and self.status is Status.PENDING:
                return _last_word(Event.CANCEL, accepted=self.accepted, may_be_out=self.may_be_out)
            return self.event
        return Event.ACCEPT if self.event is Event.ACCEPT and standing in sources(Event.ACCEPT) else None


@frozen(kw_only=True)
class Rules:
    """What the configuration says about one channel and type, and the gateway about its repeats.

    ``stopped_by`` has the reasons for which a suppressed address must not be used. Of a ``test`` nothing reaches a
    gateway.
    """

    policy: TypePolicy
    retry: RetryPolicy
    test: bool = False
    harmless: bool = False  # the gateway says that a repeat does no harm
    stopped_by: frozenset[SuppressionReason] = EVERY_REASON
    resend: bool = field(init=False)  # whether a lost answer means that the message is sent again
    must_begin: bool = field(init=False)  # whether the begin is recorded before the hand-over
    gates: Sequence[Gate] = field(init=False)  # those that may say something of the type

    @resend.default
    def _resend(self) -> bool:
        return self.harmless or self.policy.lost_answer is LostAnswer.RESEND

    @gates.default
    def _gates(self) -> Sequence[Gate]:
        return gates_for(self.policy)

    @must_begin.default
    def _must_begin(self) -> bool:
        return not self.resend or self.policy.frequency_cap is not None


def conclude(
    claim: Claim,
    outcome: Outcome,
    now: datetime,
    rules: Rules,
    spread: float,
    pause: timedelta,
    *,
    hand_overs: Sequence[HandOver] = (),
    suppressions: Sequence[Suppression] = (),
) -> Conclusion:
    """Return what *outcome* makes of *claim*.

    *spread* is a random number between 0.5 and 1; *pause* is how long the gateway rests where the outcome says that it
    was down or throttled. *hand_overs* and *suppressions* are what the attempt leaves behind.
    """
    if isinstance(outcome, Accepted):  # most are, so these take the short way
        return _end(claim, Event.ACCEPT, hand_overs=hand_overs, suppressions=suppressions)
    if any(hand_over.outcome == NAMES[Accepted] for hand_over in hand_overs):
        claim = evolve(claim, accepted_before=True)  # some address has it, although others are left to try
    concluded = _after_refusal(claim, outcome, now, rules, spread, pause)
    return evolve(concluded, hand_overs=hand_overs, suppressions=suppressions) if hand_overs else concluded


def _after_refusal(
    claim: Claim, outcome: Refusal, now: datetime, rules: Rules, spread: float, pause: timedelta
) -> Conclusion:
    match outcome:
        case Deferred(reason, retry_after):
            delay = rules.retry.delay(max(claim.attempts, 1), spread, retry_after)
            return _again(claim, now, delay, reason, rules)
        case Unknown(reason):
            if not rules.resend:
                return _end(claim, Event.LOSE, reason, may_be_out=True)
            delay = rules.retry.delay(max(claim.attempts, 1), spread)
            return _again(claim, now, delay, reason, rules, answer_lost=True)
        case Throttled(reason, retry_after):
            return _postpone(claim, now, max(retry_after or pause, pause), spread, reason)
        case GatewayDown(reason):
            return _postpone(claim, now, pause, spread, reason)
        case NotStarted(reason):
            return _postpone(claim, now, pause, spread, reason)
        case Rejected(reason) | Unreachable(reason):
            return _end(claim, Event.REJECT, reason, may_be_out=claim.may_be_out)
        case _:
            assert_never(outcome)


def stop(claim: Claim, event: Event, reason: str) -> Conclusion:
    """Return how a claim ends of which nothing is handed over; what earlier attempts did stands before *event*."""
    return _give_up(claim, event, reason, spent=False)


def postpone(claim: Claim, until: datetime, reason: str) -> Conclusion:
    """Return *claim* to the queue until *until*; no attempt is spent. One due at or past its expiry ends at once.

    That is how a gate puts it off, and how it comes back at once where nothing was handed over and nothing is wrong.
    """
    if until >= claim.expires_at:
        return _give_up(claim, Event.EXPIRE, f"expires before its time comes; {reason}", spent=False)
    return _back(claim, Event.POSTPONE, until, reason, in_order=True)


def rescue(lost: LostClaim, now: datetime, rules: Rules, spread: float) -> Conclusion:
    """Return what becomes of a claim whose dispatcher died holding it.

    What had not begun returns; what had begun is a lost answer, which the history keeps without gateway and address.
    Three such losses end it: a message that kills its worker harms no neighbour and does not live for ever.
    """
    concluded = _after_loss(lost, now, rules, spread)
    if not _had_begun(lost, rules):
        return concluded
    trace = HandOver(
        notification_id=lost.notification_id,
        fence=lost.fence,
        attempt=lost.attempts,
        gateway="",
        address="",
        outcome=name_of(Unknown("")),
        at=now,
        reason="the dispatcher died while it was sending",
    )
    return evolve(concluded, hand_overs=(trace,))


def _after_loss(lost: LostClaim, now: datetime, rules: Rules, spread: float) -> Conclusion:
    begun = _had_begun(lost, rules)
    if lost.losses + 1 >= LOSSES_MAX:
        reason = f"{LOSSES_MAX} dispatchers died while they held it"
        return _give_up(lost, Event.REJECT, reason, lost=True, may_be_out=begun or lost.may_be_out)
    if not begun:
        if now >= lost.expires_at:
            return _give_up(lost, Event.EXPIRE, "expired while its dispatcher was dead", spent=False, lost=True)
        return _back(lost, Event.POSTPONE, now, "the dispatcher died before it had begun to send", died=True)
    reason = "the dispatcher died while it was sending"
    if not rules.resend:
        return _end(lost, Event.LOSE, reason, lost=True, may_be_out=True)
    delay = rules.retry.delay(max(lost.attempts, 1), spread)
    return _again(lost, now, delay, reason, rules, answer_lost=True, died=True)


def _had_begun(lost: LostClaim, rules: Rules) -> bool:
    """Say whether it may have gone out. For a type that need not begin, the claim itself is the begin."""
    return lost.begun or not rules.must_begin


def _end(
    claim: Claim | LostClaim,
    event: Event,
    reason: str | None = None,
    *,
    spent: bool = True,
    lost: bool = False,
    may_be_out: bool = False,
    hand_overs: Sequence[HandOver] = (),
    suppressions: Sequence[Suppression] = (),
) -> Conclusion:
    return Conclusion(
        notification_id=claim.notification_id,
        fence=claim.fence,
        event=event,
        status=after(Status.SENDING, event),
        spent=spent,
        lost=lost,
        reason=reason,
        hand_overs=hand_overs,
        suppressions=suppressions,
        may_be_out=may_be_out,
        accepted=event is Event.ACCEPT or claim.accepted_before,
    )


def _back(
    claim: Claim | LostClaim,
    event: Event,
    at: datetime,
    reason: str,
    *,
    died: bool = False,
    may_be_out: bool | None = None,
    in_order: bool = False,
) -> Conclusion:
    """Return *claim* to the queue until *at*; only a deferral spends the attempt."""
    return Conclusion(
        notification_id=claim.notification_id,
        fence=claim.fence,
        event=event,
        status=after(Status.SENDING, event),
        spent=event is Event.DEFER,
        lost=died,
        next_attempt_at=at,
        reason=reason,
        may_be_out=claim.may_be_out if may_be_out is None else may_be_out,
        accepted=claim.accepted_before,
        in_order=in_order,
    )


def _last_word(event: Event, *, accepted: bool, may_be_out: bool) -> Event:
    """Return how it ends when nothing more is tried: evidence that it went out, or may have, stands before *event*."""
    if accepted:
        return Event.ACCEPT
    return Event.LOSE if may_be_out else event


def _give_up(
    claim: Claim | LostClaim,
    event: Event,
    reason: str,
    *,
    spent: bool = True,
    lost: bool = False,
    may_be_out: bool | None = None,
) -> Conclusion:
    """End what is not tried again: sent if some address accepted it, unknown if it may be out, else by *event*."""
    doubtful = claim.may_be_out if may_be_out is None else may_be_out
    last = _last_word(event, accepted=claim.accepted_before, may_be_out=doubtful)
    if last is Event.ACCEPT:
        return _end(claim, last, spent=spent, lost=lost)
    return _end(claim, last, reason, spent=spent, lost=lost, may_be_out=doubtful)


def _again(
    claim: Claim | LostClaim,
    now: datetime,
    delay: timedelta,
    reason: str,
    rules: Rules,
    *,
    answer_lost: bool = False,
    died: bool = False,
) -> Conclusion:
    """Spend the attempt and come back after *delay*, unless the budget or the time is up."""
    may_be_out = answer_lost or claim.may_be_out
    if rules.retry.is_exhausted(claim.attempts):
        return _give_up(claim, Event.REJECT, f"attempts used up; last: {reason}", lost=died, may_be_out=may_be_out)
    if delay >= claim.expires_at - now:  # compared as spans: a provider's hint may lie past the end of the calendar
        last = f"expires before the next attempt; last: {reason}"
        return _give_up(claim, Event.EXPIRE, last, lost=died, may_be_out=may_be_out)
    return _back(claim, Event.DEFER, now + delay, reason, died=died, may_be_out=may_be_out)


def _postpone(claim: Claim, now: datetime, pause: timedelta, spread: float, reason: str) -> Conclusion:
    """Come back at the end of the gateway's pause, with jitter so that not all come at once; no attempt is spent."""
    left = max(timedelta(0), claim.expires_at - now)
    wait = min(pause, left)
    wait += wait * (spread - 0.5) * 0.2
    if wait >= left:
        return _give_up(claim, Event.EXPIRE, f"expires before the gateway is back; last: {reason}", spent=False)
    return _back(claim, Event.POSTPONE, now + wait, reason)
