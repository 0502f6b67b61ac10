"""From claims to calls, and from the answers of gateways to conclusions."""

import math
from collections.abc import Iterator, Sequence
from datetime import timedelta

from attrs import define, field

from application.ports.clock import Clock, Deadline
from application.ports.dispatch_observer import DispatchObserver
from application.ports.dispatch_queue import Claimed, DispatchQueue, Hold
from application.ports.randomness import Randomness
from application.ports.sender import Gateway, OutboundMessage, Routes
from application.sending.attempt import Attempt
from application.sending.calls import Calls
from application.sending.preparation import Preparation
from application.sending.routing import Routing, is_answer
from application.sending.rulebook import Rulebook
from application.sending.sender_pool import SenderCall
from domain.claim import Claim, Conclusion, postpone
from domain.errors import StoreUnavailable
from domain.outcome import Deferred, GatewayDown, NotStarted, Outcome, Throttled, Unknown

PAUSE_MIN = timedelta(seconds=1)
PREPARE_MAX_S = 1.0
"""So long may the templates of one claim take; the rest of it comes back at once, and other lanes have their turn."""

_UNSENT = (GatewayDown, NotStarted)

Pairs = Sequence[tuple[Attempt, OutboundMessage]]


@define(eq=False, kw_only=True)
class Delivery:
    """Hands claims over and keeps what they led to in ``conclusions`` until the store has them."""

    queue: DispatchQueue
    routes: Routes
    rulebook: Rulebook
    preparation: Preparation
    routing: Routing
    calls: Calls
    clock: Clock
    randomness: Randomness
    observer: DispatchObserver
    conclusions: list[Conclusion] = field(factory=list, init=False)

    def start(self, gateway: Gateway, claimed: Claimed, deadline: Deadline) -> None:
        """Pass the gates, render, begin, and hand what is left to *gateway*."""
        now = self.clock.now()
        reserve_s = max(deadline.remaining_s() / 2, deadline.remaining_s() - PREPARE_MAX_S)
        attempts = []
        for claim in claimed.claims:
            if deadline.remaining_s() < reserve_s:
                self.conclusions.append(postpone(claim, now, "the templates before it took too long"))
                continue
            rules = self.rulebook.rules(claim.channel, claim.type)
            prepared = self.preparation(claim, claimed.contents[claim.content_id], rules, now)
            if isinstance(prepared, Conclusion):
                self.conclusions.append(prepared)
            else:
                attempts.append(prepared)
        pairs = [(attempt, message) for attempt in self._begin(attempts) for message in attempt.messages]
        self._hand_over(gateway, pairs, deadline)

    def finish(self, call: SenderCall) -> None:
        """Take the answers of a call: pass on what another gateway may send, conclude the rest."""
        assert call.outcomes is not None
        if call.error is not None:
            self.observer.sender_failed(call.gateway.name, call.error)
        if call.is_abandoned:
            self._take_late_success(call)
            return
        was_well = not self.routing.health(call.gateway.name).is_down
        pause = self._observe(call.gateway, call.outcomes)
        if not call.deadline.has_passed and all(isinstance(outcome, NotStarted) for outcome in call.outcomes):
            pause = max(pause, PAUSE_MIN)  # a sender that starts nothing although there is time: ask it no more at once
        works = any(is_answer(outcome) for outcome in call.outcomes)
        is_down = not works and any(isinstance(outcome, GatewayDown) for outcome in call.outcomes)
        successor = self._successor(call) if is_down else None
        room = self._room(successor, call.outcomes) if successor else 0
        passed_on: list[tuple[Attempt, OutboundMessage]] = []
        for attempt, message, outcome in zip(call.attempts, call.messages, call.outcomes, strict=True):
            attempt.pause = pause
            again = call.gateway.name in attempt.claim.down_at
            self._record(call, attempt, message, _told_apart(outcome, works=works or (was_well and again)))
            if len(passed_on) < room and isinstance(outcome, _UNSENT):
                del attempt.outcomes[message.address]
                passed_on.append((attempt, message))
        if successor:
            self._hand_over(successor, passed_on, call.deadline)
        self._conclude(call.attempts)

    def give_up(self, call: SenderCall) -> None:
        """Count a call that does not answer as lost; should it answer after all, a success is still taken."""
        lost = NotStarted() if call.started_at is None else Unknown("the gateway did not answer in time")
        self._observe(call.gateway, [lost])
        for attempt, message in zip(call.attempts, call.messages, strict=True):
            self._record(call, attempt, message, lost)
        self._conclude(call.attempts)

    def _begin(self, attempts: Sequence[Attempt]) -> Iterator[Attempt]:
        """Record the begin of those whose lost answer would mean hold, and yield what may go now.

        The templates took their time, and so may the store; what expired meanwhile stays behind.
        """
        begun = self._begun([attempt.claim for attempt in attempts if not attempt.rules.resend])
        now = self.clock.now()
        for attempt in attempts:
            claim = attempt.claim
            if now < claim.expires_at and (attempt.rules.resend or claim.notification_id in begun):
                yield attempt
            else:
                self.conclusions.append(postpone(claim, now, "something changed before it began"))

    def _begun(self, claims: Sequence[Claim]) -> frozenset[int]:
        if not claims:
            return frozenset()
        try:
            return self.queue.begin([Hold(claim.notification_id, claim.fence) for claim in claims], self.clock.now())
        except StoreUnavailable as error:
            self.observer.store_failed(error)
            return frozenset()  # even if it was recorded: nothing of it is handed over

    def _hand_over(self, gateway: Gateway, pairs: Pairs, deadline: Deadline) -> None:
        """Start calls of *gateway*, spread evenly over its free slots."""
        if not pairs:
            return
        slots = self.calls.free_slots(gateway, pairs[0][0].rules.policy.priority)
        for part in _parts(pairs, slots or 1, gateway.sender.batch_size):
            self.calls.start(
                SenderCall(
                    gateway=gateway,
                    attempts=[attempt for attempt, _ in part],
                    messages=[message for _, message in part],
                    deadline=deadline,
                )
            )

    def _successor(self, call: SenderCall) -> Gateway | None:
        """Return the gateway that takes over within the same attempt, if there is one and time is left."""
        route = self.routes.get(call.messages[0].channel, ())
        names = [gateway.name for gateway in route]
        if call.deadline.has_passed or call.gateway.name not in names:
            return None
        return self.routing.choose(route[names.index(call.gateway.name) + 1 :], self.clock.now())

    def _room(self, successor: Gateway, outcomes: Sequence[Outcome]) -> int:
        """Return how many of the unsent messages of a call *successor* may take over within its pace."""
        unsent = sum(isinstance(outcome, _UNSENT) for outcome in outcomes)
        if successor.rate is None:
            return unsent
        try:
            return self.routing.gateways.take(successor.name, successor.rate, unsent, self.clock.now())
        except StoreUnavailable as error:
            self.observer.store_failed(error)
            return 0

    def _observe(self, gateway: Gateway, outcomes: Sequence[Outcome]) -> timedelta:
        """Record what a call says of its gateway and return how long it rests."""
        now = self.clock.now()
        known = self.routing.health(gateway.name)
        try:
            health = self.routing.observe(gateway.name, outcomes, now)
        except StoreUnavailable as error:
            self.observer.store_failed(error)
            return PAUSE_MIN
        if health.paused_until and health.paused_until != known.paused_until:
            self.observer.gateway_rests(gateway.name, health.paused_until, health.reason or "")
        rests = any(isinstance(outcome, Throttled | GatewayDown) for outcome in outcomes)
        return max(PAUSE_MIN, health.rest(now)) if rests else timedelta(0)

    def _record(self, call: SenderCall, attempt: Attempt, message: OutboundMessage, outcome: Outcome) -> None:
        duration_ms = round(call.duration_s * 1000 / len(call.messages))
        attempt.record(message, call.gateway.name, outcome, call.started_at or self.clock.now(), duration_ms)

    def _conclude(self, attempts: Sequence[Attempt]) -> None:
        now = self.clock.now()
        for attempt in dict.fromkeys(attempts):  # a push has one message a device in the same call
            if attempt.is_over:
                self.conclusions.append(attempt.conclusion(now, self.randomness.spread()))

    def _take_late_success(self, call: SenderCall) -> None:
        """The lost answer was recorded; only proof that a message went out changes that."""
        assert call.outcomes is not None
        for attempt, message, outcome in zip(call.attempts, call.messages, call.outcomes, strict=True):
            if is_answer(outcome):
                self._record(call, attempt, message, outcome)
        self._conclude([attempt for attempt in call.attempts if attempt.has_success])


def _told_apart(outcome: Outcome, *, works: bool) -> Outcome:
    """Return a GatewayDown as a Deferred where the gateway works for others: the message is at fault."""
    return Deferred(outcome.reason) if works and isinstance(outcome, GatewayDown) else outcome


def _parts(pairs: Pairs, slots: int, size_max: int) -> Iterator[Pairs]:
    size = max(1, min(size_max, math.ceil(len(pairs) / slots)))
    for start in range(0, len(pairs), size):
        yield pairs[start : start + size]
