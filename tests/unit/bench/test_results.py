from pathlib import Path

from bench import results
from bench.figures import Line, Role, Table
from bench.machine import Machine
from bench.results import Result, Results

MACHINE = Machine(
    processor="Some CPU",
    cores=2,
    memory_gb=8,
    kernel="Linux 6",
    file_system="ext4",
    python="3.11.7",
    sqlite="3.40.1",
    tocsin="0.1.0",
    postfix="3.7",
    peers={"huey": "3.5.4"},
)


def a_result(*values: float, date: str = "2026-01-02") -> Result:
    floor = Line(name="plain loop", role=Role.FLOOR, values=(4.0, 4.0), ratio_at_least=0.45)
    lines = (Line(name="Tocsin", values=values), floor)
    return Result(
        date=date, took_s=60, machine=MACHINE, tables=(Table(caption="work", lines=lines),), checked=("the count",)
    )


class TestResults:
    def test_come_back_from_the_file_as_they_were(self, tmp_path: Path) -> None:
        file = tmp_path / "results.json"
        kept = Results(
            parts={"drain": a_result(1, 2.5), "mail": Result(date="d", took_s=0, machine=MACHINE, missing="x")}
        )

        results.save(file, kept)

        assert results.load(file) == kept

    def test_of_a_part_that_is_measured_again_take_the_place_of_the_former_ones_alone(self) -> None:
        kept = Results(parts={"drain": a_result(1.0), "mail": a_result(2.0)})

        again = kept.with_part("drain", a_result(3.0))

        assert again.parts == {"drain": a_result(3.0), "mail": a_result(2.0)}

    def test_are_empty_where_there_is_no_file_or_one_of_another_shape(self, tmp_path: Path) -> None:
        file = tmp_path / "results.json"
        assert results.load(file) == Results(parts={})

        for text in ("", "[]", "{}", '{"parts": {"drain": {"date": 1}}}'):
            file.write_text(text)
            assert results.load(file) == Results(parts={})
