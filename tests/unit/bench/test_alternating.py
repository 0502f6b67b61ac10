from bench.alternating import alternate


class TestMeasuringInTurns:
    def test_asks_everybody_once_a_round_and_keeps_the_order_of_the_rounds(self) -> None:
        asked: list[str] = []

        def contestant(name: str) -> float:
            asked.append(name)
            return float(len(asked))

        values = alternate(2, {"a": lambda: contestant("a"), "b": lambda: contestant("b")}, lambda _: None)

        assert asked == ["a", "b", "a", "b"]
        assert values == {"a": (1.0, 3.0), "b": (2.0, 4.0)}

    def test_tells_of_every_figure(self) -> None:
        told: list[str] = []

        alternate(1, {"a": lambda: 1234.5}, told.append)

        assert told == ["round 1 of 1: a: 1,234.5"]
