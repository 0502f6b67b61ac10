"""One run of a dispatcher: round after round, until nothing is left to do or somebody says stop."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from attrs import define, field, frozen

from application.ports.campaign_repository import CampaignRepository
from application.ports.clock import Clock
from application.ports.dispatch_observer import DispatchObserver
from application.ports.dispatch_queue import DispatchQueue
from application.sending.claiming import Claiming
from application.sending.clerk import Clerk, Errand
from application.sending.delivery import Delivery
from application.sending.rescue import RescueLost
from application.sending.turn import ClaimPlan, Turn
from domain.claim import Conclusion
from domain.errors import StoreUnavailable
from domain.lifecycle import Event

IDLE_WAIT_S = 0.25  # between looks at the store while nothing is due; what this process adds is heard at once
BUSY_WAIT_S = 0.02  # for a slot, a token or an answer
STORE_PATIENCE_S = 10.0  # how long a run that is not to watch bears a store that cannot be used
RESCUE_INTERVAL_S = 1.0
RECORD_AFTER_S = 0.02  # so long may conclusions wait for others to be recorded with them
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

    ``left_behind`` says why due work could not go out, a sentence a cause. ``waiting`` were put off by a gate, which is
    nothing wrong, and the first of them falls due again at ``waiting_until``. ``next_due`` is when the next pending
    notification falls due.
    """

    events: Mapping[Event, int]
    rescued: int
    left_behind: tuple[str, ...]
    waiting: int
    waiting_until: datetime | None
    next_due: datetime | None


