import pytest
from attrs import evolve

from bench.part import Found, Part
from bench.report import number, render
from bench.results import Result, Results
from bench.workplace import Workplace
from tests.unit.bench.test_results import MACHINE, a_result


def never(_: Workplace) -> Found:
    raise AssertionError("a page measures nothing")


DRAIN = Part(name="drain", title="Draining what is due", reading="How to read it.", measure=never)
MAIL = Part(name="mail", title="Personal mail", reading="Letters.", measure=never)


def page(**parts: Result) -> str:
    return render((DRAIN, MAIL), Results(parts=parts))


class TestThePage:
    def test_has_figure_spread_rounds_ratio_aim_and_verdict_of_every_line(self) -> None:
        text = page(drain=a_result(1.0, 2.0))

        assert "| Tocsin | 1.50/s | 1.00 - 2.00 | 2 |  |  |  |" in text
        assert "| plain loop (floor) | 4.00/s | 4.00 - 4.00 | 2 | 0.38 x | ≥ 0.45 x | **missed** |" in text

    def test_says_so_where_an_aim_is_reached(self) -> None:
        text = page(drain=a_result(2.0, 2.0))

        assert "| 0.50 x | ≥ 0.45 x | reached |" in text
        assert "**missed**" not in text

    def test_opens_with_every_aim_and_leads_to_its_section(self) -> None:
        text = page(drain=a_result(1.0, 2.0))

        link = "[Draining what is due](#draining-what-is-due)"
        assert f"| {link} | 2026-01-02 | work: Tocsin to plain loop | 0.38 x | ≥ 0.45 x | **missed** |" in text
        assert "## Draining what is due\n\nHow to read it." in text

    def test_names_the_machine_and_the_versions_once(self) -> None:
        text = page(drain=a_result(1.0), mail=a_result(1.0))

        assert text.count("2 cores of Some CPU, 8 GB, Linux 6, ext4; Tocsin 0.1.0, Python 3.11.7, SQLite 3.40.1") == 1
        assert "huey 3.5.4" in text

    def test_names_another_machine_where_a_part_was_measured_on_one(self) -> None:
        elsewhere = evolve(a_result(1.0), machine=evolve(MACHINE, cores=64))

        text = page(drain=a_result(1.0), mail=elsewhere)

        assert "64 cores" in text.split("## Personal mail")[1]

    def test_names_a_part_that_could_not_be_measured_and_what_to_do(self) -> None:
        missing = Result(date="2026-01-02", took_s=0, machine=MACHINE, missing="smtp-sink is missing; install postfix")

        text = page(drain=a_result(1.0), mail=missing)

        assert "| **not measured** | smtp-sink is missing; install postfix |" in text
        assert "**Not measured on 2026-01-02:** smtp-sink is missing; install postfix." in text

    def test_names_a_part_that_was_never_measured(self) -> None:
        assert "Not measured yet: `make bench ONLY=mail`." in page(drain=a_result(1.0))

    def test_keeps_a_peer_without_a_server_in_its_table(self) -> None:
        result = a_result(1.0)
        table = result.tables[0]
        absent = evolve(table.lines[1], name="celery", values=(), note="no server given in BENCH_REDIS_URL")

        text = page(drain=evolve(result, tables=(evolve(table, lines=(*table.lines, absent)),)))

        assert "| celery (floor), no server given in BENCH_REDIS_URL | | | | | | |" in text

    def test_says_what_was_checked_and_how_long_all_of_it_takes(self) -> None:
        text = page(drain=a_result(1.0), mail=evolve(a_result(1.0), took_s=240))

        assert "Checked: the count. Measured 2026-01-02 in 240 s." in text
        assert "about 5 minutes" in text

    def test_says_how_busy_others_kept_the_machine(self) -> None:
        text = page(drain=evolve(a_result(1.0), others_cores=0.84))

        assert "in 60 s. Others kept 0.8 of 2 cores busy meanwhile." in text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(1234567.8, "/s", "1 234 568/s"), (52.34, "MB", "52.3 MB"), (0.1234, "", "0.12"), (99.96, "ms", "100.0 ms")],
)
def test_a_number_has_three_digits_or_all_before_the_point(value: float, unit: str, text: str) -> None:
    assert number(value, unit) == text
