"""When a gateway rests, for how long, and what wakes it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.gateway_health import (
    PAUSE_CONFIGURATION,
    PAUSE_FIRST,
    PAUSE_MAX,
    PAUSE_THROTTLED_MAX,
    UNKNOWN_RUN_MAX,
    GatewayHealth,
)
from domain.outcome import (
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
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FRESH = GatewayHealth(gateway="mail")
DOWN, LOST = GatewayDown("refused"), Unknown("timeout")
ANSWERS: list[Outcome] = [Accepted(), Deferred("busy"), Rejected("spam"), Unreachable("gone")]


def failing(health: GatewayHealth, outcome: Outcome, times: int) -> list[timedelta]:
    """Return the pauses after *times* failures, each met when the pause before it was over."""
    now, pauses = NOW, []
    for _ in range(times):
        health = health.observe(outcome, now)
        pauses.append(health.rest(now))
        now += health.rest(now)
    return pauses


def test_a_fresh_gateway_is_usable_and_does_not_rest() -> None:
    assert FRESH.is_usable(NOW)
    assert FRESH.rest(NOW) == timedelta(0)
    assert not FRESH.is_down


class TestAFailure:
    def test_makes_it_rest_twice_as_long_each_time_up_to_a_limit(self) -> None:
        seconds = [pause.total_seconds() for pause in failing(FRESH, DOWN, 12)]
        assert seconds == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]

    def test_of_the_configuration_makes_it_rest_for_a_minute(self) -> None:
        health = FRESH.observe(GatewayDown("bad key", Cause.CONFIGURATION), NOW)
        assert (health.rest(NOW), health.reason, health.is_down) == (PAUSE_CONFIGURATION, "bad key", True)

    def test_never_shortens_a_pause(self) -> None:
        by_hand = GatewayHealth(gateway="mail", paused_until=NOW + timedelta(days=1), reason="maintenance")
        for outcome in (DOWN, GatewayDown("bad key", Cause.CONFIGURATION), Throttled("429"), LOST):
            health = by_hand
            for _ in range(9):
                health = health.observe(outcome, NOW)
            assert (health.paused_until, health.reason) == (by_hand.paused_until, "maintenance")


class TestALostAnswer:
    def test_makes_it_rest_only_in_a_run(self) -> None:
        health = FRESH
        for _ in range(UNKNOWN_RUN_MAX - 1):
            health = health.observe(LOST, NOW)
            assert health.is_usable(NOW)
        health = health.observe(LOST, NOW)
        assert (health.rest(NOW), health.reason, health.is_down) == (PAUSE_FIRST, "timeout", True)

    def test_is_forgotten_when_an_answer_comes(self) -> None:
        health = FRESH
        for _ in range(UNKNOWN_RUN_MAX * 3):
            health = health.observe(LOST, NOW).observe(Accepted(), NOW)
        assert health == FRESH

    def test_makes_it_rest_longer_the_longer_the_run(self) -> None:
        pauses = failing(FRESH, LOST, UNKNOWN_RUN_MAX + 9)[UNKNOWN_RUN_MAX - 1 :]
        assert [pause.total_seconds() for pause in pauses] == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


class TestThrottling:
    @pytest.mark.parametrize(
        ("asked", "rest"),
        [
            (None, PAUSE_FIRST),
            (timedelta(0), PAUSE_FIRST),
            (timedelta(seconds=-5), PAUSE_FIRST),
            (timedelta(seconds=90), timedelta(seconds=90)),
            (timedelta.max, PAUSE_THROTTLED_MAX),
        ],
    )
    def test_rests_as_long_as_the_provider_asks(self, asked: timedelta | None, rest: timedelta) -> None:
        health = FRESH.observe(Throttled("429", asked), NOW)
        assert (health.rest(NOW), health.is_down) == (rest, False)

    def test_keeps_the_longest_pause_asked_for(self) -> None:
        health = FRESH.observe(Throttled("429", timedelta(minutes=9)), NOW).observe(Throttled("429"), NOW)
        assert health.rest(NOW) == timedelta(minutes=9)


class TestAnAnswer:
    @pytest.mark.parametrize("answer", ANSWERS)
    def test_after_the_pause_makes_it_well(self, answer: Outcome) -> None:
        resting = FRESH.observe(DOWN, NOW)
        assert resting.observe(answer, NOW + PAUSE_FIRST) == FRESH

    @pytest.mark.parametrize("answer", ANSWERS)
    @pytest.mark.parametrize("why", [DOWN, Throttled("429", timedelta(minutes=1))])
    def test_of_a_call_from_before_does_not_end_the_pause(self, answer: Outcome, why: Outcome) -> None:
        resting = FRESH.observe(why, NOW)
        late = resting.observe(answer, NOW + timedelta(seconds=1))
        assert (late.paused_until, late.reason) == (resting.paused_until, resting.reason)
        assert (late.failures, late.unknowns) == (0, 0)

    def test_of_a_well_gateway_changes_nothing(self) -> None:
        assert FRESH.observe(Accepted(), NOW) is FRESH


class TestAProbe:
    def test_is_one_message_and_while_it_is_under_way_there_is_no_other(self) -> None:
        health = FRESH.observe(DOWN, NOW, 7)
        again = NOW + health.rest(NOW)
        assert (health.admits(500, NOW), health.opened_by, health.again_at(NOW)) == (0, 7, again)
        assert health.admits(500, again) == 1

        probed = health.claimed(1, again + timedelta(minutes=2))

        assert probed.admits(500, again) == 0
        assert probed.again_at(again) == again + timedelta(minutes=2)
        assert probed.admits(500, again + timedelta(minutes=2)) == 1, "its dispatcher died with it"

    def test_that_finds_nothing_to_probe_with_reserves_nothing(self) -> None:
        health = FRESH.observe(DOWN, NOW)
        assert health.claimed(0, NOW + timedelta(minutes=2)) is health

    def test_of_a_well_gateway_is_none(self) -> None:
        assert FRESH.admits(500, NOW) == 500
        assert FRESH.claimed(500, NOW + timedelta(minutes=2)) is FRESH

    @pytest.mark.parametrize("outcome", [*ANSWERS, DOWN, LOST, Throttled("429"), NotStarted()], ids=str)
    def test_makes_room_for_another_whatever_it_met(self, outcome: Outcome) -> None:
        health = FRESH.observe(DOWN, NOW).claimed(1, NOW + timedelta(hours=1))
        assert health.observe(outcome, NOW + PAUSE_FIRST).probing_until is None

    def test_that_fails_opens_it_for_longer_and_with_another_culprit(self) -> None:
        health = FRESH.observe(DOWN, NOW, 7).claimed(1, NOW + timedelta(hours=1))
        again = health.observe(DOWN, NOW + PAUSE_FIRST, 8)
        assert (again.opened_by, again.rest(NOW + PAUSE_FIRST)) == (8, 2 * PAUSE_FIRST)


def test_a_call_that_was_not_begun_says_nothing() -> None:
    for health in (FRESH, FRESH.observe(DOWN, NOW), FRESH.observe(LOST, NOW)):
        assert health.observe(NotStarted(), NOW + PAUSE_MAX) is health


outcomes = st.sampled_from(
    [*ANSWERS, DOWN, LOST, NotStarted(), GatewayDown("bad key", Cause.CONFIGURATION), Throttled("429")]
)
histories = st.lists(st.tuples(st.timedeltas(timedelta(0), timedelta(minutes=10)), outcomes), max_size=40)


@given(histories)
def test_over_any_history_a_pause_ends_and_is_never_cut_short(history: list[tuple[timedelta, Outcome]]) -> None:
    health, now = FRESH, NOW
    for wait, outcome in history:
        now += wait
        before, health = health, health.observe(outcome, now)
        assert health.rest(now) <= PAUSE_MAX
        assert health.rest(now) >= before.rest(now)
        assert health.is_usable(now + health.rest(now))
        assert health.is_usable(now) is (health.rest(now) == timedelta(0))
        assert health.admits(9, now) == (0 if not health.is_usable(now) else 1 if health.is_down else 9)
        assert health.is_down or health.opened_by is None
        health = health.claimed(health.admits(9, now), now + timedelta(seconds=30))
        assert health.gateway == "mail"
        if not health.is_usable(now):
            assert health.reason is not None
    assert health.observe(Accepted(), now + PAUSE_MAX) == FRESH
