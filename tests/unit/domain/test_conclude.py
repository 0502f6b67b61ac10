"""What an attempt leads to, held against the lifecycle: every end is a legal step, within budget and time."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.claim import LOSSES_MAX, Claim, Conclusion, Rules, conclude, postpone, rescue, stop
from domain.lifecycle import TRANSITIONS, Event, Status, after
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
from tests.unit.domain.given_claims import (
    BUDGET,
    CAPPED,
    HARMLESS,
    HOLD,
    NOW,
    RESEND,
    a_claim,
    a_hand_over,
    a_lost_claim,
)

PAUSE = timedelta(minutes=2)
FREE = (Throttled, GatewayDown, NotStarted)
EVERY_OUTCOME: list[Outcome] = [
    Accepted("SM1"),
    Deferred("busy"),
    Throttled("429"),
    Rejected("spam"),
    Unreachable("gone"),
    GatewayDown("refused"),
    Unknown("timeout"),
    NotStarted(),
]


def ends(claim: Claim, outcome: Outcome, rules: Rules = RESEND, spread: float = 1.0) -> Conclusion:
    return conclude(claim, outcome, NOW, rules, spread, PAUSE)


class TestTheEndOfAnAttempt:
    @pytest.mark.parametrize("rules", [RESEND, HOLD, HARMLESS])
    @pytest.mark.parametrize(
        ("outcome", "event"),
        [
            (Accepted("SM1"), Event.ACCEPT),
            (Deferred("busy"), Event.DEFER),
            (Throttled("429"), Event.POSTPONE),
            (GatewayDown("refused"), Event.POSTPONE),
            (NotStarted(), Event.POSTPONE),
            (Rejected("spam"), Event.REJECT),
            (Unreachable("gone"), Event.REJECT),
        ],
    )
    def test_follows_the_outcome_whatever_the_type(self, outcome: Outcome, event: Event, rules: Rules) -> None:
        assert ends(a_claim(), outcome, rules).event is event

    @pytest.mark.parametrize(("rules", "event"), [(RESEND, Event.DEFER), (HARMLESS, Event.DEFER), (HOLD, Event.LOSE)])
    def test_depends_on_the_type_where_the_answer_was_lost(self, rules: Rules, event: Event) -> None:
        concluded = ends(a_claim(), Unknown("timeout"), rules)
        assert concluded.event is event
        assert concluded.may_be_out

    @pytest.mark.parametrize(
        ("outcome", "doubtful", "status"),
        [
            (Deferred("busy"), False, Status.FAILED),
            (Deferred("busy"), True, Status.UNKNOWN),
            (Unknown("timeout"), False, Status.UNKNOWN),
            (Unknown("timeout"), True, Status.UNKNOWN),
        ],
    )
    def test_is_failed_at_the_end_of_the_budget_only_if_nothing_can_be_out(
        self, outcome: Outcome, doubtful: bool, status: Status
    ) -> None:
        assert ends(a_claim(attempts=BUDGET, may_be_out=doubtful), outcome).status is status

    @pytest.mark.parametrize("doubtful", [False, True])
    @pytest.mark.parametrize("outcome", [Deferred("busy"), Unknown("timeout"), Throttled("429"), GatewayDown("down")])
    def test_is_expired_at_once_if_the_next_attempt_were_due_at_the_expiry(
        self, outcome: Outcome, doubtful: bool
    ) -> None:
        wait = PAUSE * 1.1 if isinstance(outcome, FREE) else timedelta(seconds=30)
        claim = a_claim(expires_at=NOW + wait, may_be_out=doubtful)
        lost = doubtful or isinstance(outcome, Unknown)
        assert ends(claim, outcome).status is (Status.UNKNOWN if lost else Status.EXPIRED)
        later = a_claim(expires_at=NOW + wait + timedelta(milliseconds=1), may_be_out=doubtful)
        assert ends(later, outcome).status is Status.PENDING

    def test_comes_no_earlier_than_the_provider_asked_for(self) -> None:
        asked = timedelta(hours=3)
        assert ends(a_claim(), Deferred("busy", asked), spread=0.5).next_attempt_at == NOW + asked
        assert ends(a_claim(), Throttled("429", asked), spread=0.5).next_attempt_at == NOW + asked

    def test_spreads_what_was_postponed_over_a_tenth_of_the_pause(self) -> None:
        found = {ends(a_claim(), GatewayDown("down"), spread=spread).next_attempt_at for spread in (0.5, 0.75, 1.0)}
        assert found == {NOW + PAUSE, NOW + PAUSE * 1.05, NOW + PAUSE * 1.1}

    def test_keeps_what_the_attempt_leaves_behind(self) -> None:
        trace = (a_hand_over(Deferred("busy")),)
        assert conclude(a_claim(), Deferred("busy"), NOW, RESEND, 1.0, PAUSE, hand_overs=trace).hand_overs == trace

    def test_does_not_overflow_when_a_provider_asks_for_more_than_the_calendar_has(self) -> None:
        for outcome in (Deferred("busy", timedelta.max), Throttled("429", timedelta.max)):
            assert ends(a_claim(), outcome).status is Status.EXPIRED

    def test_of_something_that_is_no_outcome_is_our_own_fault(self) -> None:
        with pytest.raises(AssertionError):
            ends(a_claim(), "accepted")  # type: ignore[arg-type]  # the union is closed


class TestWhatSomeAddressAccepted:
    @pytest.mark.parametrize("now_or_before", ["now", "before"])
    @pytest.mark.parametrize(
        "changes",
        [{"attempts": BUDGET}, {"expires_at": NOW + timedelta(seconds=1)}, {"attempts": BUDGET, "may_be_out": True}],
    )
    def test_is_sent_when_nothing_more_is_tried(self, changes: dict[str, Any], now_or_before: str) -> None:
        before = now_or_before == "before"
        hand_overs = [a_hand_over(Deferred("busy"))] + ([] if before else [a_hand_over(Accepted())])
        claim = a_claim(accepted_before=before, **changes)
        concluded = conclude(claim, Deferred("busy"), NOW, RESEND, 1.0, PAUSE, hand_overs=hand_overs)
        assert concluded.status is Status.SENT

    def test_is_sent_when_a_gate_stops_the_rest(self) -> None:
        for event in (Event.EXPIRE, Event.REJECT, Event.SUPPRESS, Event.CANCEL):
            assert stop(a_claim(accepted_before=True), event, "why").status is Status.SENT

    def test_is_sent_when_somebody_cancels_the_rest(self) -> None:
        concluded = ends(a_claim(accepted_before=True), Deferred("busy"))
        assert concluded.status is Status.PENDING
        assert concluded.step(Status.SENDING, cancel_requested=True) is Event.ACCEPT

    def test_is_sent_when_three_dispatchers_died_over_the_rest(self) -> None:
        lost = a_lost_claim(losses=LOSSES_MAX - 1, accepted_before=True)
        assert rescue(lost, NOW, RESEND, 1.0).status is Status.SENT


class TestACancellationMeanwhile:
    @pytest.mark.parametrize("outcome", EVERY_OUTCOME)
    def test_counts_only_for_what_came_back_unsent(self, outcome: Outcome) -> None:
        concluded = ends(a_claim(), outcome)
        step = concluded.step(Status.SENDING, cancel_requested=True)
        if isinstance(outcome, Unknown):
            assert step is Event.LOSE  # it may be out
        elif concluded.status is Status.PENDING:
            assert step is Event.CANCEL
        else:
            assert step is concluded.event

    @pytest.mark.parametrize("outcome", EVERY_OUTCOME)
    @pytest.mark.parametrize("standing", list(Status))
    def test_only_a_success_counts_once_it_is_not_held_any_more(self, outcome: Outcome, standing: Status) -> None:
        concluded = ends(a_claim(), outcome)
        step = concluded.step(standing, cancel_requested=False)
        if standing is Status.SENDING:
            assert step is concluded.event
        elif isinstance(outcome, Accepted) and (standing, Event.ACCEPT) in TRANSITIONS:
            assert step is Event.ACCEPT
        else:
            assert step is None


class TestAGatesDecision:
    @pytest.mark.parametrize("event", [Event.CANCEL, Event.EXPIRE, Event.REJECT, Event.SUPPRESS])
    def test_to_stop_ends_it_without_an_attempt(self, event: Event) -> None:
        stopped = stop(a_claim(), event, "why")
        assert (stopped.event, stopped.status) == (event, after(Status.SENDING, event))
        assert (stopped.spent, stopped.reason, stopped.may_be_out) == (False, "why", False)

    @pytest.mark.parametrize("event", [Event.CANCEL, Event.EXPIRE, Event.REJECT, Event.SUPPRESS])
    def test_to_stop_after_a_lost_answer_does_not_say_that_it_did_not_go_out(self, event: Event) -> None:
        stopped = stop(a_claim(may_be_out=True), event, "why")
        assert (stopped.status, stopped.reason, stopped.may_be_out) == (Status.UNKNOWN, "why", True)

    def test_to_stop_takes_no_step_that_the_lifecycle_has_not(self) -> None:
        with pytest.raises(Exception, match="cannot claim"):
            stop(a_claim(), Event.CLAIM, "why")

    def test_to_postpone_spends_no_attempt(self) -> None:
        later = NOW + timedelta(hours=8)
        postponed = postpone(a_claim(may_be_out=True), later, "quiet hours")
        assert (postponed.status, postponed.next_attempt_at) == (Status.PENDING, later)
        assert (postponed.spent, postponed.may_be_out) == (False, True)

    @pytest.mark.parametrize(("doubtful", "status"), [(False, Status.EXPIRED), (True, Status.UNKNOWN)])
    def test_to_postpone_past_the_expiry_ends_it_at_once(self, doubtful: bool, status: Status) -> None:
        claim = a_claim(may_be_out=doubtful)
        assert postpone(claim, claim.expires_at, "quiet hours").status is status
        assert not postpone(claim, claim.expires_at, "quiet hours").spent


class TestADeadDispatcher:
    @pytest.mark.parametrize("rules", [HOLD, CAPPED], ids=["holds", "capped and sent again"])
    def test_gives_back_what_had_not_begun(self, rules: Rules) -> None:
        rescued = rescue(a_lost_claim(begun=False), NOW, rules, 1.0)
        assert (rescued.event, rescued.status, rescued.next_attempt_at) == (Event.POSTPONE, Status.PENDING, NOW)
        assert (rescued.spent, rescued.lost, rescued.may_be_out, rescued.hand_overs) == (False, True, False, ())

    @pytest.mark.parametrize(("doubtful", "status"), [(False, Status.EXPIRED), (True, Status.UNKNOWN)])
    def test_leaves_what_expired_meanwhile_expired(self, doubtful: bool, status: Status) -> None:
        lost = a_lost_claim(begun=False, expires_at=NOW, may_be_out=doubtful)
        rescued = rescue(lost, NOW, HOLD, 1.0)
        assert (rescued.status, rescued.lost, rescued.spent) == (status, True, False)

    @pytest.mark.parametrize(
        ("rules", "status"), [(RESEND, Status.PENDING), (HARMLESS, Status.PENDING), (HOLD, Status.UNKNOWN)]
    )
    def test_leaves_what_had_begun_as_a_lost_answer_with_a_trace(self, rules: Rules, status: Status) -> None:
        rescued = rescue(a_lost_claim(begun=True), NOW, rules, 1.0)
        assert (rescued.status, rescued.lost, rescued.spent, rescued.may_be_out) == (status, True, True, True)
        (trace,) = rescued.hand_overs
        assert (trace.notification_id, trace.fence, trace.outcome) == (7, 4, "unknown")
        assert (trace.gateway, trace.address) == ("", "")

    def test_had_begun_with_the_claim_where_the_type_sends_again(self) -> None:
        assert rescue(a_lost_claim(begun=False), NOW, RESEND, 1.0).may_be_out

    def test_uses_up_the_budget_like_any_attempt(self) -> None:
        assert rescue(a_lost_claim(attempts=BUDGET), NOW, RESEND, 1.0).status is Status.UNKNOWN

    @pytest.mark.parametrize("losses", range(LOSSES_MAX + 2))
    @pytest.mark.parametrize(
        ("rules", "begun", "doubtful", "end"),
        [
            (RESEND, True, False, Status.UNKNOWN),
            (HOLD, False, False, Status.FAILED),
            (HOLD, False, True, Status.UNKNOWN),
            (HOLD, True, False, Status.UNKNOWN),
        ],
    )
    def test_ends_it_at_the_third_loss(
        self, losses: int, rules: Rules, begun: bool, doubtful: bool, end: Status
    ) -> None:
        lost = a_lost_claim(losses=losses, begun=begun, may_be_out=doubtful)
        rescued = rescue(lost, NOW, rules, 1.0)
        assert rescued.lost
        if losses + 1 >= 3:
            assert rescued.status is end
        elif end is Status.FAILED:
            assert rescued.status is Status.PENDING


spreads = st.floats(0.5, 1.0)
spans = st.none() | st.timedeltas(timedelta(0), timedelta(days=10**6))
some_rules = st.sampled_from([RESEND, HOLD, HARMLESS])
outcomes = st.one_of(
    st.sampled_from(EVERY_OUTCOME),
    st.builds(Deferred, st.just("busy"), spans),
    st.builds(Throttled, st.just("429"), spans),
)
times = st.timedeltas(timedelta(days=-1), timedelta(days=2)).map(lambda span: NOW + span)
pauses = st.timedeltas(timedelta(0), timedelta(days=400))
claims = st.builds(
    a_claim,
    attempts=st.integers(1, BUDGET),
    losses=st.integers(0, 2),
    expires_at=times,
    may_be_out=st.booleans(),
    accepted_before=st.booleans(),
)
lost_claims = st.builds(
    a_lost_claim,
    attempts=st.integers(1, BUDGET),
    losses=st.integers(0, 4),
    expires_at=times,
    begun=st.booleans(),
    may_be_out=st.booleans(),
    accepted_before=st.booleans(),
)


def is_sound(concluded: Conclusion, claim: Any) -> None:
    assert (concluded.notification_id, concluded.fence) == (claim.notification_id, claim.fence)
    assert concluded.status is after(Status.SENDING, concluded.event)
    assert (concluded.next_attempt_at is not None) is (concluded.status is Status.PENDING)
    if concluded.next_attempt_at is not None:
        assert NOW <= concluded.next_attempt_at < claim.expires_at
    if concluded.event is Event.DEFER:
        assert concluded.spent
        assert claim.attempts < BUDGET
    if concluded.event is Event.POSTPONE:
        assert not concluded.spent
    if concluded.may_be_out:
        assert concluded.status not in (Status.EXPIRED, Status.CANCELLED)
    if claim.accepted_before:
        assert concluded.step(Status.SENDING, cancel_requested=True) not in (Event.EXPIRE, Event.CANCEL)


@given(claims, outcomes, some_rules, spreads, pauses)
def test_every_attempt_ends_with_a_legal_step_within_budget_and_time(
    claim: Claim, outcome: Outcome, rules: Rules, spread: float, pause: timedelta
) -> None:
    concluded = conclude(claim, outcome, NOW, rules, spread, pause)
    is_sound(concluded, claim)
    assert concluded.spent is not isinstance(outcome, FREE)
    assert not concluded.lost
    if concluded.status is Status.FAILED and not isinstance(outcome, Rejected | Unreachable):
        assert not claim.may_be_out


@given(lost_claims, some_rules, spreads)
def test_every_rescue_ends_with_a_legal_step_within_budget_and_time(lost: Any, rules: Rules, spread: float) -> None:
    rescued = rescue(lost, NOW, rules, spread)
    is_sound(rescued, lost)
    assert rescued.lost
    if lost.losses + 1 >= LOSSES_MAX:
        assert rescued.status is not Status.PENDING


@given(st.lists(st.tuples(outcomes, spreads), min_size=60, max_size=60), some_rules)
def test_a_whole_life_spends_no_more_attempts_than_the_budget(
    script: list[tuple[Outcome, float]], rules: Rules
) -> None:
    spent, now = 0, NOW
    claim = a_claim(attempts=0)
    for outcome, spread in script:
        claim = a_claim(attempts=spent + 1, may_be_out=claim.may_be_out)
        concluded = conclude(claim, outcome, now, rules, spread, PAUSE)
        spent += concluded.spent
        assert spent <= BUDGET
        if concluded.next_attempt_at is None:
            return
        now = concluded.next_attempt_at
        claim = a_claim(may_be_out=concluded.may_be_out)
    assert now < claim.expires_at
