import sys
from pathlib import Path

import pytest

from bench import processes
from bench.failures import NotMeasured
from bench.letter import BODY, SUBJECT, letter, template


class TestAMeasuredProcess:
    def test_gives_its_time_its_memory_and_what_it_printed(self, tmp_path: Path) -> None:
        ended = processes.run([sys.executable, "-c", "print('done')"], tmp_path)

        assert ended.output == "done\n"
        assert ended.seconds > 0
        assert ended.peak_mb > 1

    def test_that_fails_is_told_with_its_own_words(self, tmp_path: Path) -> None:
        with pytest.raises(NotMeasured, match="ended with 3: no disk"):
            processes.run(
                [sys.executable, "-c", "import sys; print('no disk', file=sys.stderr); sys.exit(3)"], tmp_path
            )

    def test_knows_no_settings_of_this_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TOCSIN_STORE", "sqlite:///precious.db")

        assert "TOCSIN_STORE" not in processes.environment()

    def test_is_understood_by_its_last_json_whatever_stands_around_it(self) -> None:
        assert processes.last_line('{"a": 0}\nworking\n{"a": 1}\nworker: ended\n') == {"a": 1}

    def test_that_says_nothing_is_no_measurement(self) -> None:
        with pytest.raises(NotMeasured, match="said nothing"):
            processes.last_line("\nTraceback\n")


class TestTheLetter:
    def test_is_personal(self) -> None:
        subject, body, address = letter(7)

        assert (subject, address) == ("News for Person 7", "person.7@example.com")
        assert "for=p7" in body

    def test_has_a_template_that_asks_for_the_same(self) -> None:
        assert template(SUBJECT) == "News for {{ recipient.name }}"
        assert template(BODY).count("{{ recipient.") == BODY.count("{")
