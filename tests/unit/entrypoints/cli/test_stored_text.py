"""What others wrote cannot take hold of the terminal that shows it."""

import json

import pytest

from entrypoints.cli.plain_text import counted, shown, span, visible, visible_lines
from tests.unit.entrypoints.cli.runner import CommandLine

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe\r\x7f"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain Grüße 漢字", "plain Grüße 漢字"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\x9b2J", "\\x9b2J"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\u202e", "\\u202e"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("\u2028", "\\u2028"),
        ("5\u00a0kg", "5\u00a0kg"),
    ],
)
def test_characters_that_do_something_are_written_out(text: str, seen: str) -> None:
    assert visible(text) == seen


def test_the_lines_of_a_body_stay_lines() -> None:
    assert visible_lines("one\r\ntwo\n\x1bthree\rfour") == "one\ntwo\n\\x1bthree\\rfour"


def test_nothing_is_a_dash() -> None:
    assert [shown(None), shown(""), shown(0)] == ["-", "-", "0"]


def test_spans_and_numbers_read_well() -> None:
    assert [span(None), span(999), span(1500), span(119_999)] == [None, "999 ms", "1.5 s", "120.0 s"]
    assert [span(120_000), span(7_200_000), span(217_511_562_700)] == ["2.0 min", "2.0 h", "2517.5 d"]
    assert [counted(1, "row"), counted(0, "row"), counted(12_345, "row")] == ["1 row", "0 rows", "12 345 rows"]


class TestNoCommandPassesItOn:
    @pytest.fixture
    def attacked(self, tocsin: CommandLine) -> CommandLine:
        tocsin.write(
            "people.jsonl", json.dumps({"id": "ada", "phone": "+14155550101", "attributes": {"note": EVIL}}) + "\n"
        )
        tocsin.ok("recipients", "import", "people.jsonl")
        tocsin.script("reject")  # with a reason that has an escape sequence
        given = ("--to", "ada", "--type", "transactional", "--body", EVIL)
        tocsin.ok("send", *given, "--channel", "in_app", "--data", f"k={EVIL}")
        tocsin.ok("send", *given, "--channel", "sms")
        tocsin.ok("dispatch")
        return tocsin

    @pytest.mark.parametrize(
        "args",
        ["list", "show 1", "show 2", "why 2", "inbox ada", "recipients list", "recipients show ada", "gateways list"],
    )
    @pytest.mark.parametrize("format_", [(), ("--json",)])
    def test_neither_as_text_nor_as_json(self, attacked: CommandLine, args: str, format_: tuple[str, ...]) -> None:
        printed = attacked.ok(*args.split(), *format_)

        assert not [character for character in printed if not character.isprintable() and character != "\n"]

    def test_json_gives_it_back_as_it_was(self, attacked: CommandLine) -> None:
        assert attacked.json("show", "1")["body"] == EVIL

    def test_nor_in_an_error(self, tocsin: CommandLine) -> None:
        result = tocsin("recipients", "show", EVIL)

        assert result.exit_code == 3
        assert "\x1b" not in result.stderr
