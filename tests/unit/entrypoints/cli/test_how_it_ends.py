"""Every way to end has its exit code and its sentence; standard output has results alone."""

import json

import pytest

from domain.errors import (
    Conflict,
    IllegalTransition,
    InvalidInput,
    KeyReused,
    Misconfigured,
    NotFound,
    StoreUnavailable,
)
from entrypoints.cli.failures import exit_code, sentences
from tests.unit.entrypoints.cli.runner import CommandLine


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (InvalidInput.of("send_at", "is wrong"), 2, ["--at: is wrong"]),
        (InvalidInput.of("something", "is wrong"), 2, ["something: is wrong"]),
        (Misconfigured(["one", "two"]), 2, ["one", "two"]),
        (NotFound("recipient", "ada"), 3, ["no recipient has the id ada"]),
        (Conflict("not so"), 4, ["not so"]),
        (IllegalTransition("not so"), 4, ["not so"]),
        (KeyReused("k"), 4, [str(KeyReused("k"))]),
        (StoreUnavailable("locked"), 1, ["locked"]),
        (FileNotFoundError(2, "No such file or directory", "a.csv"), 1, ["a.csv: No such file or directory"]),
    ],
)
def test_each_error_has_its_code_and_its_sentence(error: Exception, code: int, said: list[str]) -> None:
    assert exit_code(error) == code
    assert sentences(error) == said


class TestTheConfiguration:
    def test_all_its_problems_are_named_at_once(self, tocsin: CommandLine) -> None:
        tocsin.write("tocsin.toml", 'store = "oracle://x"\nnonsense = 1\n')
        result = tocsin("list")

        assert result.exit_code == 2
        assert result.stdout == ""
        assert len(result.stderr.splitlines()) == 2
        assert all(line.startswith("error: ") for line in result.stderr.splitlines())

    def test_a_missing_one_that_was_named_is_an_error(self, tocsin: CommandLine) -> None:
        assert tocsin("list", "--config", "nowhere.toml").exit_code == 2


class TestTheStore:
    def test_one_that_cannot_be_used_is_a_failure_with_a_sentence(self, tocsin: CommandLine) -> None:
        (tocsin.folder / "tocsin.db").mkdir()
        result = tocsin("list")

        assert result.exit_code == 1
        assert result.stderr.startswith("error: ")
        assert "Traceback" not in result.output


class TestABug:
    def test_is_a_short_line_that_says_where_the_rest_is(self, tocsin: CommandLine) -> None:
        tocsin.script("raise")
        result = tocsin("gateways", "check", "scripted")

        assert result.exit_code == 1
        assert result.stderr == (
            "error: this is a bug in Tocsin (KeyError); run it again with TOCSIN_DEBUG=1 to see the traceback\n"
        )

    def test_is_shown_whole_to_those_who_ask(self, tocsin: CommandLine) -> None:
        tocsin.script("raise")
        tocsin.environ["TOCSIN_DEBUG"] = "1"

        assert "Traceback" in tocsin("gateways", "check", "scripted").stderr


class TestWrongUsage:
    @pytest.mark.parametrize(
        "args",
        [
            (),
            ("--nonsense",),
            ("nonsense",),
            ("send",),
            ("list", "--nonsense"),
            ("list", "--limit", "-1"),
            ("list", "--limit", "many"),
            ("list", "--status", "gone"),
            ("list", "--after", "99999999999999999999"),
            ("list", "extra"),
            ("list", "--campaign", ""),
            ("retry", "--status", "failed", "--campaign", ""),
            ("retry", "--status", "failed", "--reason", " "),
            ("cancel", "--campaign", ""),
            ("report", "--by", "weather"),
            ("serve", "--port", "99999"),
            ("recipients",),
            ("dispatch", "--limit", "-1"),
        ],
    )
    def test_has_code_2_and_nothing_on_standard_output(self, tocsin: CommandLine, args: tuple[str, ...]) -> None:
        result = tocsin(*args)

        assert result.exit_code == 2
        assert result.stdout == ""
        assert result.stderr

    def test_shows_how_it_is_called(self, tocsin: CommandLine) -> None:
        result = tocsin("list", "--limit", "many")

        assert result.stderr.splitlines() == [
            "error: Invalid value for '--limit': 'many' is not a valid whole number.",
            "Usage: tocsin list [OPTIONS]",
            "see: tocsin list --help",
        ]


class TestJson:
    @pytest.fixture
    def sent(self, tocsin: CommandLine) -> CommandLine:
        tocsin.person()
        tocsin.send("in_app")
        tocsin.ok("dispatch")
        tocsin.write("people.csv", "id\nemmy\n")
        return tocsin

    @pytest.mark.parametrize(
        "args",
        [
            "init",
            "doctor",
            "recipients import people.csv",
            "recipients list",
            "recipients show ada",
            "recipients set ada --name Ada",
            "send --to ada --channel in_app --type transactional --body Hi",
            "bulk --audience all --channel in_app --type transactional --body Hi",
            "bulk --audience all --channel in_app --type transactional --body Hi --dry-run",
            "dispatch",
            "retry --status failed",
            "cancel --campaign 1",
            "list",
            "show 1",
            "why 1",
            "inbox ada",
            "report",
            "gateways list",
            "keys create --scope send",
            "keys list",
        ],
    )
    def test_is_all_there_is_on_standard_output_wherever_the_option_stands(self, sent: CommandLine, args: str) -> None:
        if args.startswith("cancel"):
            sent.ok("bulk", "--audience", "all", "--channel", "in_app", "--type", "promotional", "--body", "Hi")
        for words in ((*args.split(), "--json"), ("--json", *args.split())):
            lines = sent.ok(*words).splitlines()
            assert all(isinstance(json.loads(line), dict) for line in lines)
            assert lines or args == "keys list"

    def test_of_a_failure_leaves_standard_output_empty(self, sent: CommandLine) -> None:
        result = sent("show", "99", "--json")

        assert result.stdout == ""
        assert result.stderr == "error: no notification has the id 99\n"


class TestQuiet:
    def test_leaves_out_notes_wherever_the_option_stands(self, tocsin: CommandLine) -> None:
        tocsin.person()
        given = ("send", "--to", "ada", "--channel", "in_app", "--type", "transactional", "--body", "Hi")

        for words in ((*given, "--quiet"), ("--quiet", *given)):
            result = tocsin(*words)
            assert result.stdout.strip().isdigit()
            assert result.stderr == ""

    def test_keeps_errors(self, tocsin: CommandLine) -> None:
        assert tocsin("show", "1", "--quiet").stderr.startswith("error: ")
