from bench.neighbours import Moment, busy_ticks

STAT = """\
cpu  10 20 30 4000 500 6 7 8 10 0
cpu0 5 10 15 2000 250 3 3 4 5 0
intr 1
"""


class TestHowBusyOthersAre:
    def test_is_what_all_used_without_what_is_ours(self) -> None:
        before = Moment(at_s=100.0, all_s=50.0, own_s=5.0)
        after = Moment(at_s=110.0, all_s=65.0, own_s=12.0)

        assert after.others_since(before) == 0.8

    def test_is_never_less_than_nothing(self) -> None:
        assert Moment(at_s=2.0, all_s=1.0, own_s=1.5).others_since(Moment(at_s=1.0, all_s=1.0, own_s=1.0)) == 0.0

    def test_counts_everything_but_idling_and_waiting_for_a_disk(self) -> None:
        assert busy_ticks(STAT) == 10 + 20 + 30 + 6 + 7 + 8

    def test_can_be_looked_at_here(self) -> None:
        first, second = Moment.now(), Moment.now()

        assert second.at_s > first.at_s
        assert second.all_s >= first.all_s > 0
