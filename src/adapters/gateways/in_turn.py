"""Handing the messages of one call over one after the other."""

from collections.abc import Callable, Sequence

from application.ports.clock import Deadline
from application.ports.sender import OutboundMessage
from domain.outcome import GatewayDown, NotStarted, Outcome, Throttled


def in_turn(
    messages: Sequence[OutboundMessage], deadline: Deadline, hand_over: Callable[[OutboundMessage], Outcome]
) -> list[Outcome]:
    """Return one outcome a message, in the order given, as the port of senders promises.

    Nothing is started after *deadline*, nor after the gateway was down or throttled.
    """
    outcomes: list[Outcome] = []
    for message in messages:
        if deadline.has_passed:
            break
        outcomes.append(hand_over(message))
        if isinstance(outcomes[-1], GatewayDown | Throttled):
            rest = NotStarted("the gateway stopped before its turn")
            return outcomes + [rest] * (len(messages) - len(outcomes))
    return outcomes + [NotStarted()] * (len(messages) - len(outcomes))
