"""One turn of a dispatcher at its store: record, rescue, advance campaigns, claim."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

from attrs import define, field, frozen

from application.ports.campaign_repository import CampaignRepository
from application.ports.clock import Clock, Deadline
from application.ports.dispatch_queue import Claimed, ClaimRequest, DispatchQueue
from application.ports.sender import Gateway
from application.sending.rescue import RescueLost
from domain.campaign import Campaign
from domain.claim import LOSSES_MAX, Conclusion
from domain.errors import StoreUnavailable
from domain.frequency_cap import FrequencyCap
from domain.lane import Lane
from domain.lifecycle import Event
from domain.suppression_reason import EVERY_REASON, SuppressionReason

_DAY = timedelta(days=1)


@frozen(kw_only=True)
class ClaimPlan:
    """What is to be claimed: up to *limit* of *lane*, for *gateway*, which has *room* for so many altogether.

    *last_chances* says whether one may be taken that the next death of a dispatcher gives up; *stopped_by* for which
    reasons a suppressed address must not be used; *cap* is that of its type, if it has one.
    """

    lane: Lane
    gateway: Gateway
    limit: int
    room: int
    last_chances: bool = True
    stopped_by: frozenset[SuppressionReason] = EVERY_REASON
    cap: FrequencyCap | None = None


@frozen
class Taken:
    """What a claim brought. The deadline is half of the lease, counted from before the claim."""

    plan: ClaimPlan
    claimed: Claimed
    deadline: Deadline

    @property
    def last_chance(self) -> int | None:
        """Return the id of the one that the next death gives up, if such a one was claimed; it comes alone."""
        claims = self.claimed.claims
        if len(claims) == 1 and claims[0].losses >= LOSSES_MAX - 1:
            return claims[0].notification_id
        return None


@define(eq=False, kw_only=True)
class Turn:
    """What one turn is to do, and how far it came: where the store fails, what was done before stands.

    Once *stop* is set, or it was given up, nothing more is begun.
    """

    queue: DispatchQueue
    campaigns: CampaignRepository
    rescue: RescueLost
    clock: Clock
    lease: timedelta
    owner: int
    conclusions: Sequence[Conclusion]
    rescues: bool
    plans: Sequence[ClaimPlan]
    stop: threading.Event
    limit: int | None = None
    is_given_up: bool = False
    steps: Mapping[int, Event] | None = field(default=None, init=False)
    rescued: Sequence[Conclusion] = field(default=(), init=False)
    advanced: list[Campaign] = field(factory=list, init=False)
    taken: list[Taken] = field(factory=list, init=False)
    error: StoreUnavailable | None = field(default=None, init=False)
    _has_last_chance: bool = field(default=False, init=False)

    def __call__(self) -> None:
        """Do it; nothing new is claimed where what was concluded could not be recorded."""
        try:
            self._record()
            self._rescue()
            self._advance()
            self._claim()
        except StoreUnavailable as error:
            self.error = error

    @property
    def moved(self) -> bool:
        """Say whether it did anything."""
        claimed = any(taken.claimed.claims for taken in self.taken)
        return bool(self.conclusions or self.rescued or self.advanced or claimed)

    @property
    def _is_over(self) -> bool:
        return self.is_given_up or self.stop.is_set()

    def _record(self) -> None:
        self.steps = self.queue.conclude(self.conclusions, self.clock.now()) if self.conclusions else {}

    def _rescue(self) -> None:
        if self.rescues:
            self.rescued = self.rescue()

    def _advance(self) -> None:
        """Bring every unfinished campaign one chunk further."""
        for campaign in self.campaigns.unfinished():
            if self._is_over:
                return
            self.advanced.append(self.campaigns.advance(campaign.id, self.clock.now()))

    def _claim(self) -> None:
        taken: Counter[str] = Counter()  # by gateway
        left = self.limit
        for plan in self.plans:
            wanted = min(plan.limit, plan.room - taken[plan.gateway.name])
            wanted = wanted if left is None else min(wanted, left)
            if self._is_over:
                return
            if wanted <= 0:
                continue
            deadline = Deadline.after(self.lease.total_seconds() / 2, self.clock)
            claimed = self.queue.claim(self._request(plan, wanted))
            self.taken.append(Taken(plan, claimed, deadline))
            self._has_last_chance = self._has_last_chance or self.taken[-1].last_chance is not None
            taken[plan.gateway.name] += len(claimed.claims)
            left = None if left is None else left - len(claimed.claims)

    def _request(self, plan: ClaimPlan, wanted: int) -> ClaimRequest:
        now = self.clock.now()
        return ClaimRequest(
            lane=plan.lane,
            limit=wanted,
            owner=self.owner,
            now=now,
            lease=self.lease,
            gateway=plan.gateway.name,
            rate=plan.gateway.rate,
            last_chances=plan.last_chances and not self._has_last_chance,
            stopped_by=plan.stopped_by,
            capped_since=None if plan.cap is None else plan.cap.told_since(now),
        )
