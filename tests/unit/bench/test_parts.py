from pathlib import Path

import pytest

from bench.__main__ import main
from bench.failures import NotMeasured, check
from bench.parts import PARTS
from bench.smtp_sink import Sink
from bench.workplace import Place, Workplace


class TestTheParts:
    def test_have_each_a_name_and_a_title_of_their_own(self) -> None:
        assert len({part.name for part in PARTS}) == len(PARTS)
        assert len({part.title for part in PARTS}) == len(PARTS)

    def test_say_each_how_to_read_them(self) -> None:
        assert all(len(part.reading.split()) > 30 for part in PARTS)


class TestTheCommand:
    def test_refuses_a_part_that_there_is_not_and_names_those_there_are(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as refused:
            main(["drain", "nonsense"])

        assert refused.value.code == 2
        said = capsys.readouterr().err
        assert "no part 'nonsense'" in said
        assert all(part.name in said for part in PARTS)


class TestTheSink:
    def test_has_taken_what_its_last_counter_says(self, tmp_path: Path) -> None:
        counters = tmp_path / "counters.txt"
        counters.write_bytes(b"sess=0 quit=0 mesg=1\rsess=0 quit=0 mesg=2000\rsess=1 quit=1 mesg=2000\r")

        assert Sink(port=25, counters=counters).taken() == 2000

    def test_has_taken_nothing_before_it_says_anything(self, tmp_path: Path) -> None:
        counters = tmp_path / "counters.txt"
        counters.write_bytes(b"")

        assert Sink(port=25, counters=counters).taken() == 0


class TestAWorkplace:
    def test_makes_every_number_smaller_but_not_too_small(self, tmp_path: Path) -> None:
        tenth = Workplace(tmp_path, print, scale=0.1)

        assert tenth.count(10_000) == 1000
        assert tenth.count(50) == 20
        assert tenth.count(50, least=5) == 5

    def test_makes_a_place_once_and_copies_it(self, tmp_path: Path) -> None:
        workplace = Workplace(tmp_path, lambda _: None)
        made: list[Place] = []

        def make(place: Place) -> None:
            made.append(place)
            place.store.write_bytes(b"")

        copies = [workplace.copy(workplace.ready("people", make), name) for name in ("one", "two")]

        assert len(made) == 1
        assert all(copy.store.exists() and copy.store != made[0].store for copy in copies)

    def test_tells_of_a_store_that_does_not_answer(self, tmp_path: Path) -> None:
        place = Workplace(tmp_path, print).empty("round")

        with pytest.raises(NotMeasured, match="does not answer 'SELECT 1'"):
            place.ask("SELECT 1")


def test_a_fact_that_does_not_hold_is_told_as_it_was_said() -> None:
    sent = 3

    check(sent == 3, "3 were sent")
    with pytest.raises(NotMeasured, match="3 were sent, not 4"):
        check(sent == 4, "3 were sent, not 4")