@define(eq=False, kw_only=True)
class DispatchRun:
    """The state of one run; only the thread that runs it touches it, but for the turn that the clerk has."""

    command: DispatchCommand
    queue: DispatchQueue
    campaigns: CampaignRepository
    clock: Clock
    observer: DispatchObserver
    lease: timedelta
    batch: int
    owner: int
    claiming: Claiming
    delivery: Delivery
    rescue: RescueLost
    clerk: Clerk
    _turn: Turn | None = field(default=None, init=False)
    _errand: Errand | None = field(default=None, init=False)
    _events: Counter[Event] = field(factory=Counter, init=False)
    _claimed: int = field(default=0, init=False)
    _rescued: int = field(default=0, init=False)
    _looked_at_s: float | None = field(default=None, init=False)
    _failing_since_s: float | None = field(default=None, init=False)
    _unrecorded_since_s: float | None = field(default=None, init=False)
    _held_back: dict[int, str] = field(factory=dict, init=False)
    _put_off: dict[int, datetime] = field(factory=dict, init=False)

    def to_the_end(self) -> DispatchSummary:
        """Go round until nothing is left to do or somebody says stop, then finish what is under way."""
        while not self.command.stop.is_set():
            try:
                is_done = self._round()
            except StoreUnavailable as error:
                self._bear(error)
                is_done = False
            if is_done and not self.command.watch:
                break
        self._wind_up()
        now = self.clock.now()
        waiting = [until for until in self._put_off.values() if until > now]
        return DispatchSummary(
            events=dict(self._events),
            rescued=self._rescued,
            left_behind=tuple(dict.fromkeys([*self.claiming.blocked.values(), *self._held_back.values()])),
            waiting=len(waiting),
            waiting_until=min(waiting, default=None),
            next_due=self.queue.next_due(),
        )

    def _round(self) -> bool:
        """Do one round and return whether nothing is left to do.

        What the last turn claimed is prepared and sent while the clerk has the next turn.
        """
        turn = self._finished_turn()
        self._take(turn)
        self.claiming.routing.refresh()
        has_sent = self._send_turn(turn)
        self._prepare(turn)
        has_started = self._failing_since_s is None and self.delivery.start_calls()
        if self._collect() or has_sent or has_started or (turn is not None and turn.moved):
            return False
        return self._wait()

    def _wait(self) -> bool:
        """Wait for an answer of whatever kind, and return whether there is nothing to wait for."""
        delivery = self.delivery
        is_busy = self._turn is not None or delivery.is_holding or bool(delivery.conclusions)
        if is_busy or delivery.calls.is_waited_for or self.claiming.must_wait:
            self._collect(wait_s=BUSY_WAIT_S)
        elif self.rescue.is_watching or self.command.watch:
            self._collect(wait_s=IDLE_WAIT_S)
        else:
            return True
        return False

    def _finished_turn(self) -> Turn | None:
        """Return the turn that the clerk has done since the last look, if there is one."""
        if self._turn is None or self._errand is None or not self._errand.done.is_set():
            return None
        turn, errand, self._turn, self._errand = self._turn, self._errand, None, None
        errand.finish()
        return turn

    def _take(self, turn: Turn | None) -> None:
        """Take note of what a turn did.

        :raises StoreUnavailable: it could not do all; what it claimed before that is handed back.
        """
        if turn is None:
            return
        if turn.steps is None:
            self.delivery.conclusions[:0] = turn.conclusions  # kept, and tried again until they are in
        else:
            self._recorded(turn.conclusions, turn.steps)
        if turn.rescued:
            self._rescued += len(turn.rescued)
            self.observer.rescued(turn.rescued)
        for campaign in turn.advanced:
            self.observer.advanced(campaign)
        self.claiming.took(turn.taken)
        self._claimed += sum(len(taken.claimed.claims) for taken in turn.taken)
        if turn.error is not None:
            self._prepare(turn)
            raise turn.error
        self._failing_since_s = None

    def _send_turn(self, before: Turn | None) -> bool:
        """Give the clerk the next turn, unless it has one or there is nothing to do; return whether there was."""
        if self._turn is not None:
            return False
        plans = self._plans(before)
        rescues = self._is_time_to_rescue()
        has_campaigns = bool(self.campaigns.unfinished())
        if not (plans or rescues or has_campaigns or self._is_time_to_record()):
            return False
        conclusions = self.delivery.conclusions.copy()
        self.delivery.conclusions.clear()
        self._unrecorded_since_s = None
        self._turn = Turn(
            queue=self.queue,
            campaigns=self.campaigns,
            rescue=self.rescue,
            clock=self.clock,
            lease=self.lease,
            owner=self.owner,
            conclusions=conclusions,
            rescues=rescues,
            plans=plans,
            stop=self.command.stop,
            limit=None if self.command.limit is None else self.command.limit - self._claimed,
        )
        self._errand = self.clerk.send(self._turn)
        return True

    def _plans(self, before: Turn | None) -> Sequence[ClaimPlan]:
        if self.command.limit is not None and self._claimed >= self.command.limit:
            self.claiming.must_wait = False
            return ()
        return self.claiming.plan(_coming(before))

    def _is_time_to_rescue(self) -> bool:
        now_s = self.clock.elapsed_s()
        if self._looked_at_s is not None and now_s - self._looked_at_s < RESCUE_INTERVAL_S:
            return False
        self._looked_at_s = now_s
        return True

    def _is_time_to_record(self) -> bool:
        """Say whether conclusions are to be written: they are many, old enough, or nothing else is left to do."""
        if not self.delivery.conclusions:
            return False
        now_s = self.clock.elapsed_s()
        if self._unrecorded_since_s is None:
            self._unrecorded_since_s = now_s
        is_old = now_s - self._unrecorded_since_s >= RECORD_AFTER_S
        return is_old or len(self.delivery.conclusions) >= self.batch or not self.delivery.calls.is_waited_for

    def _prepare(self, turn: Turn | None) -> None:
        for taken in turn.taken if turn is not None else ():
            if taken.claimed.claims:
                self.delivery.prepare(taken.plan.gateway, taken.claimed, taken.deadline)

    def _collect(self, wait_s: float = 0) -> bool:
        """Take the answers that are there, and give up on calls that are overdue."""
        has_collected = False
        overdue_s = OVERDUE_LEASES * self.lease.total_seconds()
        for call in self.delivery.calls.finished(wait_s):
            self.delivery.finish(call)
            has_collected = True
        for call in self.delivery.calls.overdue(overdue_s):
            self.delivery.give_up(call)
            has_collected = True
        return has_collected

    def _record(self) -> None:
        """Write what is concluded, at once; it is kept and tried again until it is in."""
        conclusions = self.delivery.conclusions
        if conclusions:
            steps = self.queue.conclude(conclusions, self.clock.now())
            recorded = conclusions.copy()
            conclusions.clear()
            self._recorded(recorded, steps)

    def _recorded(self, conclusions: Sequence[Conclusion], steps: Mapping[int, Event]) -> None:
        self.claiming.recorded(conclusions)
        written = [conclusion for conclusion in conclusions if conclusion.notification_id in steps]
        if not written:
            return
        self._events.update(steps.values())
        if not self.command.watch:
            self._keep_held_back(written, steps)
        self.observer.concluded(written)

    def _keep_held_back(self, written: Sequence[Conclusion], steps: Mapping[int, Event]) -> None:
        """Remember what could not go out and why, for the end of a run that is not to watch."""
        for conclusion in written:
            number = conclusion.notification_id
            self._held_back.pop(number, None)
            self._put_off.pop(number, None)
            if steps[number] is not Event.POSTPONE:
                continue
            if conclusion.in_order:
                assert conclusion.next_attempt_at is not None
                self._put_off[number] = conclusion.next_attempt_at
            else:
                self._held_back[number] = conclusion.reason or "postponed"

    def _bear(self, error: StoreUnavailable) -> None:
        """Wait for a store that cannot be used; what is under way may answer meanwhile, nothing new is sent."""
        self.observer.store_failed(error)
        now_s = self.clock.elapsed_s()
        if self._failing_since_s is None:
            self._failing_since_s = now_s
        if not self.command.watch and now_s - self._failing_since_s > STORE_PATIENCE_S:
            raise error
        self._looked_at_s = None
        self._collect()
        self.command.stop.wait(IDLE_WAIT_S)

    def _wind_up(self) -> None:
        """Cut short what is under way, wait for it, and record the end of it."""
        calls = self.delivery.calls
        until_s = self.clock.elapsed_s() + self.command.grace_s
        if self.command.stop.is_set():
            calls.cut_short()
        self._end_turn(until_s)
        self.delivery.hand_back("the dispatcher was stopped")
        while calls.is_waited_for and self.clock.elapsed_s() < until_s:
            self._collect(wait_s=BUSY_WAIT_S)
        for call in calls.unanswered():
            self.delivery.give_up(call)
        if self._turn is not None:
            self._turn.is_given_up = True
            raise StoreUnavailable("the store did not answer before the end; what was held will be rescued")
        self._record_before(until_s)

    def _end_turn(self, until_s: float) -> None:
        """Wait for the turn that the clerk has; what it claimed is handed back."""
        while self._turn is not None and self.clock.elapsed_s() < until_s:
            turn = self._finished_turn()
            if turn is None:
                self._collect(wait_s=BUSY_WAIT_S)
                continue
            try:
                self._take(turn)
            except StoreUnavailable as error:
                self.observer.store_failed(error)
            else:
                self._prepare(turn)

    def _record_before(self, until_s: float) -> None:
        while True:
            try:
                self._record()
            except StoreUnavailable as error:
                self.observer.store_failed(error)
                if self.clock.elapsed_s() >= until_s:
                    raise
                self._collect(wait_s=BUSY_WAIT_S)  # an answer that comes after all counts
            else:
                return


def _coming(turn: Turn | None) -> Mapping[str, int]:
    """Return how many messages each gateway is about to have of what *turn* claimed."""
    coming: Counter[str] = Counter()
    for taken in turn.taken if turn is not None else ():
        coming[taken.plan.gateway.name] += len(taken.claimed.claims)
    return coming
