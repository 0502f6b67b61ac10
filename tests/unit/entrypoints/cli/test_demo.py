"""The tour runs real commands, and everything it promises happens."""

import json
import shutil
from pathlib import Path

from entrypoints.cli.demo.stage import Stage
from entrypoints.cli.demo.tour import PARTS
from tests.unit.entrypoints.cli.runner import CommandLine


class TestDemo:
    def test_keeps_every_promise_and_shows_the_commands(self, tocsin: CommandLine) -> None:
        shown = tocsin.ok("demo")

        assert "NOT AS PROMISED" not in shown
        first = ("recipients import", "send", "bulk", "dispatch", "why", "retry", "cancel")
        for name in (*first, "templates put", "suppressions add", "inbox", "report"):
            assert f"$ tocsin {name} " in shown or f"$ tocsin {name}\n" in shown

    def test_leaves_nothing_behind_and_touches_no_store_of_ones_own(self, tocsin: CommandLine) -> None:
        tocsin.write("tocsin.toml", "nonsense = 1\n")
        result = tocsin("demo", "--json")
        summary = json.loads(result.stdout)

        assert result.exit_code == 0
        assert summary["broken"] == []
        assert summary["promises"] >= len(PARTS)
        assert summary["folder"] is None
        assert [path.name for path in tocsin.folder.iterdir()] == ["tocsin.toml"]

    def test_a_promise_that_is_not_kept_is_heard_of(self, tmp_path: Path) -> None:
        said: list[str] = []
        stage = Stage(tmp_path, said.append)
        stage.set_up()
        stage.run("show", "1")
        stage.promise("the sky is green", holds=False)

        assert stage.broken == ["show ends with exit code 0, not 3", "the sky is green"]
        assert "  NOT AS PROMISED: the sky is green" in said

    def test_keeps_the_folder_for_those_who_want_to_look(self, tocsin: CommandLine) -> None:
        folder = Path(tocsin.json("demo", "--keep")["folder"])
        kept = {path.name for path in folder.iterdir()}
        shutil.rmtree(folder)

        assert {"tocsin.toml", "tocsin.db", "outbox", "people.rejects.csv"} <= kept
