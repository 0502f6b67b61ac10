"""What becomes of a claim that a gate holds back or stops."""

from datetime import datetime
from typing import assert_never

from attrs import evolve

from domain.claim import Claim, Conclusion, Rules, postpone, stop
from domain.discretion import discreet_verdict
from domain.gates import GateContext, Pass, Postpone, Stop, decisive, judge, judge_again
from domain.recipient import is_for_tests


def held_back(claim: Claim, rules: Rules, context: GateContext) -> Conclusion | None:
    """Return how *claim* ends or waits by the word of a gate, or None if it passes them all."""
    verdict = judge(context, rules.gates)
    return None if isinstance(verdict, Pass) else _concluded(claim, rules, context, verdict)


def held_back_again(claim: Claim, rules: Rules, context: GateContext, now: datetime) -> Conclusion | None:
    """Return the same by the gates that read the clock, just before the hand-over of what had passed them all."""
    verdict = judge_again(context, now)
    return None if isinstance(verdict, Pass) else _concluded(claim, rules, evolve(context, now=now), verdict)


def is_discreet(claim: Claim, rules: Rules) -> bool:
    """Say whether what is stored must not tell what is known of the recipient.

    Whoever tests may send to everybody, and does not learn what they want, when they sleep, and what they are called.
    """
    return rules.test and not is_for_tests(claim.recipient.id)


def _concluded(claim: Claim, rules: Rules, context: GateContext, verdict: Stop | Postpone) -> Conclusion:
    if is_discreet(claim, rules):
        gate, _ = decisive(context)
        verdict = discreet_verdict(gate, verdict)
    match verdict:
        case Stop(event, reason):
            return stop(claim, event, reason)
        case Postpone(until, reason):
            return postpone(claim, until, reason)
        case _:
            assert_never(verdict)
