import pytest

from bench.figures import Line, Role, Table, percentile


def table(*others: Line, ours: tuple[float, ...] = (10.0, 20.0, 30.0)) -> Table:
    return Table(caption="work", lines=(Line(name="Tocsin", values=ours), *others))


class TestARatio:
    def test_is_the_median_of_the_ratios_round_by_round(self) -> None:
        floor = Line(name="floor", role=Role.FLOOR, values=(20.0, 80.0, 60.0))

        assert table(floor).ratio(floor) == 0.5  # 0.5, 0.25, 0.5; the medians alone would say 20 / 60

    def test_of_unequally_many_rounds_is_that_of_the_medians(self) -> None:
        peer = Line(name="peer", role=Role.PEER, values=(5.0,))

        assert table(peer).ratio(peer) == 4.0

    def test_to_itself_is_none(self) -> None:
        whole = table()

        assert whole.ratio(whole.lines[0]) is None

    def test_to_a_line_of_its_own_is_none_unless_it_is_asked_for(self) -> None:
        plain, compared = Line(name="half", values=(5.0,)), Line(name="alone", values=(5.0,), ratio_at_least=0.9)

        assert table(plain, compared).ratio(plain) is None
        assert table(plain, compared).ratio(compared) == 4.0

    def test_to_what_was_not_measured_is_none(self) -> None:
        peer = Line(name="peer", role=Role.PEER, note="no server given")

        assert table(peer).ratio(peer) is None


class TestAVerdict:
    @pytest.mark.parametrize(("least", "is_reached"), [(0.5, True), (0.51, False)])
    def test_of_a_ratio_is_reached_where_the_ratio_is_as_large(self, least: float, is_reached: bool) -> None:
        floor = Line(name="floor", role=Role.FLOOR, values=(20.0, 40.0, 60.0), ratio_at_least=least)

        verdict = table(floor).verdict(floor)

        assert verdict is not None
        assert verdict.is_reached is is_reached
        assert verdict.aim == f"≥ {least} x"

    @pytest.mark.parametrize(("most", "is_reached"), [(20.0, True), (19.9, False)])
    def test_of_a_figure_that_has_a_limit_goes_by_its_median(self, most: float, is_reached: bool) -> None:
        line = Line(name="wait", unit="ms", values=(10.0, 20.0, 900.0), at_most=most)

        verdict = Table(caption="waits", lines=(line,)).verdict(line)

        assert verdict is not None
        assert verdict.is_reached is is_reached

    @pytest.mark.parametrize(("least", "is_reached"), [(25.0, True), (25.1, False)])
    def test_of_a_figure_that_must_be_as_large_goes_by_its_median(self, least: float, is_reached: bool) -> None:
        line = Line(name="share", unit="%", values=(0.0, 25.0, 50.0), at_least=least)

        verdict = Table(caption="shares", lines=(line,)).verdict(line)

        assert verdict is not None
        assert verdict.is_reached is is_reached

    def test_is_none_where_nothing_is_asked_or_nothing_was_measured(self) -> None:
        idle, absent = Line(name="a", values=(1.0,)), Line(name="b", role=Role.PEER, ratio_at_least=6)

        assert table(idle, absent).verdict(idle) is None
        assert table(idle, absent).verdict(absent) is None


class TestAPercentile:
    @pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 50), (0.99, 99), (0.991, 100), (1.0, 100)])
    def test_is_the_smallest_value_that_so_many_do_not_exceed(self, share: float, value: int) -> None:
        assert percentile(list(range(100, 0, -1)), share) == value

    def test_of_one_value_is_that_value(self) -> None:
        assert percentile([7.0], 0.99) == 7.0
