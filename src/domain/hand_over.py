"""Giving one message for one address to a gateway, and what became of several that belong together."""

from collections.abc import Sequence
from datetime import datetime

from attrs import define

from domain.outcome import (
    Accepted,
    Deferred,
    GatewayDown,
    NotStarted,
    Outcome,
    Rejected,
    Throttled,
    Unknown,
    Unreachable,
)


@define(kw_only=True, unsafe_hash=True)
class HandOver:
    """One line of the history, kept per (notification, fence, gateway, address).

    Nobody changes one; see :class:`domain.claim.Claim`.

    ``outcome`` is the outcome's word (:data:`domain.outcome.NAMES`), ``attempt`` the number of the attempt it was part
    of. ``gateway`` and ``address`` are empty where a dispatcher died and nobody knows what it had done.
    """

    notification_id: int
    fence: int
    attempt: int
    gateway: str
    address: str
    outcome: str
    at: datetime
    duration_ms: int | None = None
    provider_id: str | None = None
    reason: str | None = None


_OPEN = (Throttled, GatewayDown, NotStarted, Deferred)


def settle(outcomes: Sequence[Outcome], *, accepted_before: bool, resend: bool) -> Outcome:
    """Return the one outcome of an attempt that went to several addresses.

    Sent if any address accepted it, now or in an earlier attempt (*accepted_before*), and none is left to try; a lost
    answer is left to try if the type sends again (*resend*). Else, in this order, Unknown, what comes back later,
    Rejected, Unreachable decide.
    """
    if len(outcomes) == 1 and not accepted_before:
        return outcomes[0]
    left = [one for one in outcomes if isinstance(one, _OPEN) or (resend and isinstance(one, Unknown))]
    accepted = next((one for one in outcomes if isinstance(one, Accepted)), None)
    if not left and (accepted or accepted_before):
        return accepted or Accepted()
    # A deferral spends an attempt, so it stands before what spends none: else a message whose addresses disagree
    # would never use up its budget.
    if accepted and not any(isinstance(one, Unknown | Deferred) for one in outcomes):
        return Deferred("accepted for some addresses; the others follow")
    for kind in (Unknown, Deferred, Throttled, GatewayDown, NotStarted, Rejected, Unreachable):
        for outcome in outcomes:
            if isinstance(outcome, kind):
                return outcome
    raise AssertionError("an attempt without a hand-over has no outcome")
