"""``preferences`` shows and changes what people want to be told."""

from typing import Any

import pytest

from tests.unit.entrypoints.cli.runner import CommandLine

CONFIGURATION = """
timezone = "Europe/Berlin"

[types.promotional]
quiet_hours = "22:00-07:00"

[[preferences.defaults]]
topic = "offers"
wanted = false

[[preferences.defaults]]
channel = "sms"
type = "promotional"
wanted = false
"""


def table(text: str) -> list[list[str]]:
    """Return the rows under the last titles, without those titles."""
    rows = text.split("what holds now, apart from topics\n")[1].splitlines()[1:]
    return [row.split(maxsplit=3) for row in rows if not row.startswith("transactional")]


class TestShowing:
    def test_says_what_holds_of_who_said_nothing(self, tocsin: CommandLine) -> None:
        tocsin.write("tocsin.toml", CONFIGURATION)
        tocsin.person()

        shown = tocsin.ok("preferences", "show", "ada")

        assert shown.startswith("ada made no choice; the defaults hold\n")
        assert ["sms", "promotional", "no", "the default of sms promotional"] in table(shown)
        assert ["email", "promotional", "yes", "-"] in table(shown)
        assert len(table(shown)) == 10
        hours = {line.split(maxsplit=1)[0]: line.split(maxsplit=1)[1].strip() for line in _quiet_hours(shown)}
        assert hours == {
            "their": "own      -",
            "informational": "at no hour",
            "promotional": "22:00-07:00",
            "time": "zone      Europe/Berlin, as they have none",
        }

    def test_lists_their_choices_and_what_follows(self, tocsin: CommandLine) -> None:
        tocsin.person(timezone="Europe/Vienna")
        tocsin.ok("preferences", "set", "ada", "--topic", "news", "--channel", "email", "--wanted", "yes")
        tocsin.ok(
            "preferences", "set", "ada", "--type", "promotional", "--wanted", "no", "--quiet-hours", "21:00-08:00"
        )

        titles, *rows = tocsin.ok("preferences", "show", "ada").split("\n\n")[0].splitlines()

        assert titles.split() == ["CHANNEL", "TYPE", "TOPIC", "WANTED"]
        assert [row.split("  ") for row in (" ".join(row.split()) for row in rows)] == [
            ["any promotional any no"],
            ["email any news yes"],
        ]
        shown = tocsin.ok("preferences", "show", "ada")
        assert ["email", "promotional", "no", "their choice of promotional"] in table(shown)
        assert "21:00-08:00" in _quiet_hours(shown)[0]
        assert _quiet_hours(shown)[-1].endswith("Europe/Vienna")

    def test_prints_it_as_http_does(self, tocsin: CommandLine) -> None:
        tocsin.person()
        tocsin.ok("preferences", "set", "ada", "--topic", "news", "--wanted", "no", "--quiet-hours", "none")

        shown = tocsin.json("preferences", "show", "ada")

        assert shown["choices"] == [{"channel": None, "type": None, "topic": "news", "wanted": False}]
        assert shown["quiet_hours"] == "none"
        assert shown["effect"]["quiet_hours"] == {"informational": None, "promotional": None}


class TestSetting:
    def test_everything_leaves_out_what_cannot_be_refused_and_says_so(self, tocsin: CommandLine) -> None:
        tocsin.script("accept")
        tocsin.person()

        shown = tocsin.ok("preferences", "set", "ada", "--wanted", "no")
        order, news = tocsin.send("email"), tocsin.send("email", type_="informational")
        tocsin.ok("dispatch")

        assert {row[2] for row in table(shown)} == {"no"}
        assert shown.endswith("transactional notifications cannot be refused; they are sent whatever is said here\n")
        assert [tocsin.json("show", number)["status"] for number in (order, news)] == ["sent", "suppressed"]

    def test_default_takes_back_that_choice_alone(self, tocsin: CommandLine) -> None:
        tocsin.person()
        for options in (("--channel", "sms"), ("--channel", "sms", "--topic", "news")):
            tocsin.ok("preferences", "set", "ada", *options, "--wanted", "no")

        shown = tocsin.json("preferences", "set", "ada", "--channel", "sms", "--wanted", "default")

        assert [(one["channel"], one["topic"]) for one in shown["choices"]] == [("sms", "news")]

    @pytest.mark.parametrize(
        ("said", "kept", "held"),
        [
            ("21:00-08:00", "21:00-08:00", "21:00-08:00"),
            ("9:00-17:30", "09:00-17:30", "09:00-17:30"),
            ("none", "none", None),
            ("default", None, "22:00-07:00"),
        ],
    )
    def test_quiet_hours_change_alone(self, tocsin: CommandLine, said: str, kept: str | None, held: str | None) -> None:
        tocsin.write("tocsin.toml", CONFIGURATION)
        tocsin.person()
        tocsin.ok("preferences", "set", "ada", "--wanted", "yes", "--quiet-hours", "12:00-13:00")

        shown: dict[str, Any] = tocsin.json("preferences", "set", "ada", "--quiet-hours", said)

        assert (shown["quiet_hours"], len(shown["choices"])) == (kept, 1)
        assert shown["effect"]["quiet_hours"]["promotional"] == held

    @pytest.mark.parametrize(
        ("args", "code", "said"),
        [
            (("ada",), 2, "--wanted: is missing; give it, or --quiet-hours, or both"),
            (("ada", "--channel", "sms"), 2, "--wanted: is missing; say yes, no or default of sms"),
            (("ada", "--topic", "", "--wanted", "no"), 2, "--topic: must have 1 to 100 printable characters"),
            (("ada", "--type", "transactional", "--wanted", "no"), 2, "--type: transactional cannot be refused"),
            (("ada", "--quiet-hours", "21-8"), 2, "--quiet-hours: must be two times of day, such as 21:00-08:00, or"),
            (("ada", "--wanted", "maybe"), 2, "maybe"),
            (("ada", "--channel", "fax", "--wanted", "no"), 2, "fax"),
            (("--wanted", "no"), 2, "ID"),
            (("eve", "--wanted", "no"), 3, "no recipient has the id eve"),
        ],
    )
    def test_what_is_wrong_is_named_and_nothing_changes(
        self, tocsin: CommandLine, args: tuple[str, ...], code: int, said: str
    ) -> None:
        tocsin.person()

        result = tocsin("preferences", "set", *args)

        assert (result.exit_code, result.stdout) == (code, "")
        assert said in result.stderr
        assert tocsin.json("preferences", "show", "ada")["choices"] == []


def test_nobody_wants_nothing(tocsin: CommandLine) -> None:
    tocsin.person()
    assert tocsin("preferences", "show", "eve").exit_code == 3


def _quiet_hours(shown: str) -> list[str]:
    return shown.split("quiet hours\n", 1)[1].split("\n\n", maxsplit=1)[0].splitlines()
