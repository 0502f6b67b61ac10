"""The outcomes are closed: each has a word, a reason, and an end in every function over them."""

from datetime import timedelta
from typing import get_args

import pytest

from domain.outcome import (
    NAMES,
    Accepted,
    Cause,
    Deferred,
    GatewayDown,
    NotStarted,
    Outcome,
    Rejected,
    Throttled,
    Unknown,
    Unreachable,
    name_of,
    reason_of,
)

EXAMPLES: list[tuple[Outcome, str, str | None]] = [
    (Accepted("SM1"), "accepted", None),
    (Deferred("greylisted", timedelta(seconds=9)), "deferred", "greylisted"),
    (Throttled("429", timedelta(seconds=9)), "throttled", "429"),
    (Rejected("spam"), "rejected", "spam"),
    (Unreachable("gone"), "unreachable", "gone"),
    (GatewayDown("refused", Cause.CONFIGURATION), "gateway_down", "refused"),
    (Unknown("timeout"), "unknown", "timeout"),
    (NotStarted(), "not_started", "the deadline came before its turn"),
]


@pytest.mark.parametrize(("outcome", "name", "reason"), EXAMPLES)
def test_an_outcome_has_its_word_and_its_reason(outcome: Outcome, name: str, reason: str | None) -> None:
    assert name_of(outcome) == name
    assert reason_of(outcome) == reason


def test_every_outcome_of_the_union_has_a_word_and_an_example_here() -> None:
    assert set(get_args(Outcome)) == set(NAMES) == {type(outcome) for outcome, _, _ in EXAMPLES}
    assert len(set(NAMES.values())) == len(NAMES)


def test_a_gateway_is_down_for_a_while_unless_it_says_otherwise() -> None:
    assert GatewayDown("refused").cause is Cause.TRANSIENT
