"""Handing the messages of one call over one after the other."""

from collections.abc import Callable, Sequence

from application.ports.clock import Deadline
from application.ports.sender import OutboundMessage
from domain.outcome import GatewayDown, NotStarted, Outcome, Throttled, Unknown

LOST_ANSWERS_MAX = 3
_ENDING = (GatewayDown, Throttled)  # a tuple, because a union is made anew at each look


def in_turn(
    messages: Sequence[OutboundMessage], deadline: Deadline, hand_over: Callable[[OutboundMessage], Outcome]
) -> list[Outcome]:
    """Return one outcome a message, in the order given, as the port of senders promises.

    Nothing is started after *deadline*, nor after the gateway was down or throttled, nor after it lost several answers
    in a row: each further one would be a message of which nobody knows whether it went out.
    """
    outcomes: list[Outcome] = []
    rest = NotStarted()
    lost_answers = 0
    for message in messages:
        if deadline.has_passed:
            break
        outcome = hand_over(message)
        outcomes.append(outcome)
        lost_answers = lost_answers + 1 if isinstance(outcome, Unknown) else 0
        if isinstance(outcome, _ENDING):
            rest = NotStarted("the gateway stopped before its turn")
            break
        if lost_answers >= LOST_ANSWERS_MAX:
            rest = NotStarted("the gateway lost several answers in a row")
            break
    return outcomes + [rest] * (len(messages) - len(outcomes))
