"""Colour and bars are for terminals; pipes get plain text, and may be closed at any time."""

import os
import resource
import signal
import subprocess
from pathlib import Path

import pytest

from tests.integration.cli.process import COMMAND, Running, environment, ok, on_terminal, run

ESCAPE = "\x1b["
BULK = ("bulk", "--audience", "all", "--channel", "in_app", "--type", "informational", "--body", "Hi")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "people.csv").write_text("id\n" + "".join(f"person-{number}\n" for number in range(3000)))
    ok(tmp_path, "recipients", "import", "people.csv")
    return tmp_path


class TestATerminal:
    def test_gets_colour_and_a_drawn_table(self, folder: Path) -> None:
        code, shown = on_terminal(folder, "gateways", "list")

        assert code == 0
        assert ESCAPE in shown
        assert "─" in shown

    def test_gets_no_colour_if_it_wants_none(self, folder: Path) -> None:
        for args in (("gateways", "list"), ("--help",), ("recipients", "show", "person-1")):
            assert ESCAPE not in on_terminal(folder, *args, NO_COLOR="1")[1]

    def test_gets_colour_in_help(self, folder: Path) -> None:
        assert ESCAPE in on_terminal(folder, "--help")[1]

    def test_gets_a_bar_while_it_waits(self, folder: Path) -> None:
        assert "importing" in on_terminal(folder, "recipients", "import", "people.csv")[1]
        assert "importing" not in on_terminal(folder, "recipients", "import", "people.csv", "--quiet")[1]

    def test_that_is_dumb_gets_plain_text(self, folder: Path) -> None:
        assert ESCAPE not in on_terminal(folder, "gateways", "list", TERM="dumb")[1]

    def test_is_asked_before_many_are_told(self, folder: Path) -> None:
        code, shown = on_terminal(folder, *BULK, typed="n\n")
        assert code == 1
        assert "Send to 3 000 recipients by in_app?" in shown
        assert ok(folder, "list", "--json") == ""

        code, _ = on_terminal(folder, *BULK, typed="y\n")
        assert code == 0
        assert len(ok(folder, "list", "--limit", "0", "--json").splitlines()) == 3000

    def test_that_is_narrow_gets_whole_words_and_hears_what_had_no_room(self, folder: Path) -> None:
        ok(folder, "send", "--to", "person-1", "--channel", "in_app", "--type", "transactional", "--body", "Hi")
        wide, narrow, tiny = (on_terminal(folder, "list", COLUMNS=str(columns))[1] for columns in (140, 52, 20))

        assert "no room" not in wide
        assert "transactional" in wide
        assert "no room here for: type" in narrow
        assert "person-1" in narrow
        assert "pending" in narrow
        assert ["id", "1"] in [line.replace("\x1b[1m", "").replace("\x1b[0m", "").split() for line in tiny.splitlines()]
        assert "─" not in tiny

    def test_keeps_the_columns_of_a_long_list_in_line(self, folder: Path) -> None:
        _, shown = on_terminal(folder, "recipients", "list", "--limit", "0", NO_COLOR="1")
        rows = [line.rstrip() for line in shown.splitlines() if line.startswith("person-")]

        assert len(rows) == 3000
        assert {row.index(" -") for row in rows} == {len("person-1000") + 1}

    @pytest.mark.parametrize("columns", [50, 80, 120])
    def test_gets_two_lines_of_a_long_message(self, folder: Path, columns: int) -> None:
        given = ("--to", "person-1", "--channel", "in_app", "--type", "transactional", "--body")
        ok(folder, "send", *given, "many words " * 1000)
        ok(folder, "dispatch")
        _, shown = on_terminal(folder, "inbox", "person-1", COLUMNS=str(columns), NO_COLOR="1")

        told = [line.rstrip() for line in shown.splitlines() if "many" in line or "words" in line]
        assert len(told) == 2
        assert told[0].endswith(("many words", "many words many"))
        assert told[1].endswith("…")

    def test_cannot_be_controlled_by_a_stored_name(self, folder: Path) -> None:
        (folder / "evil.jsonl").write_text('{"id": "evil", "attributes": {"note": "\\u001b]0;owned\\u0007 [bold]"}}\n')
        ok(folder, "recipients", "import", "evil.jsonl")
        _, shown = on_terminal(folder, "recipients", "list", "--after", "e", "--limit", "1")

        assert "\x1b]0" not in shown
        assert "[bold]" in shown  # and it is no markup


