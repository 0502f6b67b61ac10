"""Sending what is due, once or for ever."""

import threading
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from attrs import define, field, frozen

from application.ports.campaign_repository import CampaignRepository
from application.ports.clock import Clock
from application.ports.dispatch_observer import DispatchObserver
from application.ports.dispatch_queue import DispatchQueue
from application.ports.gateway_repository import GatewayRepository
from application.ports.randomness import Randomness
from application.ports.sender import Routes
from application.sending.calls import Calls
from application.sending.claiming import Claiming
from application.sending.delivery import Delivery
from application.sending.preparation import Preparation
from application.sending.rescue import RescueLost
from application.sending.routing import Routing
from application.sending.rulebook import Rulebook
from domain.claim import Conclusion
from domain.errors import StoreUnavailable
from domain.lifecycle import Event

IDLE_WAIT_S = 0.25  # between looks at the store while nothing is due
BUSY_WAIT_S = 0.02  # for a slot, a token or an answer
STORE_PATIENCE_S = 10.0  # how long a run that is not to watch bears a store that cannot be used
RESCUE_INTERVAL_S = 1.0
OVERDUE_LEASES = 0.4  # what a call may take beyond its deadline, which is half a lease after the claim


@frozen(kw_only=True)
class DispatchCommand:
    """How long to go on: until nothing is due, or (*watch*) until *stop* is set.

    *limit* is the most notifications to claim, None for no limit. Once *stop* is set nothing more is claimed, calls are
    cut short, and what has not answered after *grace_s* seconds counts as a lost answer.
    """

    stop: threading.Event = field(factory=threading.Event, eq=False)
    watch: bool = False
    limit: int | None = None
    grace_s: float = 4.0


@frozen(kw_only=True)
class DispatchSummary:
    """What a run did: conclusions counted by event, and what it had to leave behind.

    ``left_behind`` says why due work could not go out, a sentence a cause. ``next_due`` is when the next pending
    notification falls due.
    """

    events: Mapping[Event, int]
    rescued: int
    left_behind: tuple[str, ...]
    next_due: datetime | None


@frozen(kw_only=True)
class DispatchDue:
    """Claim what is due, pass the gates, render, begin, send, conclude; meanwhile rescue and advance campaigns.

    A dispatcher that cannot record what it does stops sending until it can.
    """

    queue: DispatchQueue
    campaigns: CampaignRepository
    gateways: GatewayRepository
    routes: Routes
    rulebook: Rulebook
    preparation: Preparation
    clock: Clock
    randomness: Randomness
    observer: DispatchObserver
    lease: timedelta
    batch: int

    def __call__(self, command: DispatchCommand) -> DispatchSummary:
        """Run until done or told to stop, and return what was done.

        :raises StoreUnavailable: the store could not be used for so long that a run that is not to watch gave up, or
            that the last conclusions could not be recorded; their claims will be rescued.
        """
        owner = self.queue.register(self.clock.now())
        run = self._run(command, owner)
        try:
            return run.to_the_end()
        finally:
            run.delivery.calls.close()
            self._unregister(owner)

    def _unregister(self, owner: int) -> None:
        try:
            self.queue.unregister(owner)
        except StoreUnavailable as error:
            self.observer.store_failed(error)  # the end of the process says the same

    def _run(self, command: DispatchCommand, owner: int) -> "DispatchRun":
        routing = Routing(self.gateways, self.clock)
        calls = Calls(self.routes, self.clock)
        claiming = Claiming(
            queue=self.queue,
            gateways=self.gateways,
            routes=self.routes,
            rulebook=self.rulebook,
            routing=routing,
            calls=calls,
            clock=self.clock,
            lease=self.lease,
            batch=self.batch,
            owner=owner,
        )
        delivery = Delivery(
            queue=self.queue,
            routes=self.routes,
            rulebook=self.rulebook,
            preparation=self.preparation,
            routing=routing,
            calls=calls,
            clock=self.clock,
            randomness=self.randomness,
            observer=self.observer,
        )
        rescue = RescueLost(self.queue, self.rulebook, self.clock, self.randomness)
        return DispatchRun(self, command, claiming, delivery, rescue)


