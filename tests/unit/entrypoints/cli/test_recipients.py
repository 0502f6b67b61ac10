"""``recipients``: bringing people in, changing them, looking at them."""

import csv

import pytest

from entrypoints.testing.sender_contract import PUSH_AUTH, PUSH_KEY
from tests.unit.entrypoints.cli.runner import CommandLine

PEOPLE = "id,name,email,plan\nada,Ada,ada@example.com,pro\nbad,Bad,nowhere,free\ngrace,Grace,grace@example.com,\n"


class TestImport:
    def test_good_rows_are_kept_and_bad_ones_set_aside_with_the_reason(self, tocsin: CommandLine) -> None:
        tocsin.write("people.csv", PEOPLE)
        result = tocsin("recipients", "import", "people.csv")
        rejects = list(csv.reader((tocsin.folder / "people.rejects.csv").read_text().splitlines()))

        assert result.exit_code == 1
        assert result.stdout == "3 rows: 2 new, 0 changed, 1 rejected\n"
        assert result.stderr.splitlines() == [
            "kept as attributes: plan",
            "error: 1 row could not be taken; see people.rejects.csv",
        ]
        assert [shown["id"] for shown in tocsin.json_lines("recipients", "list")] == ["ada", "grace"]
        assert rejects[1][0] == "3"
        assert rejects[1][1].startswith("email: ")

    def test_columns_that_only_look_like_a_field_are_named(self, tocsin: CommandLine) -> None:
        tocsin.write("people.csv", "id,E-Mail,plan\nada,ada@example.com,pro\n")

        assert "kept as attributes: E-Mail, plan\n" in tocsin("recipients", "import", "people.csv").stderr
        assert tocsin("recipients", "import", "people.csv", "--quiet").stderr == ""

    def test_without_bad_rows_there_is_no_file_of_them(self, tocsin: CommandLine) -> None:
        tocsin.write("people.csv", "id,name\nada,Ada\n")

        assert tocsin.json("recipients", "import", "people.csv") == {
            "rows": 1,
            "created": 1,
            "updated": 0,
            "rejected": 0,
            "rejects": None,
        }
        assert not (tocsin.folder / "people.rejects.csv").exists()

    def test_importing_again_changes_and_keeps_what_a_row_leaves_out(self, tocsin: CommandLine) -> None:
        tocsin.write("people.csv", "id,name,email\nada,Ada,ada@example.com\n")
        tocsin.ok("recipients", "import", "people.csv")
        tocsin.write("people.csv", "id,name\nada,Countess\n")

        assert "0 new, 1 changed" in tocsin.ok("recipients", "import", "people.csv")
        shown = tocsin.json("recipients", "show", "ada")
        assert (shown["name"], shown["email"]) == ("Countess", "ada@example.com")

    def test_takes_json_lines_with_everything_a_recipient_has(self, tocsin: CommandLine) -> None:
        keys = f'{{"p256dh": "{PUSH_KEY}", "auth": "{PUSH_AUTH}"}}'
        tocsin.write(
            "people.jsonl",
            '{"id": "ada", "push_tokens": ["one", "two"], "attributes": {"age": 36}, '
            f'"web_push": [{{"endpoint": "https://fcm.googleapis.com/wp/1", "keys": {keys}}}]}}\n',
        )
        tocsin.ok("recipients", "import", "people.jsonl")
        shown = tocsin.json("recipients", "show", "ada")

        assert shown["push_tokens"] == ["one", "two"]
        assert shown["attributes"] == {"age": 36}
        assert shown["web_push"][0]["endpoint"] == "https://fcm.googleapis.com/wp/1"

    def test_writes_rejects_where_it_is_told_to(self, tocsin: CommandLine) -> None:
        tocsin.write("people.csv", PEOPLE)
        result = tocsin("recipients", "import", "people.csv", "--rejects", "wrong.csv", "--json")

        assert result.exit_code == 1
        assert '"rejects": "wrong.csv"' in result.stdout
        assert "3,email" in (tocsin.folder / "wrong.csv").read_text()

    def test_never_writes_rejects_over_the_source(self, tocsin: CommandLine) -> None:
        tocsin.write("people.csv", PEOPLE)
        result = tocsin("recipients", "import", "people.csv", "--rejects", "people.csv")

        assert result.exit_code == 2
        assert (tocsin.folder / "people.csv").read_text() == PEOPLE

    @pytest.mark.parametrize(("name", "text"), [("people.csv", ""), ("people.csv", "name\nAda\n"), ("people.txt", "x")])
    def test_a_file_that_cannot_be_read_as_a_whole_is_an_invalid_value(
        self, tocsin: CommandLine, name: str, text: str
    ) -> None:
        tocsin.write(name, text)
        result = tocsin("recipients", "import", name)

        assert result.exit_code == 2
        assert result.stderr.startswith("error: FILE: ")

    def test_a_missing_file_is_wrong_usage(self, tocsin: CommandLine) -> None:
        assert tocsin("recipients", "import", "nowhere.csv").exit_code == 2


class TestSet:
    def test_creates_and_then_merges(self, tocsin: CommandLine) -> None:
        tocsin.ok("recipients", "set", "ada", "--name", "Ada", "--attr", "plan=pro")
        shown = tocsin.json(
            "recipients", "set", "ada", "--phone", "+14155550101", "--locale", "de", "--timezone", "Europe/Vienna",
            "--push-token", "one", "--push-token", "two", "--attr", "country=AT",
        )  # fmt: skip

        assert shown == {
            "id": "ada",
            "name": "Ada",
            "email": None,
            "phone": "+14155550101",
            "push_tokens": ["one", "two"],
            "web_push": [],
            "locale": "de",
            "timezone": "Europe/Vienna",
            "attributes": {"plan": "pro", "country": "AT"},
        }

    def test_names_every_wrong_field_as_its_option(self, tocsin: CommandLine) -> None:
        result = tocsin(
            "recipients", "set", "ada", "--email", "x", "--phone", "1", "--timezone", "Mars", "--push-token", "a b"
        )

        assert result.exit_code == 2
        for option in ("--email", "--phone", "--timezone", "--push-token"):
            assert f"error: {option}: " in result.stderr


class TestLooking:
    def test_lists_as_a_table(self, tocsin: CommandLine) -> None:
        tocsin.person("ada")
        lines = tocsin.ok("recipients", "list").splitlines()

        assert lines[0].split()[:3] == ["ID", "NAME", "EMAIL"]
        assert lines[1].split()[:3] == ["ada", "-", "ada@example.com"]

    def test_says_where_to_go_on(self, tocsin: CommandLine) -> None:
        for name in ("ada", "emmy", "grace"):
            tocsin.person(name)
        first = tocsin("recipients", "list", "--limit", "2", "--json")

        assert len(first.stdout.splitlines()) == 2
        assert "go on with --after emmy" in first.stderr
        rest = tocsin("recipients", "list", "--limit", "2", "--after", "emmy")
        assert "grace" in rest.stdout
        assert rest.stderr == ""

    def test_an_unknown_one_is_not_found(self, tocsin: CommandLine) -> None:
        assert tocsin("recipients", "show", "nobody").exit_code == 3