class TestAPipe:
    def test_gets_no_colour_and_no_bar(self, folder: Path) -> None:
        done = run(folder, "recipients", "import", "people.csv")

        assert ESCAPE not in done.stdout + done.stderr
        assert done.stderr == ""

    @pytest.mark.parametrize("format_", [(), ("--json",)])
    def test_that_is_closed_early_ends_it_quietly(self, folder: Path, format_: tuple[str, ...]) -> None:
        process = subprocess.Popen(
            [*COMMAND, "recipients", "list", "--limit", "0", *format_],
            cwd=folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()

        assert process.stderr.read() == ""
        assert process.wait(30) == 0
        process.stderr.close()

    def test_that_is_full_is_a_failure_with_a_sentence(self, folder: Path) -> None:
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [*COMMAND, "recipients", "list", "--limit", "0"],
                cwd=folder,
                env=environment(),
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )

        assert done.returncode == 1
        assert done.stderr.splitlines() == ["error: No space left on device"]

    def test_that_is_full_is_told_once_for_a_short_answer_too(self, folder: Path) -> None:
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [*COMMAND, "gateways", "list"],
                cwd=folder,
                env=environment(),
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )

        assert (done.returncode, done.stderr) == (1, "error: No space left on device\n")

    def test_that_was_closed_before_takes_nothing_and_does_no_harm(self, folder: Path) -> None:
        command = " ".join([*COMMAND, "recipients", "list", "--quiet", ">&-"])
        done = subprocess.run(
            command, shell=True, cwd=folder, env=environment(), stderr=subprocess.PIPE, text=True, check=False
        )

        assert (done.returncode, done.stderr) == (0, "")

    def test_that_cannot_take_every_character_gets_the_others_written_out(self, folder: Path) -> None:
        ok(folder, "recipients", "set", "ada", "--name", "漢字")
        as_text = run(folder, "recipients", "show", "ada", PYTHONIOENCODING="latin-1")
        as_json = run(folder, "recipients", "show", "ada", "--json", PYTHONIOENCODING="latin-1")

        assert "\\u6f22\\u5b57" in as_text.stdout
        assert '"name": "\\u6f22\\u5b57"' in as_json.stdout


def test_ctrl_c_ends_a_command_quietly_with_130(folder: Path) -> None:
    pipe = folder / "endless.csv"
    os.mkfifo(pipe)
    with Running(folder, ("recipients", "import", pipe.name)) as importing, pipe.open("w") as source:
        source.write("id\n")
        source.flush()
        code, out, err = importing.end_by(signal.SIGINT, 5.0)

    assert (code, out, err.strip()) == (130, "", "")


def test_ctrl_c_while_it_is_loading_leaves_no_traceback(folder: Path) -> None:
    (folder / "click.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    done = run(folder, "list")  # finds that click first, in the current folder

    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_an_import_that_the_disk_ends_says_how_far_it_came(folder: Path) -> None:
    (folder / "many.csv").write_text("id\n" + "".join(f"person-{number:05}\n" for number in range(20_000)))
    done = subprocess.run(
        [*COMMAND, "recipients", "import", "many.csv"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, resource.RLIM_INFINITY)),
    )
    note, error = done.stderr.splitlines()
    kept = int("".join(filter(str.isdigit, note)))

    assert (done.returncode, done.stdout) == (1, "")
    assert error.startswith("error: ")
    assert 0 < kept < 20_000
    assert len(ok(folder, "recipients", "list", "--limit", "0", "--json").splitlines()) == 3000 + kept


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"caf\xe9", "error: --body: what came in is not UTF-8 text\n"),
        (b"x" * 1_000_001, "error: --body: what came in is longer than 1000000 bytes; shorten it\n"),
    ],
)
def test_what_comes_in_is_checked_before_anything_is_stored(folder: Path, given: bytes, said: str) -> None:
    done = subprocess.run(
        [*COMMAND, "send", "--to", "person-1", "--channel", "in_app", "--type", "transactional", "--body", "-"],
        cwd=folder,
        env=environment(LC_ALL="C"),  # where Python would take bytes that are no text
        input=given,
        capture_output=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr.decode()) == (2, b"", said)
    assert ok(folder, "list", "--json") == ""


def test_an_argument_is_utf_8_also_where_the_locale_is_not(folder: Path) -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ok(folder, "recipients", "set", "ada", "--name", "Grüße 👋", **ascii_only)

    assert '"name": "Grüße 👋"' in ok(folder, "recipients", "show", "ada", "--json", PYTHONUTF8="1")


def test_a_current_folder_that_was_removed_is_named(folder: Path) -> None:
    gone = folder / "gone"
    command = f'cd "{gone}" && rmdir "{gone}" && exec {" ".join(COMMAND)} list'
    gone.mkdir()
    done = subprocess.run(command, shell=True, env=environment(), capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: the current folder was removed; change to another one\n"


def test_what_is_listed_is_found_by_other_tools(folder: Path) -> None:
    lines = ok(folder, "recipients", "list", "--limit", "0").splitlines()

    assert len(lines) == 3001  # one line of titles, however many there are
    assert {len(line.split()) for line in lines[1:]} == {8}