@define(eq=False)
class DispatchRun:
    """The state of one run; only the thread that runs it touches it."""

    dispatch: DispatchDue
    command: DispatchCommand
    claiming: Claiming
    delivery: Delivery
    rescue: RescueLost
    _events: Counter[Event] = field(factory=Counter, init=False)
    _claimed: int = field(default=0, init=False)
    _rescued: int = field(default=0, init=False)
    _rescued_at_s: float | None = field(default=None, init=False)
    _failing_since_s: float | None = field(default=None, init=False)
    _held_back: dict[int, str] = field(factory=dict, init=False)

    def to_the_end(self) -> DispatchSummary:
        """Go round until nothing is left to do or somebody says stop, then finish what is under way."""
        while not self.command.stop.is_set():
            try:
                is_done = self._round()
                self._failing_since_s = None
            except StoreUnavailable as error:
                self._bear(error)
                is_done = False
            if is_done and not self.command.watch:
                break
        self._wind_up()
        return DispatchSummary(
            events=dict(self._events),
            rescued=self._rescued,
            left_behind=tuple(dict.fromkeys([*self.claiming.blocked.values(), *self._held_back.values()])),
            next_due=self.dispatch.queue.next_due(),
        )

    def _round(self) -> bool:
        """Do one round and return whether nothing is left to do."""
        self._record()
        self.claiming.routing.refresh()
        moved = [self._rescue(), self._advance_campaigns(), self._start_due()]
        moved.append(self._collect())
        self._record()
        if any(moved):
            return False
        calls = self.delivery.calls
        if calls.is_waited_for or self.claiming.must_wait:
            self._collect(wait_s=BUSY_WAIT_S)
            return False
        if self.rescue.is_watching or self.command.watch:
            self.command.stop.wait(IDLE_WAIT_S)
            return False
        return True

    def _start_due(self) -> bool:
        limit = None if self.command.limit is None else self.command.limit - self._claimed
        if limit is not None and limit <= 0:
            self.claiming.must_wait = False
            return False
        has_started = False
        for gateway, claimed, deadline in self.claiming.claim_due(limit):
            self._claimed += len(claimed.claims)
            self.delivery.start(gateway, claimed, deadline)
            has_started = True
        return has_started

    def _collect(self, wait_s: float = 0) -> bool:
        """Take the answers that are there, and give up on calls that are overdue."""
        has_collected = False
        overdue_s = OVERDUE_LEASES * self.dispatch.lease.total_seconds()
        for call in self.delivery.calls.finished(wait_s):
            self.delivery.finish(call)
            has_collected = True
        for call in self.delivery.calls.overdue(overdue_s):
            self.delivery.give_up(call)
            has_collected = True
        return has_collected

    def _record(self) -> None:
        """Write what is concluded; it is kept and tried again until it is in."""
        conclusions = self.delivery.conclusions
        if not conclusions:
            return
        steps = self.dispatch.queue.conclude(conclusions, self.dispatch.clock.now())
        written = [conclusion for conclusion in conclusions if conclusion.notification_id in steps]
        conclusions.clear()
        self._events.update(steps.values())
        if not self.command.watch:
            self._keep_held_back(written, steps)
        self.dispatch.observer.concluded(written)

    def _keep_held_back(self, written: list[Conclusion], steps: Mapping[int, Event]) -> None:
        """Remember what could not go out and why, for the end of a run that is not to watch."""
        for conclusion in written:
            self._held_back.pop(conclusion.notification_id, None)
            if steps[conclusion.notification_id] is Event.POSTPONE:
                self._held_back[conclusion.notification_id] = conclusion.reason or "postponed"

    def _rescue(self) -> bool:
        now_s = self.dispatch.clock.elapsed_s()
        if self._rescued_at_s is not None and now_s - self._rescued_at_s < RESCUE_INTERVAL_S:
            return False
        rescued = self.rescue()
        if rescued:
            self._rescued += len(rescued)
            self.dispatch.observer.rescued(rescued)
        else:
            self._rescued_at_s = now_s
        return bool(rescued)

    def _advance_campaigns(self) -> bool:
        unfinished = self.dispatch.campaigns.unfinished()
        for campaign in unfinished:
            self.dispatch.observer.advanced(self.dispatch.campaigns.advance(campaign.id, self.dispatch.clock.now()))
        return bool(unfinished)

    def _bear(self, error: StoreUnavailable) -> None:
        """Wait for a store that cannot be used; what is under way may answer meanwhile, nothing new is sent."""
        self.dispatch.observer.store_failed(error)
        now_s = self.dispatch.clock.elapsed_s()
        if self._failing_since_s is None:
            self._failing_since_s = now_s
        if not self.command.watch and now_s - self._failing_since_s > STORE_PATIENCE_S:
            raise error
        self._collect()
        self.command.stop.wait(IDLE_WAIT_S)

    def _wind_up(self) -> None:
        """Cut short what is under way, wait for it, and record the end of it."""
        calls = self.delivery.calls
        if self.command.stop.is_set():
            calls.cut_short()
        until_s = self.dispatch.clock.elapsed_s() + self.command.grace_s
        while calls.is_waited_for and self.dispatch.clock.elapsed_s() < until_s:
            self._collect(wait_s=BUSY_WAIT_S)
        for call in calls.unanswered():
            self.delivery.give_up(call)
        self._record_before(until_s)

    def _record_before(self, until_s: float) -> None:
        while True:
            try:
                return self._record()
            except StoreUnavailable as error:
                self.dispatch.observer.store_failed(error)
                if self.dispatch.clock.elapsed_s() >= until_s:
                    raise
                self._collect(wait_s=BUSY_WAIT_S)  # an answer that comes after all counts
