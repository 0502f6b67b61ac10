"""What several addresses make of one attempt, over all combinations of outcomes."""

from itertools import product

import pytest

from domain.hand_over import settle
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

KINDS: tuple[Outcome, ...] = (
    Accepted("SM1"),
    Deferred("busy"),
    Throttled("429"),
    Rejected("spam"),
    Unreachable("gone"),
    GatewayDown("refused"),
    Unknown("timeout"),
    NotStarted(),
)
COMBINATIONS = [one for size in (1, 2, 3) for one in product(KINDS, repeat=size)]
COMES_BACK = (Deferred, Throttled, GatewayDown, NotStarted)


def is_left(outcome: Outcome, resend: bool) -> bool:
    return isinstance(outcome, COMES_BACK) or (resend and isinstance(outcome, Unknown))


def expected_kinds(outcomes: tuple[Outcome, ...], accepted_before: bool, resend: bool) -> tuple[type[Outcome], ...]:
    """Sent if any was accepted and none is left to try; else Unknown, Deferred, Rejected, Unreachable."""
    some_accepted = accepted_before or any(isinstance(one, Accepted) for one in outcomes)
    if some_accepted and not any(is_left(one, resend) for one in outcomes):
        return (Accepted,)
    orders: tuple[tuple[type[Outcome], ...], ...] = ((Unknown,), COMES_BACK, (Rejected,), (Unreachable,))
    for kinds in orders:
        if any(isinstance(one, kinds) for one in outcomes):
            return kinds
    raise AssertionError(outcomes)


@pytest.mark.parametrize("resend", [True, False])
@pytest.mark.parametrize("accepted_before", [True, False])
def test_every_combination_is_settled_as_the_rule_says(accepted_before: bool, resend: bool) -> None:
    for outcomes in COMBINATIONS:
        settled = settle(outcomes, accepted_before=accepted_before, resend=resend)
        assert isinstance(settled, expected_kinds(outcomes, accepted_before, resend)), outcomes


@pytest.mark.parametrize("resend", [True, False])
def test_the_order_of_the_addresses_decides_nothing(resend: bool) -> None:
    for outcomes in COMBINATIONS:
        there = settle(outcomes, accepted_before=False, resend=resend)
        back = settle(outcomes[::-1], accepted_before=False, resend=resend)
        assert there == back, outcomes


@pytest.mark.parametrize("outcome", KINDS)
def test_a_single_address_is_as_it_says(outcome: Outcome) -> None:
    assert settle([outcome], accepted_before=False, resend=True) is outcome


def test_an_attempt_is_spent_when_some_succeed_while_others_meet_a_gateway_that_is_down() -> None:
    for other in (Throttled("429"), GatewayDown("refused"), NotStarted()):
        assert isinstance(settle([Accepted(), other], accepted_before=False, resend=True), Deferred)
        assert settle([other], accepted_before=True, resend=True) is other


def test_the_providers_id_of_the_accepted_one_is_kept() -> None:
    assert settle([Unreachable("gone"), Accepted("SM1")], accepted_before=False, resend=True) == Accepted("SM1")


def test_what_was_accepted_before_counts_when_nothing_else_is_left() -> None:
    assert settle([], accepted_before=True, resend=True) == Accepted()
    assert settle([Unreachable("gone")], accepted_before=True, resend=False) == Accepted()


def test_an_attempt_without_any_address_is_our_own_fault() -> None:
    with pytest.raises(AssertionError):
        settle([], accepted_before=False, resend=True)
