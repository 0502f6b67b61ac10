"""What the calls of a gateway teach of how long the next one takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.sending.speed import MESSAGE_FIRST_S, Speed


def after(speed: Speed, calls: int, call_s: float, message_s: float, seconds: float, most: int = 1000) -> list[int]:
    """Return the sizes of *calls* calls, each as large as the one before it taught."""
    sizes = []
    for _ in range(calls):
        sizes.append(min(most, speed.fitting(seconds)))
        speed.learn(sizes[-1], call_s + message_s * sizes[-1])
    return sizes


def test_before_the_first_call_a_message_is_taken_to_be_slow() -> None:
    assert Speed().message_s == MESSAGE_FIRST_S
    assert Speed().fitting(0.02) == 1


@pytest.mark.parametrize(
    ("call_s", "message_s", "fitting"),
    [(0.0, 0.001, 250), (0.3, 0.001, 250), (0.3, 0.0, 1000), (0.0, 0.0001, 1000), (0.0, 1.0, 1), (2.0, 0.1, 2)],
)
def test_a_call_grows_to_what_its_messages_fill_whatever_it_costs_by_itself(
    call_s: float, message_s: float, fitting: int
) -> None:
    sizes = after(Speed(), 40, call_s, message_s, 0.25)
    assert sizes[-1] == pytest.approx(fitting, rel=0.25, abs=1)


def test_a_gateway_that_became_slow_gets_less_soon() -> None:
    speed = Speed()
    assert after(speed, 40, 0.0, 0.0001, 0.25)[-1] == 1000
    assert max(after(speed, 40, 0.0, 0.05, 0.25)[3:]) * 0.05 < 5, "a call is over in seconds at once"
    assert after(speed, 40, 0.0, 0.05, 0.25)[-1] == pytest.approx(5, abs=2)


@given(st.lists(st.tuples(st.integers(1, 500), st.floats(0, 100)), min_size=1, max_size=40), st.floats(0.001, 1))
def test_whatever_was_seen_a_call_has_a_message_and_is_at_most_twice_the_largest(
    seen: list[tuple[int, float]], seconds: float
) -> None:
    speed = Speed()
    for number, took_s in seen:
        speed.learn(number, took_s)
    assert 1 <= speed.fitting(seconds) <= 2 * max(number for number, _ in seen)
    assert speed.message_s > 0
