"""``suppressions`` shows and changes what must not be used."""

import shlex

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

    def test_a_scope_takes_it_out_of_use_for_that_alone(self, tocsin: CommandLine) -> None:
        tocsin.script("accept")
        tocsin.person()
        said = tocsin.ok("suppressions", "add", *ADA, "--topic", "news")
        assert said == "email/ada@example.com is suppressed: manual (topic:news)\n"
        shown = tocsin.json("suppressions", "add", *ADA, "--type", "promotional")
        assert (shown["reason"], shown["scope"]) == ("manual", "type:promotional")

        told = [
            tocsin.send("email", *(() if topic is None else ("--topic", topic)), type_=type_)
            for type_, topic in (("transactional", "news"), ("promotional", None), ("transactional", None))
        ]
        tocsin.ok("dispatch")

        assert [tocsin.json("show", one)["status"] for one in told] == ["suppressed", "suppressed", "sent"]

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
            ((*ADA, "--type", "offers"), 2, "offers"),
            ((*ADA, "--topic", ""), 2, "--topic"),
            ((*ADA, "--topic", "x" * 101), 2, "--topic: must have 1 to 100 printable characters"),
            ((*ADA, "--topic", "news", "--type", "promotional"), 2, "--topic: cannot stand beside --type"),
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

    def test_a_scope_that_is_not_named_stays_and_it_says_how_to_remove_it(self, tocsin: CommandLine) -> None:
        for scope in ((), ("--topic", "our news"), ("--type", "promotional")):
            tocsin.ok("suppressions", "add", *ADA, *scope)

        left = "manual (topic:our news), manual (type:promotional)"
        rest = "to remove the rest too: tocsin suppressions remove --channel email ada@example.com"
        assert tocsin.ok("suppressions", "remove", *ADA).splitlines() == [
            f"email/ada@example.com stays suppressed: {left}; no longer: manual",
            f"{rest} --all",
        ]
        refused = tocsin("suppressions", "remove", *ADA)
        assert (refused.exit_code, refused.stdout) == (4, "")
        assert f"stays suppressed: {left}; name a reason and its scope" in refused.stderr

        said = tocsin.ok("suppressions", "remove", *ADA, "--type", "promotional").splitlines()
        assert said[1] == f"{rest} --reason manual --topic 'our news'"
        assert tocsin.ok(*shlex.split(said[1].split(": tocsin ")[1])) == (
            "email/ada@example.com may be used again; it was suppressed: manual (topic:our news)\n"
        )

    def test_all_takes_every_scope_too(self, tocsin: CommandLine) -> None:
        for args in ((), ("--topic", "news"), ("--type", "promotional", "--reason", "stop")):
            tocsin.ok("suppressions", "add", *ADA, *args)

        assert len(tocsin.json("suppressions", "remove", *ADA, "--all")["removed"]) == 3
        assert tocsin.json_lines("suppressions", "list") == []

    def test_a_type_and_a_topic_is_refused(self, tocsin: CommandLine) -> None:
        tocsin.ok("suppressions", "add", *ADA)

        result = tocsin("suppressions", "remove", *ADA, "--type", "promotional", "--topic", "news")

        assert (result.exit_code, result.stdout) == (2, "")
        assert "--topic: cannot stand beside --type" in result.stderr

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
            ("--channel", "sms", "+14155550100", "--reason", "stop", "--type", "promotional"),
            ("--channel", "email", "bob@example.com", "--topic", "news"),
            ("--channel", "email", "ada@example.com", "--reason", "complaint", "--detail", "by phone"),
        ):
            tocsin.ok("suppressions", "add", *args)
        return tocsin

    def test_shows_channel_address_reason_and_scope(self, filled: CommandLine) -> None:
        titles, *rows = filled.ok("suppressions", "list").splitlines()
        assert titles.split() == ["CHANNEL", "ADDRESS", "REASON", "SCOPE", "SINCE", "DETAIL"]
        assert [row.split()[:4] for row in rows] == [
            ["email", "ada@example.com", "complaint", "all"],
            ["email", "bob@example.com", "manual", "topic:news"],
            ["sms", "+14155550100", "stop", "type:promotional"],
        ]

    @pytest.mark.parametrize(
        ("args", "expected"),
        [
            (("--channel", "sms"), ["+14155550100"]),
            (("--reason", "manual"), ["bob@example.com"]),
            (("--address", "BOB@example.com"), ["bob@example.com"]),
            (("--topic", "news"), ["bob@example.com"]),
            (("--type", "promotional"), ["+14155550100"]),
            (("--type", "promotional", "--channel", "email"), []),
            (("--after", "email/bob@example.com/manual/topic:news"), ["+14155550100"]),
            (("--channel", "email", "--reason", "stop"), []),
            (("--after", "email/ada@example.com/complaint"), ["bob@example.com", "+14155550100"]),
            (("--limit", "0"), ["ada@example.com", "bob@example.com", "+14155550100"]),
        ],
    )
    def test_filters_narrow_it(self, filled: CommandLine, args: tuple[str, ...], expected: list[str]) -> None:
        assert [one["address"] for one in filled.json_lines("suppressions", "list", *args)] == expected

    def test_goes_on_where_a_page_ended(self, filled: CommandLine) -> None:
        result = filled("suppressions", "list", "--limit", "2")

        assert result.stderr.strip().endswith("--after email/bob@example.com/manual/topic:news")
        assert len(result.stdout.splitlines()) == 3

    @pytest.mark.parametrize(
        "args",
        [
            ("--after", "7"),
            ("--after", "email/ada@example.com"),
            ("--channel", "fax"),
            ("--reason", "x"),
            ("--type", "x"),
            ("--topic", ""),
            ("--topic", "news", "--type", "promotional"),
            ("--limit", "-1"),
        ],
    )
    def test_what_is_wrong_is_refused(self, tocsin: CommandLine, args: tuple[str, ...]) -> None:
        result = tocsin("suppressions", "list", *args)
        assert (result.exit_code, result.stdout) == (2, "")
        assert args[0] in result.stderr
