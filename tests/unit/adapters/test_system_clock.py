import time
from datetime import UTC, datetime, timedelta

from adapters.system_clock import SystemClock
from application.ports.clock import Deadline


class TestSystemClock:
    def test_now_is_the_time_of_day_in_utc(self) -> None:
        before = datetime.now(UTC)

        now = SystemClock().now()

        assert now.tzinfo is UTC
        assert before - timedelta(milliseconds=1) < now <= datetime.now(UTC)

    def test_now_is_in_whole_milliseconds(self) -> None:
        clock = SystemClock()

        assert all(clock.now().microsecond % 1000 == 0 for _ in range(1000))

    def test_elapsed_never_runs_backwards(self) -> None:
        clock = SystemClock()

        spans = [clock.elapsed_s() for _ in range(1000)]

        assert spans == sorted(spans)

    def test_elapsed_counts_the_time_a_machine_is_suspended(self) -> None:
        before = time.clock_gettime(time.CLOCK_BOOTTIME)

        elapsed = SystemClock().elapsed_s()

        assert before <= elapsed <= time.clock_gettime(time.CLOCK_BOOTTIME)

    def test_two_clocks_measure_the_same_span(self) -> None:
        deadline = Deadline.after(60, SystemClock())

        assert 59 < Deadline(deadline.at_s, SystemClock()).remaining_s() <= 60
        assert not deadline.has_passed
        assert Deadline.after(0, SystemClock()).has_passed
