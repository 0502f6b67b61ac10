from collections.abc import Callable

from adapters.gateways.in_turn import in_turn
from adapters.system_clock import SystemClock
from application.ports.clock import Deadline
from application.ports.sender import OutboundMessage
from domain.channel import Channel
from domain.outcome import Accepted, Deferred, GatewayDown, NotStarted, Outcome, Rejected, Throttled, Unknown
from entrypoints.testing.sender_contract import outbounds

MESSAGES = outbounds(Channel.SMS, 4)


class TurningClock:
    """A clock whose time passes when it is told to."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self.now = SystemClock().now

    def elapsed_s(self) -> float:
        return self.elapsed


def answering(*outcomes: Outcome) -> Callable[[OutboundMessage], Outcome]:
    following = iter(outcomes)
    return lambda _: next(following)


def test_outcomes_come_in_the_order_of_the_messages() -> None:
    outcomes: list[Outcome] = [Accepted("1"), Rejected("no"), Deferred("later"), Unknown("lost")]

    assert in_turn(MESSAGES, Deadline.after(1, TurningClock()), answering(*outcomes)) == outcomes


def test_after_a_gateway_that_is_down_nothing_is_handed_over() -> None:
    down = GatewayDown("no route")

    found = in_turn(MESSAGES, Deadline.after(1, TurningClock()), answering(Accepted("1"), down))

    assert found == [Accepted("1"), down, *[NotStarted("the gateway stopped before its turn")] * 2]


def test_after_a_throttle_nothing_is_handed_over() -> None:
    found = in_turn(MESSAGES, Deadline.after(1, TurningClock()), answering(Throttled("slow down")))

    assert found == [Throttled("slow down"), *[NotStarted("the gateway stopped before its turn")] * 3]


def test_after_three_lost_answers_in_a_row_nothing_is_handed_over() -> None:
    found = in_turn(MESSAGES, Deadline.after(1, TurningClock()), answering(*[Unknown("lost")] * 3))

    assert found == [*[Unknown("lost")] * 3, NotStarted("the gateway lost several answers in a row")]


def test_lost_answers_that_are_not_in_a_row_stop_nothing() -> None:
    outcomes: list[Outcome] = [Unknown("lost"), Unknown("lost"), Accepted(), Unknown("lost")]

    assert in_turn(MESSAGES, Deadline.after(1, TurningClock()), answering(*outcomes)) == outcomes


def test_after_the_deadline_nothing_is_handed_over() -> None:
    clock = TurningClock()

    def hand_over(_: OutboundMessage) -> Outcome:
        clock.elapsed += 0.6
        return Accepted()

    found = in_turn(MESSAGES, Deadline.after(1, clock), hand_over)

    assert found == [Accepted(), Accepted(), NotStarted(), NotStarted()]
