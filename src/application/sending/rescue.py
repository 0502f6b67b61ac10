"""Taking back what dispatchers held when they died."""

from attrs import define, field

from application.ports.clock import Clock
from application.ports.dispatch_queue import DispatchQueue
from application.ports.randomness import Randomness
from application.sending.rulebook import Rulebook
from domain.claim import Conclusion, LostClaim, rescue

LOOK_INTERVAL_S = 5.0
"""An expired lease counts when two looks this far apart, on a clock that never jumps, saw the same claim."""

BATCH = 500


@define(eq=False)
class RescueLost:
    """Return to the queue, or end, what dispatchers held that are gone.

    A dead owner is known by its released lock and rescued at once. Where only the lease has run out, the same claim
    must be seen twice, so that a clock that was set forward takes nothing from the living.
    """

    queue: DispatchQueue
    rulebook: Rulebook
    clock: Clock
    randomness: Randomness
    _first_seen_s: dict[tuple[int, int], float] = field(factory=dict, init=False)

    def __call__(self) -> list[Conclusion]:
        """Rescue one batch and return what became of it; empty if nothing is to be rescued now.

        :raises StoreUnavailable: nothing was rescued.
        """
        now = self.clock.now()
        lost = [claim for claim in self._look() if self._is_certain(claim)]
        conclusions = [
            rescue(
                claim, now, self.rulebook.rules(claim.channel, claim.type, test=claim.test), self.randomness.spread()
            )
            for claim in lost
        ]
        if not conclusions:
            return []
        steps = self.queue.conclude(conclusions, now)
        for claim in lost:
            self._first_seen_s.pop((claim.notification_id, claim.fence), None)
        return [conclusion for conclusion in conclusions if conclusion.notification_id in steps]

    @property
    def is_watching(self) -> bool:
        """Say whether a claim was seen once and waits for the second look."""
        return bool(self._first_seen_s)

    def _look(self) -> list[LostClaim]:
        lost = list(self.queue.lost_claims(self.clock.now(), BATCH))
        seen = {(claim.notification_id, claim.fence) for claim in lost}
        for gone in self._first_seen_s.keys() - seen:
            del self._first_seen_s[gone]
        return lost

    def _is_certain(self, claim: LostClaim) -> bool:
        if claim.owner_is_dead:
            return True
        now_s = self.clock.elapsed_s()
        first_s = self._first_seen_s.setdefault((claim.notification_id, claim.fence), now_s)
        return now_s - first_s >= LOOK_INTERVAL_S
