"""One claim on its way through the gateways."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from attrs import define, field

from application.ports.sender import OutboundMessage
from domain.claim import Claim, Conclusion, Rules, conclude
from domain.gates import GateContext
from domain.hand_over import HandOver, settle
from domain.outcome import Accepted, NotStarted, Outcome, Unreachable, name_of, reason_of
from domain.suppression import Suppression
from domain.suppression_reason import SuppressionReason, opt_out_reason


@define(eq=False)
class Attempt:
    """A claim, its messages (one an address still open), and what was said of each so far.

    ``context`` is what the gates let it pass with; it ``must_begin`` where the store is asked once more before it goes.
    It ``is_refused`` where something changed before it had begun: nothing of it is handed over.
    """

    claim: Claim
    rules: Rules
    context: GateContext
    messages: Sequence[OutboundMessage]
    must_begin: bool = False
    has_begun: bool = False
    is_refused: bool = False
    outcomes: dict[str, Outcome] = field(factory=dict)
    hand_overs: list[HandOver] = field(factory=list)
    pause: timedelta = timedelta(0)

    def record(self, message: OutboundMessage, gateway: str, outcome: Outcome, at: datetime, duration_ms: int) -> None:
        """Keep what *gateway* said of one message; what was not started is no hand-over."""
        self.outcomes[message.address] = outcome
        if isinstance(outcome, NotStarted):
            return
        claim = self.claim
        self.hand_overs.append(
            HandOver(
                notification_id=claim.notification_id,
                fence=claim.fence,
                attempt=claim.attempts,
                gateway=gateway,
                address=message.address,
                outcome=name_of(outcome),
                at=at,
                duration_ms=duration_ms,
                provider_id=outcome.provider_id if isinstance(outcome, Accepted) else None,
                reason=reason_of(outcome),
            )
        )

    @property
    def is_over(self) -> bool:
        """Say whether every address has its outcome."""
        return len(self.outcomes) == len(self.messages)

    @property
    def has_success(self) -> bool:
        """Say whether any address accepted it."""
        return any(isinstance(outcome, Accepted) for outcome in self.outcomes.values())

    def conclusion(self, now: datetime, spread: Callable[[], float]) -> Conclusion:
        """Return what the outcomes of all addresses lead to; *spread* draws the jitter where there is any."""
        outcomes = list(self.outcomes.values())
        outcome = settle(outcomes, accepted_before=self.claim.accepted_before, resend=self.rules.resend)
        is_alone = len(outcomes) == 1
        return conclude(
            self.claim,
            outcome,
            now,
            self.rules,
            1.0 if isinstance(outcome, Accepted) else spread(),
            self.pause,
            hand_overs=self.hand_overs,
            suppressions=() if is_alone and isinstance(outcome, Accepted) else self._suppressions(now),
        )

    def _suppressions(self, now: datetime) -> list[Suppression]:
        channel = self.claim.channel
        return [
            Suppression(
                channel=channel,
                address=address,
                reason=opt_out_reason(channel) if outcome.opted_out else SuppressionReason.UNREACHABLE,
                at=now,
                detail=outcome.reason,
            )
            for address, outcome in self.outcomes.items()
            if isinstance(outcome, Unreachable)
        ]
