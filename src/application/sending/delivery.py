"""From claims to calls, and from the answers of gateways to conclusions."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from attrs import define, field

from application.ports.clock import Clock, Deadline
from application.ports.dispatch_observer import DispatchObserver
from application.ports.dispatch_queue import Claimed
from application.ports.randomness import Randomness
from application.ports.sender import SIMULATOR, Gateway, Routes
from application.sending.attempt import Attempt
from application.sending.beginning import Beginning, refusal
from application.sending.calls import Calls
from application.sending.preparation import Preparation
from application.sending.ready import Item, Ready
from application.sending.routing import SKIP_AFTER, Routing, is_answer
from application.sending.rulebook import Rulebook
from application.sending.scopes import Scopes
from application.sending.sender_pool import SenderCall
from application.sending.succession import Succession
from domain.channel import Channel
from domain.claim import Conclusion, postpone
from domain.content import Markup
from domain.errors import StoreUnavailable
from domain.outcome import Accepted, Deferred, GatewayDown, NotStarted, Outcome, Throttled, Unknown

PAUSE_MIN = timedelta(seconds=1)
PREPARE_MAX_S = 1.0
"""So long may the templates of one claim take; the rest of it comes back at once, and other lanes have their turn."""

PROBE_WAIT = timedelta(seconds=5)
"""So long may a message probe a scope that was down; the others for it come back then."""

SCOPE_AHEAD = 2
"""A scope takes as many seconds of its own work from claims, which know only the gateway; the rest comes back later."""

_UNSENT = (GatewayDown, NotStarted)
_RESTING = (Throttled, GatewayDown)


@define(eq=False, kw_only=True)
class Delivery:
    """Hands claims over and keeps what they led to in ``conclusions`` until the store has them."""

    beginning: Beginning
    succession: Succession
    routes: Routes
    rulebook: Rulebook
    preparation: Preparation
    routing: Routing
    calls: Calls
    clock: Clock
    randomness: Randomness
    observer: DispatchObserver
    conclusions: list[Conclusion] = field(factory=list, init=False)
    scopes: Scopes = field(factory=Scopes, init=False)
    _ready: dict[str, Ready] = field(factory=lambda: defaultdict(Ready), init=False)
    _gateways: dict[str, Gateway] = field(factory=dict, init=False)
    _probed: set[str] = field(factory=set, init=False)  # the gateways that have the probe that was claimed for them

    def prepare(self, gateway: Gateway, claimed: Claimed, deadline: Deadline) -> None:
        """Pass the gates, render, and keep what is left ready for *gateway*, until *deadline*."""
        now = self.clock.now()
        self._gateways[gateway.name] = gateway
        if self.routing.health(gateway.name).is_down:
            self._probed.add(gateway.name)
        reserve_s = max(deadline.remaining_s() / 2, deadline.remaining_s() - PREPARE_MAX_S)
        items: list[Item] = []
        for claim in claimed.claims:
            content = claimed.contents[claim.content_id]
            if content.markup is not Markup.LITERAL and deadline.remaining_s() < reserve_s:
                self.conclusions.append(postpone(claim, now, "the templates before it took too long"))
                continue
            rules = self.rulebook.rules(claim.channel, claim.type, test=gateway.name == SIMULATOR)
            prepared = self.preparation(claim, content, rules, now)
            if isinstance(prepared, Conclusion):
                self.conclusions.append(prepared)
            else:
                items += [(prepared, message, deadline) for message in prepared.messages]
        self._keep_ready(gateway, items)

    def waiting(self, gateway: Gateway, priority: int | None = None) -> int:
        """Return how many messages up to *priority* wait for a slot of *gateway*."""
        return sum(self._ready[part.name].count(priority) for part in self.scopes.of(gateway))

    @property
    def is_holding(self) -> bool:
        """Say whether anything waits for a slot."""
        return any(ready.count() for ready in self._ready.values())

    def start_calls(self) -> bool:
        """Begin what is ready and has a slot, in one write, and hand it over; return whether there was anything."""
        for gateway in list(self._gateways.values()):  # what is returned may go on to one that is new
            self._return_late(gateway)
        batches = [(gateway, items) for gateway in self._gateways.values() for items in self._batches(gateway)]
        begun = self.beginning.record(batches)
        now = self.clock.now()
        for gateway, items in batches:
            going = [item for item in items if self._goes(item[0], begun, now)]
            if going:
                self._call(gateway, going)
        self._release_probes()
        return bool(batches)

    def hand_back(self, reason: str) -> None:
        """Return everything that waits for a slot to the queue."""
        for gateway in self._gateways.values():
            self._leave(gateway, self._ready[gateway.name].take_all(), NotStarted(reason), timedelta(0))
        self._release_probes()

    def finish(self, call: SenderCall) -> None:
        """Take the answers of a call: pass on what another gateway may send, conclude the rest."""
        assert call.outcomes is not None
        if call.error is not None:
            self.observer.sender_failed(call.gateway.name, call.error)
        if call.is_abandoned:
            self._take_late_success(call)
            return
        was_well = not self.routing.health(call.gateway.name).is_down
        pause = self._observe(call, call.outcomes)
        if all(isinstance(outcome, Accepted) for outcome in call.outcomes):
            self._record_all(call, call.outcomes)
        else:
            self._take_refusals(call, call.outcomes, pause, was_well=was_well)
        self._conclude(call.attempts)

    def _take_refusals(
        self, call: SenderCall, outcomes: Sequence[Outcome], pause: timedelta, *, was_well: bool
    ) -> None:
        """Record what is not all well, and pass on what another gateway may send within the same attempt."""
        if not call.deadline.has_passed and all(isinstance(outcome, NotStarted) for outcome in outcomes):
            pause = max(pause, PAUSE_MIN)  # a sender that starts nothing although there is time: ask it no more at once
        works = any(is_answer(outcome) for outcome in outcomes)
        is_down = not works and any(isinstance(outcome, GatewayDown) for outcome in outcomes)
        successor = None
        if is_down and not call.deadline.has_passed:
            successor = self.succession.after(call.gateway, call.messages[0].channel)
        unsent = sum(isinstance(outcome, _UNSENT) for outcome in outcomes)
        room = self.succession.room(successor, unsent) if successor else 0
        told_apart = []
        for attempt, outcome in zip(call.attempts, outcomes, strict=True):
            attempt.pause = pause
            again = call.gateway.name in attempt.claim.down_at
            told_apart.append(_told_apart(outcome, works=works or (was_well and again)))
        self._record_all(call, told_apart)
        if successor is None:
            return
        passed_on: list[Item] = []
        for attempt, message, outcome in zip(call.attempts, call.messages, outcomes, strict=True):
            if len(passed_on) < room and isinstance(outcome, _UNSENT):
                del attempt.outcomes[message.address]
                passed_on.append((attempt, message, call.deadline))
        self._keep_ready(successor, passed_on, first=True)

    def give_up(self, call: SenderCall) -> None:
        """Count a call that does not answer as lost; should it answer after all, a success is still taken."""
        lost = NotStarted() if call.started_at is None else Unknown("the gateway did not answer in time")
        self._observe(call, [lost])
        self._record_all(call, [lost] * len(call.messages))
        self._conclude(call.attempts)

    def _return_late(self, gateway: Gateway) -> None:
        """Return what found no slot in time, and everything if *gateway* rests since it was claimed for it."""
        now = self.clock.now()
        for name in (gateway.name, gateway.base):
            health = self.routing.health(name) if name else None
            if health and not health.is_usable(now):
                self._return(gateway, NotStarted(f"{name} rests: {health.reason}"), health.wait(now))
        late = self._ready[gateway.name].take_late()
        if late:
            self._leave(gateway, late, NotStarted("no slot was free before its deadline"), timedelta(0))

    def _release_probes(self) -> None:
        """Let another message probe a gateway whose probe was never handed over: a gate stopped it, or its time."""
        for name in list(self._probed):
            gateway = self._gateways[name]
            if not self.waiting(gateway) and not self.calls.is_busy(gateway):
                self._probed.discard(name)
                try:
                    self.routing.observe(name, [], [], self.clock.now())
                except StoreUnavailable as error:
                    self.observer.store_failed(error)  # it counts as lost when its lease is over

    def _keep_ready(self, gateway: Gateway, items: Sequence[Item], *, first: bool = False) -> None:
        if gateway.scope_of is None:
            self._gateways[gateway.name] = gateway
            self._ready[gateway.name].put(items, first=first)
            return
        for part, theirs in self.scopes.split(gateway, items):
            self._gateways[part.name] = part
            self._ready[part.name].put(self._admitted(part, theirs), first=first)

    def _admitted(self, part: Gateway, items: Sequence[Item]) -> Sequence[Item]:
        """Return those of *items* that may wait for a slot of *part*; the others go back for a while, nothing spent.

        What the claim does for a gateway is done here for a scope: none while it rests, one to probe it, and no more
        than it can start soon.
        """
        now, health = self.clock.now(), self.routing.health(part.name)
        if not health.is_usable(now):
            self._pass_by(part, items, NotStarted(f"{part.name} rests: {health.reason}"), health.rest(now))
            return ()
        if health.is_down:
            probe = self._probe(part, items, health.opened_by)
            others = [item for item in items if item is not probe]
            self._leave(part, others, NotStarted(f"{part.name} is tried with another message first"), PROBE_WAIT)
            return (probe,) if probe else ()
        priority = items[0][0].rules.policy.priority
        held = self.calls.in_flight(part) + self.waiting(part, priority)
        room = max(0, SCOPE_AHEAD * self.calls.capacity(part, priority) - held)
        if len(items) > room:
            wait = max(PAUSE_MIN, timedelta(seconds=self.calls.work_s(part, held + len(items))))
            self._leave(part, items[room:], NotStarted(f"{part.name} has as much as it can start soon"), wait)
        return items[:room]

    def _probe(self, part: Gateway, items: Sequence[Item], opened_by: int | None) -> Item | None:
        """Return the message that probes *part*, which was down, unless another does; not the one it failed with."""
        if self.calls.is_busy(part) or self.waiting(part):
            return None
        now = self.clock.now()
        lease = timedelta(seconds=2 * items[0][2].remaining_s())
        try:
            is_free = self.routing.gateways.probe(part.name, now, now + lease)
        except StoreUnavailable as error:
            self.observer.store_failed(error)
            return None
        if not is_free:
            return None
        self._probed.add(part.name)
        return next((item for item in items if item[1].notification_id != opened_by), items[0])

    def _batches(self, gateway: Gateway) -> Iterator[Sequence[Item]]:
        """Yield what the next calls of *gateway* take, as many as have a slot."""
        ready = self._ready[gateway.name]
        planned = 0
        while True:
            waiting = {priority: ready.count(priority) for priority in ready.priorities()}
            may_start = (one for one, number in waiting.items() if self.calls.may_start(gateway, one, number, planned))
            priority = next(may_start, None)
            if priority is None:
                return
            holds = not ready.first(priority)[0].rules.resend
            planned += 1
            yield ready.take(priority, self.calls.call_size(gateway, priority, waiting[priority], holds=holds))

    def _goes(self, attempt: Attempt, begun: frozenset[int] | None, now: datetime) -> bool:
        """Say whether *attempt* may be handed over; its first message decides for all."""
        if not attempt.has_begun:
            attempt.has_begun = True
            refused = refusal(attempt, begun, now)
            if refused is not None:
                attempt.is_refused = True
                self.conclusions.append(refused)
        return not attempt.is_refused

    def _call(self, gateway: Gateway, items: Sequence[Item]) -> None:
        self.calls.start(
            SenderCall(
                gateway=gateway,
                attempts=[attempt for attempt, _, _ in items],
                messages=[message for _, message, _ in items],
                deadline=min((deadline for _, _, deadline in items), key=lambda deadline: deadline.at_s),
            )
        )

    def _observe(self, call: SenderCall, outcomes: Sequence[Outcome]) -> timedelta:
        """Record what a call says of its gateway, take back what waits for one that rests, return how long it rests."""
        now = self.clock.now()
        gateway = call.gateway
        rests = any(isinstance(outcome, _RESTING) for outcome in outcomes)
        if not gateway.has_health:
            return PAUSE_MIN if rests else timedelta(0)
        self._probed.discard(gateway.name)
        known = self.routing.health(gateway.name)
        ids = [message.notification_id for message in call.messages]
        try:
            if gateway.base and self.routing.health(gateway.base).is_down:  # of a time when it had no scopes
                self.routing.observe(gateway.base, outcomes, ids, now)
            health = self.routing.observe(gateway.name, outcomes, ids, now)
        except StoreUnavailable as error:
            self.observer.store_failed(error)
            return PAUSE_MIN
        if health.paused_until and health.paused_until != known.paused_until:
            self.observer.gateway_rests(gateway.name, health.paused_until, health.reason or "")
        if not health.is_usable(now):
            self._return(gateway, NotStarted(f"{gateway.name} rests: {health.reason}"), health.wait(now))
        return max(PAUSE_MIN, health.wait(now)) if rests else timedelta(0)

    def _return(self, gateway: Gateway, outcome: NotStarted, pause: timedelta) -> None:
        """Return what waits for *gateway* to the queue: at once where another gateway may take it, else for *pause*."""
        by_channel: dict[Channel, list[Item]] = defaultdict(list)
        for item in self._ready[gateway.name].take_all():
            by_channel[item[1].channel].append(item)
        for channel, items in by_channel.items():
            if gateway.base is not None:
                self._pass_by(gateway, items, outcome, pause)
                continue
            other = self.routing.choose(self.routes.get(channel, ()), self.clock.now())
            self._leave(gateway, items, outcome, timedelta(0) if other else pause)

    def _pass_by(self, part: Gateway, items: Sequence[Item], outcome: NotStarted, pause: timedelta) -> None:
        """Give what waits for a scope that rests to the next gateway of the route, and return the rest for *pause*.

        A claim would bring it for the same gateway again, because the other scopes go on.
        """
        is_skipped = self.routing.health(part.name).is_down or pause > SKIP_AFTER
        successor = self.succession.after(part, items[0][1].channel) if is_skipped and pause else None
        room = self.succession.room(successor, len(items)) if successor else 0
        if successor and room:
            self._keep_ready(successor, items[:room])
        self._leave(part, items[room:], outcome, pause)

    def _leave(self, gateway: Gateway, items: Sequence[Item], outcome: NotStarted, pause: timedelta) -> None:
        for attempt, message, _ in items:
            if not attempt.is_refused:
                attempt.pause = max(attempt.pause, pause)
                attempt.record(message, gateway.name, outcome, self.clock.now(), 0)
        self._conclude([attempt for attempt, _, _ in items if not attempt.is_refused])

    def _record_all(self, call: SenderCall, outcomes: Sequence[Outcome]) -> None:
        at = call.started_at or self.clock.now()
        duration_ms = round(call.duration_s * 1000 / len(call.messages))
        gateway = call.gateway.name
        for attempt, message, outcome in zip(call.attempts, call.messages, outcomes, strict=True):
            attempt.record(message, gateway, outcome, at, duration_ms)

    def _conclude(self, attempts: Sequence[Attempt]) -> None:
        now = self.clock.now()
        for attempt in dict.fromkeys(attempts):  # a push has one message a device in the same call
            if attempt.is_over:
                self.conclusions.append(attempt.conclusion(now, self.randomness.spread))

    def _take_late_success(self, call: SenderCall) -> None:
        """The lost answer was recorded; only proof that a message went out changes that."""
        assert call.outcomes is not None
        at = call.started_at or self.clock.now()
        for attempt, message, outcome in zip(call.attempts, call.messages, call.outcomes, strict=True):
            if is_answer(outcome):
                attempt.record(message, call.gateway.name, outcome, at, round(call.duration_s * 1000))
        self._conclude([attempt for attempt in call.attempts if attempt.has_success])


def _told_apart(outcome: Outcome, *, works: bool) -> Outcome:
    """Return a GatewayDown as a Deferred where the gateway works for others: the message is at fault."""
    return Deferred(outcome.reason) if works and isinstance(outcome, GatewayDown) else outcome
