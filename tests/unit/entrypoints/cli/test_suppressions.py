"""``suppressions`` shows and changes what must not be used."""

import pytest

from tests.unit.entrypoints.cli.runner import CommandLine

ADA = ("--channel", "email", "ada@example.com")


class TestAdding:
    def test_takes_an_address_out_of_use(self, tocsin: CommandLine) -> None:
        tocsin.script("accept")
        tocsin.person()
        said = tocsin.ok("suppressions", "add", "--channel", "email", "Ada@Example.com")
        assert said == "email/ada@example.com is suppressed: manual\n"

        number = tocsin.send("email")
        tocsin.ok("dispatch")

        assert tocsin.json("show", number)["status"] == "suppressed"

    def test_prints_how_it_stands(self, tocsin: CommandLine) -> None:
        shown = tocsin.json("suppressions", "add", *ADA, "--reason", "complaint", "--detail", "by phone")
        assert {name: shown[name] for name in ("channel", "address", "reason", "detail")} == {
            "channel": "email",
            "address": "ada@example.com",
            "reason": "complaint",
            "detail": "by phone",
        }
        assert shown["at"].endswith("Z")

        assert tocsin.json("suppressions", "add", *ADA)["reason"] == "manual"
        assert [one["reason"] for one in tocsin.json_lines("suppressions", "list")] == ["complaint", "manual"]

    def test_after_a_complaint_a_transactional_mail_goes_on_and_why_says_so(self, tocsin: CommandLine) -> None:
        tocsin.script("accept")
        tocsin.person()
        tocsin.ok("suppressions", "add", *ADA, "--reason", "complaint")
        spared, stopped = tocsin.send("email"), tocsin.send("email", type_="informational")

        tocsin.ok("dispatch")

        told = {number: tocsin.json("why", number) for number in (spared, stopped)}
        assert [told[one]["notification"]["status"] for one in (spared, stopped)] == ["sent", "suppressed"]
        assert [told[one]["suppressions"][0]["stops"] for one in (spared, stopped)] == [False, True]
        lines = {one: tocsin.ok("why", one).splitlines() for one in (spared, stopped)}
        for number, word in ((spared, "no"), (stopped, "yes")):
            row = next(line.split() for line in lines[number] if line.startswith("ada@example.com "))
            assert (row[1], row[-2]) == ("complaint", word)

    def test_why_says_of_each_reason_whether_it_stops(self, tocsin: CommandLine) -> None:
        tocsin.script("accept")
        tocsin.person()
        for reason in ("complaint", "unreachable"):
            tocsin.ok("suppressions", "add", *ADA, "--reason", reason)
        number = tocsin.send("email")
        tocsin.ok("dispatch")

        told = tocsin.json("why", number)["suppressions"]
        rows = [line.split() for line in tocsin.ok("why", number).splitlines() if line.startswith("ada@example.com ")]

        assert tocsin.json("show", number)["status"] == "suppressed"
        assert [(one["address"], one["reason"], one["stops"]) for one in told] == [
            ("ada@example.com", "complaint", False),
            ("ada@example.com", "unreachable", True),
        ]
        assert [(row[1], row[-2]) for row in rows] == [("complaint", "no"), ("unreachable", "yes")]

    @pytest.mark.parametrize(
        ("args", "code", "said"),
        [
            (("--channel", "email", "ada"), 2, "ADDRESS: is not an email address"),
            (("--channel", "sms", "0664"), 2, "ADDRESS: is not a phone number"),
            ((*ADA, "--detail", " "), 2, "--detail: must have 1 to 500 printable characters"),
            (("--channel", "fax", "1"), 2, "fax"),
            ((*ADA, "--reason", "because"), 2, "because"),
            (("ada@example.com",), 2, "--channel"),
            (("--channel", "email"), 2, "ADDRESS"),
        ],
    )
    def test_what_is_wrong_is_named(self, tocsin: CommandLine, args: tuple[str, ...], code: int, said: str) -> None:
        result = tocsin("suppressions", "add", *args)

        assert (result.exit_code, result.stdout) == (code, "")
        assert said in result.stderr


