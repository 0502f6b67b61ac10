"""What an error code of a provider means for us: one row a code."""

from datetime import timedelta
from enum import Enum, auto
from typing import assert_never

from attrs import frozen

from adapters.gateways.reason import shorten
from domain.outcome import (
    Accepted,
    Cause,
    Deferred,
    GatewayDown,
    Outcome,
    Rejected,
    Throttled,
    Unknown,
    Unreachable,
    reason_of,
)


class Verdict(Enum):
    """The kind of outcome that a code leads to."""

    UNREACHABLE = auto()
    OPTED_OUT = auto()  # the same, by the owner's own wish
    REJECTED = auto()
    MISCONFIGURED = auto()  # the gateway is down until somebody mends its settings or the account
    DEFERRED = auto()
    THROTTLED = auto()
    UNKNOWN = auto()


@frozen
class Row:
    """One row of a provider's table.

    ``meaning`` is the provider's own; ``remedy`` says what to do; ``pause`` applies where the provider names no time.
    """

    verdict: Verdict
    meaning: str
    remedy: str = ""
    pause: timedelta | None = None

    def outcome(self, label: str, said: str, retry_after: timedelta | None) -> Outcome:
        """Return the outcome of an answer with this row's code.

        *label* names the provider and its code; *said* are its words in the answer, already redacted.
        """
        advice = f"{self.meaning}; {self.remedy}" if self.remedy else self.meaning
        reason = shorten(f"{advice} ({label}: {said})" if said else f"{advice} ({label})")
        wait = retry_after or self.pause
        match self.verdict:
            case Verdict.UNREACHABLE:
                return Unreachable(reason)
            case Verdict.OPTED_OUT:
                return Unreachable(reason, opted_out=True)
            case Verdict.REJECTED:
                return Rejected(reason)
            case Verdict.MISCONFIGURED:
                return GatewayDown(reason, Cause.CONFIGURATION)
            case Verdict.DEFERRED:
                return Deferred(reason, wait)
            case Verdict.THROTTLED:
                return Throttled(reason, wait)
            case Verdict.UNKNOWN:
                return Unknown(reason)
            case _:
                assert_never(self.verdict)


def as_check(outcome: Outcome) -> Outcome:
    """Return *outcome* as a check says it: accepted, or else the gateway is down."""
    if isinstance(outcome, Accepted | GatewayDown):
        return outcome
    return GatewayDown(reason_of(outcome) or "it did not answer as expected")
