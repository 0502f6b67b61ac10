"""Help is written from a table, says what is true, and its examples work."""

import shlex
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import click
import pytest

from entrypoints.cli.catalogue import COMMANDS
from entrypoints.cli.main import command
from entrypoints.cli.session import Session
from tests.unit.entrypoints.cli.runner import CommandLine


def every_command() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(command, info_name="tocsin")
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield name, found
        if isinstance(found, click.Group):
            yield from ((f"{name} {below}", one) for below, one in found.commands.items())


EVERY = dict(every_command())
EXAMPLES = [line.strip() for one in EVERY.values() for line in (one.epilog or "").strip().splitlines()]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_the_command_itself_says(name: str) -> None:
    own = (EVERY[name].help or "").split("\n")[0].rstrip(".")

    assert COMMANDS[name].help == own


@pytest.mark.parametrize("name", EVERY)
def test_every_command_has_help_an_example_and_the_options_that_go_anywhere(tocsin: CommandLine, name: str) -> None:
    shown = tocsin.ok(*name.split(), "--help")

    assert "Examples" in shown
    for option in ("--json", "--config", "--quiet"):
        assert option in shown


@pytest.mark.parametrize("name", EVERY)
def test_every_option_says_what_it_is(name: str) -> None:
    unexplained = [
        one.name
        for one in EVERY[name].params
        if isinstance(one, click.Option) and not one.help and one.name not in {"name", "email"}
    ]

    assert not unexplained


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_a_command_that_can_be_read(tmp_path: Path, example: str) -> None:
    words = shlex.split(example.partition(" < ")[0])
    args = words[words.index("tocsin") + 1 :]
    for name in ("people.csv", "people.jsonl", "ids.csv"):
        (tmp_path / name).touch()

    with chdir(tmp_path):
        context = command.make_context("tocsin", args, obj=Session({}, tmp_path))
        rest = [*context._protected_args, *context.args]
        current: click.Command = command
        while isinstance(current, click.Group):
            _, found, rest = current.resolve_command(context, rest)
            assert found is not None
            current = found
            context = current.make_context(current.name, rest, parent=context)
            rest = [*context._protected_args, *context.args]


def test_help_names_every_command(tocsin: CommandLine) -> None:
    shown = tocsin.ok("--help")

    for name in COMMANDS:
        assert f"  {name} " in shown


def test_help_says_ranges_in_words_and_cuts_nothing_off(tocsin: CommandLine) -> None:
    for args in (("list",), ("inbox",), ("dispatch",), ("serve",), ("keys",), ("recipients",), ("gateways",)):
        shown = tocsin.ok(*args, "--help")
        assert "<=" not in shown
        assert ">=" not in shown
        assert "..." not in shown.replace("]...", "")


def test_a_mistyped_command_gets_the_one_that_was_meant(tocsin: CommandLine) -> None:
    result = tocsin("repot")

    assert result.exit_code == 2
    assert "did you mean report?" in result.stderr


def test_help_off_a_terminal_has_no_colour(tocsin: CommandLine) -> None:
    assert "\x1b" not in tocsin.ok("--help")


def test_the_version_can_be_asked_for(tocsin: CommandLine) -> None:
    assert tocsin.ok("--version").startswith("tocsin")


@pytest.mark.parametrize("name", ["campaigns", "gateways", "suppressions", "recipients", "keys", "lanes"])
def test_the_commands_of_a_family_are_explained_in_whole_sentences(tocsin: CommandLine, name: str) -> None:
    assert "..." not in tocsin.ok(name, "--help").partition("Commands")[2]


def test_a_default_is_shown_as_it_is_typed(tocsin: CommandLine) -> None:
    assert "[default: manual]" in " ".join(tocsin.ok("suppressions", "add", "--help").split())


def test_where_a_browser_gets_its_token_is_said(tocsin: CommandLine) -> None:
    assert "/inbox/token" in tocsin.ok("inbox", "--help")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("send", "--to", "ada"), "--channel is missing; give one of: email, sms, push, web_push, in_app"),
        (("send", "--channel", "sms"), "--to is missing"),
        (("show",), "ID is missing"),
        (("inbox", ""), "Invalid value for 'RECIPIENT': is empty; name one"),
        (
            ("gateways", "vapid"),
            "--out: is missing; say where the private key goes: --out vapid.pem, or see both: --json",
        ),
    ],
)
def test_what_is_missing_is_named_in_a_sentence(tocsin: CommandLine, args: tuple[str, ...], told: str) -> None:
    assert tocsin(*args).stderr.splitlines()[0] == f"error: {told}"
