"""How many calls run at once, and how large they are."""

from datetime import timedelta

import pytest

from application.ports.sender import Gateway
from application.sending.calls import Calls
from application.sending.sender_pool import SenderCall
from domain.outcome import Accepted, NotStarted
from tests.unit.application.sending.desk import ManualClock
from tests.unit.application.sending.given_messages import Taking, a_call, a_gateway, an_item, renamed

PATIENCE_S = 10.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def calls(clock: ManualClock) -> Calls:
    return Calls(clock)


def call(gateway: Gateway, clock: ManualClock, messages: int = 1) -> SenderCall:
    return a_call(gateway, [an_item(number, clock) for number in range(messages)])


def begin(calls: Calls, one: SenderCall) -> SenderCall:
    """Let a call be under way in no thread: the gateway has it, and says nothing yet."""
    calls.under_way.add(one)
    return one


def answer(calls: Calls, one: SenderCall, took_s: float, not_started: int = 0) -> None:
    """Let a gateway answer after *took_s* seconds, without having tried the last *not_started* messages."""
    begin(calls, one)
    tried = [Accepted()] * (len(one.messages) - not_started)
    one.outcomes, one.duration_s = [*tried, *[NotStarted()] * not_started], took_s
    calls._done.put(one)
    assert list(calls.finished(0)) == [one]


class TestWhatIsUnderWay:
    def test_a_call_is_sent_in_a_thread_and_its_answer_comes_back(self, calls: Calls, clock: ManualClock) -> None:
        gateway = a_gateway()
        one = call(gateway, clock, 3)
        calls.start(one)

        assert list(calls.finished(PATIENCE_S)) == [one]
        assert isinstance(gateway.sender, Taking)
        assert gateway.sender.taken == [0, 1, 2]
        assert one.outcomes == [Accepted()] * 3
        assert not calls.is_waited_for
        calls.close()

    def test_who_waits_for_an_answer_is_woken_by_a_ring(self, calls: Calls) -> None:
        calls.ring()

        assert list(calls.finished(PATIENCE_S)) == []

    def test_each_overdue_call_is_given_up_once_and_frees_no_slot(self, calls: Calls, clock: ManualClock) -> None:
        gateway = a_gateway(slots=1)
        one = begin(calls, call(gateway, clock))
        assert list(calls.overdue(5.0)) == []
        clock.forward(timedelta(seconds=one.deadline.remaining_s() + 5.1))

        assert list(calls.overdue(5.0)) == [one]
        assert list(calls.overdue(5.0)) == []
        assert not calls.is_waited_for
        assert not calls.is_busy(gateway)
        assert calls.is_stuck(gateway, 0)
        assert not calls.may_start(gateway, 0, waiting=1, planned=0)
        assert calls.in_flight(gateway) == 0

    def test_at_the_end_whatever_has_not_answered_is_given_up(self, calls: Calls, clock: ManualClock) -> None:
        one = begin(calls, call(a_gateway(), clock))

        assert list(calls.unanswered()) == [one]

    def test_cut_short_no_call_may_start_anything_more(self, calls: Calls, clock: ManualClock) -> None:
        one = begin(calls, call(a_gateway(), clock))
        calls.cut_short()

        assert one.deadline.has_passed


class TestSlots:
    def test_one_is_kept_for_what_is_urgent(self, calls: Calls, clock: ManualClock) -> None:
        gateway = a_gateway(slots=3)
        for _ in range(2):
            begin(calls, call(gateway, clock, 20))

        assert not calls.may_start(gateway, 2, waiting=1000, planned=0)
        assert calls.may_start(gateway, 0, waiting=1000, planned=0)
        assert not calls.may_start(gateway, 0, waiting=1000, planned=1)

    def test_the_only_one_is_for_all(self, calls: Calls) -> None:
        assert calls.may_start(a_gateway(slots=1), 2, waiting=1, planned=0)

    def test_another_gateway_has_its_own(self, calls: Calls, clock: ManualClock) -> None:
        gateway = a_gateway(slots=1)
        begin(calls, call(gateway, clock))

        assert calls.may_start(renamed(gateway, "other"), 2, waiting=1, planned=0)

    def test_for_little_work_few_are_used(self, calls: Calls, clock: ManualClock) -> None:
        gateway = a_gateway()
        answer(calls, call(gateway, clock, 100), took_s=0.001)
        begin(calls, call(gateway, clock, 100))
        begin(calls, call(gateway, clock, 100))

        assert not calls.may_start(gateway, 0, waiting=100, planned=0)


class TestHowMuch:
    def test_no_more_is_claimed_than_all_slots_start_in_about_a_second(self, calls: Calls, clock: ManualClock) -> None:
        gateway = a_gateway(slots=4)
        answer(calls, call(gateway, clock, 10), took_s=1.0)

        assert calls.capacity(gateway, 0) == 40
        assert calls.capacity(gateway, 2) == 30

    def test_what_a_call_did_not_try_says_nothing_of_how_fast_it_was(self, calls: Calls, clock: ManualClock) -> None:
        gateway = a_gateway(slots=4)
        answer(calls, call(gateway, clock, 500), took_s=2.0, not_started=480)
        answer(calls, call(gateway, clock, 500), took_s=0.0, not_started=500)

        assert calls.capacity(gateway, 0) == 40

    def test_of_one_that_takes_longer_than_a_second_each_slot_has_one(self, calls: Calls, clock: ManualClock) -> None:
        gateway = a_gateway(slots=4)
        answer(calls, call(gateway, clock), took_s=30.0)

        assert calls.capacity(gateway, 0) == 4

    @pytest.mark.parametrize(("holds", "fitting"), [(True, 20), (False, 250)])
    def test_a_call_takes_as_many_as_go_in_a_moment(
        self, calls: Calls, clock: ManualClock, holds: bool, fitting: int
    ) -> None:
        gateway = a_gateway(batch_size=1000)
        for size in (1, 2, 4, 8, 16, 32, 64, 128, 256, 100):
            answer(calls, call(gateway, clock, size), took_s=0.001 * size)

        assert calls.call_size(gateway, 2, 10_000, holds=holds) == pytest.approx(fitting, abs=1)

    def test_a_call_is_no_larger_than_its_sender_takes(self, calls: Calls, clock: ManualClock) -> None:
        gateway = a_gateway(batch_size=7)
        answer(calls, call(gateway, clock, 7), took_s=0.00001)

        assert calls.call_size(gateway, 0, 10_000, holds=False) == 7

    @pytest.mark.parametrize("holds", [True, False])
    def test_a_call_that_takes_long_whatever_its_size_grows_to_what_the_sender_takes(
        self, calls: Calls, clock: ManualClock, holds: bool
    ) -> None:
        gateway = a_gateway(batch_size=100)
        sizes = []
        for _ in range(20):
            sizes.append(calls.call_size(gateway, 2, 10_000, holds=holds))
            answer(calls, call(gateway, clock, sizes[-1]), took_s=0.3)

        assert sizes[-1] == 100, sizes

    def test_what_waits_is_shared_evenly_among_the_slots_that_are_worth_it(
        self, calls: Calls, clock: ManualClock
    ) -> None:
        gateway = a_gateway(slots=4)
        for size in (1, 2, 4, 8, 16):
            answer(calls, call(gateway, clock, size), took_s=0.01 * size)

        assert calls.call_size(gateway, 0, 40, holds=False) == 10