class TestRemoving:
    def test_lets_an_address_be_used_again(self, tocsin: CommandLine) -> None:
        tocsin.script("accept")
        tocsin.person()
        tocsin.ok("suppressions", "add", *ADA)

        said = tocsin.ok("suppressions", "remove", "--channel", "email", "ADA@example.com")
        number = tocsin.send("email")
        tocsin.ok("dispatch")

        assert said == "email/ada@example.com may be used again; it was suppressed: manual\n"
        assert tocsin.json("show", number)["status"] == "sent"

    def test_prints_what_stood_against_it(self, tocsin: CommandLine) -> None:
        added = tocsin.json("suppressions", "add", *ADA)
        assert tocsin.json("suppressions", "remove", *ADA) == {"removed": [added], "left": []}
        assert tocsin.json_lines("suppressions", "list") == []

    @pytest.mark.parametrize(
        ("decided", "rest"),
        [(("stop",), "--reason stop"), (("complaint", "stop"), "--all")],
    )
    def test_what_the_person_decided_stays_and_it_says_how_to_remove_it(
        self, tocsin: CommandLine, decided: tuple[str, ...], rest: str
    ) -> None:
        for reason in ("unreachable", "manual", *decided):
            tocsin.ok("suppressions", "add", *ADA, "--reason", reason)

        said = tocsin.ok("suppressions", "remove", *ADA)

        assert said.splitlines() == [
            f"email/ada@example.com stays suppressed: {', '.join(decided)}; no longer: manual, unreachable",
            f"to remove the rest too: tocsin suppressions remove --channel email ada@example.com {rest}",
        ]
        command = said.splitlines()[1].split(": tocsin ")[1].split()
        assert tocsin.ok(*command).startswith("email/ada@example.com may be used again; ")
        assert tocsin.json_lines("suppressions", "list") == []

    def test_where_only_that_stands_nothing_is_removed_and_the_command_fails(self, tocsin: CommandLine) -> None:
        tocsin.ok("suppressions", "add", *ADA, "--reason", "stop")

        result = tocsin("suppressions", "remove", *ADA)

        assert (result.exit_code, result.stdout) == (4, "")
        assert "email/ada@example.com stays suppressed: stop; name" in result.stderr
        assert [one["reason"] for one in tocsin.json_lines("suppressions", "list")] == ["stop"]

    def test_one_reason_and_all_is_refused(self, tocsin: CommandLine) -> None:
        tocsin.ok("suppressions", "add", *ADA)

        result = tocsin("suppressions", "remove", *ADA, "--reason", "manual", "--all")

        assert (result.exit_code, result.stdout) == (2, "")
        assert "--all: means every reason" in result.stderr

    def test_what_is_not_there_is_not_found(self, tocsin: CommandLine) -> None:
        result = tocsin("suppressions", "remove", *ADA)
        assert (result.exit_code, result.stdout) == (3, "")
        assert "email/ada@example.com" in result.stderr
        assert tocsin("suppressions", "remove", "--channel", "email", "ada").exit_code == 2


class TestListing:
    @pytest.fixture
    def filled(self, tocsin: CommandLine) -> CommandLine:
        for args in (
            ("--channel", "sms", "+14155550100", "--reason", "stop"),
            ("--channel", "email", "bob@example.com"),
            ("--channel", "email", "ada@example.com", "--reason", "complaint", "--detail", "by phone"),
        ):
            tocsin.ok("suppressions", "add", *args)
        return tocsin

    def test_shows_channel_address_and_reason(self, filled: CommandLine) -> None:
        titles, *rows = filled.ok("suppressions", "list").splitlines()
        assert titles.split() == ["CHANNEL", "ADDRESS", "REASON", "SINCE", "DETAIL"]
        assert [row.split()[:3] for row in rows] == [
            ["email", "ada@example.com", "complaint"],
            ["email", "bob@example.com", "manual"],
            ["sms", "+14155550100", "stop"],
        ]

    @pytest.mark.parametrize(
        ("args", "expected"),
        [
            (("--channel", "sms"), ["+14155550100"]),
            (("--reason", "manual"), ["bob@example.com"]),
            (("--address", "BOB@example.com"), ["bob@example.com"]),
            (("--channel", "email", "--reason", "stop"), []),
            (("--after", "email/ada@example.com/complaint"), ["bob@example.com", "+14155550100"]),
            (("--limit", "0"), ["ada@example.com", "bob@example.com", "+14155550100"]),
        ],
    )
    def test_filters_narrow_it(self, filled: CommandLine, args: tuple[str, ...], expected: list[str]) -> None:
        assert [one["address"] for one in filled.json_lines("suppressions", "list", *args)] == expected

    def test_goes_on_where_a_page_ended(self, filled: CommandLine) -> None:
        result = filled("suppressions", "list", "--limit", "2")

        assert "--after email/bob@example.com/manual" in result.stderr
        assert len(result.stdout.splitlines()) == 3

    @pytest.mark.parametrize(
        "args",
        [
            ("--after", "7"),
            ("--after", "email/ada@example.com"),
            ("--channel", "fax"),
            ("--reason", "x"),
            ("--limit", "-1"),
        ],
    )
    def test_what_is_wrong_is_refused(self, tocsin: CommandLine, args: tuple[str, ...]) -> None:
        result = tocsin("suppressions", "list", *args)
        assert (result.exit_code, result.stdout) == (2, "")
        assert args[0] in result.stderr
