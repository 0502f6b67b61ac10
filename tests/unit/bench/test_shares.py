from bench.work.pair import shares


class TestTheLogOfTheGateway:
    def test_says_how_much_each_process_sent(self) -> None:
        found = shares("11 1 1 900\n11 2 1 901\n12 3 1 902\n11 4 1 903\n")

        assert found.by_process == {11: 3, 12: 1}
        assert found.smaller == 25.0
        assert found.twice == 0

    def test_shows_what_was_sent_twice_whatever_its_fence_and_whoever_sent_it(self) -> None:
        assert shares("11 1 1 900\n12 1 1 901\n").twice == 1
        assert shares("11 1 1 900\n11 1 2 901\n11 2 1 902\n").twice == 1
