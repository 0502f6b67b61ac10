"""``recipients erase`` and ``recipients export``: people leave whole, and come out as they went in."""

import json
from pathlib import Path

import pytest

from entrypoints.testing.sender_contract import PUSH_AUTH, PUSH_KEY
from tests.unit.entrypoints.cli.runner import CommandLine

WHOLE = {
    "id": "ada",
    "name": 'Ada "A" Löwe, 😀',
    "email": "ada@example.com",
    "phone": "+14155550101",
    "push_tokens": ["one", "fid:two"],
    "web_push": [{"endpoint": "https://fcm.googleapis.com/wp/1", "keys": {"p256dh": PUSH_KEY, "auth": PUSH_AUTH}}],
    "locale": "de-AT",
    "timezone": "Europe/Vienna",
    "attributes": {"plan": "pro", "seats": 3, "tags": ["a", "b"]},
}
PLAIN = {**WHOLE, "push_tokens": ["one"], "web_push": [], "attributes": {"plan": "a\nb", "seats": "3"}}


def files_of(tocsin: CommandLine) -> list[Path]:
    return sorted((tocsin.folder / "outbox").glob("*"))


class TestErase:
    def test_a_person_leaves_with_what_waits_and_with_their_files(self, tocsin: CommandLine) -> None:
        for name in ("ada", "bob"):
            tocsin.person(name)
            tocsin.send("email", to=name)
        tocsin.ok("dispatch")
        tocsin.send("email")
        kept = [path for path in files_of(tocsin) if b"bob@example.com" in path.read_bytes()]

        said = tocsin.ok("recipients", "erase", "ada", "--yes")

        assert said == "1 recipient erased, 1 pending notification cancelled, 1 file removed\n"
        assert files_of(tocsin) == kept
        assert tocsin("recipients", "show", "ada").exit_code == 3
        assert [one["to"] for one in tocsin.json_lines("list", "--recipient", "bob")] == ["bob"]
        assert "ada" not in tocsin.ok("list", "--json")
        assert "ada" not in tocsin.ok("why", "1", "--json")
        assert tocsin("doctor").exit_code == 0

    def test_of_a_list_the_known_ones_go_and_the_others_are_named(self, tocsin: CommandLine) -> None:
        tocsin.person("ada")
        tocsin.write("gone.csv", "name,id\nAda,ada\nNobody,nobody\n")
        result = tocsin("recipients", "erase", "--file", "gone.csv", "--yes", "--json")

        assert result.exit_code == 3
        assert json.loads(result.stdout) == {"erased": 1, "unknown": 1, "cancelled": 0, "in_flight": 0, "files": 0}
        assert result.stderr == "error: no recipient has the id nobody\n"

    def test_nobody_is_erased_without_being_asked(self, tocsin: CommandLine) -> None:
        tocsin.person("ada")
        result = tocsin("recipients", "erase", "ada")

        assert result.exit_code == 2
        assert "this would erase ada for good; add --yes" in result.stderr
        assert tocsin.json("recipients", "show", "ada")["id"] == "ada"

    @pytest.mark.parametrize("given", [(), ("ada", "--file", "ids.txt")])
    def test_it_takes_ids_or_a_file(self, tocsin: CommandLine, given: tuple[str, ...]) -> None:
        tocsin.write("ids.txt", "ada\n")

        assert "name either ids or --file" in tocsin("recipients", "erase", *given).stderr

    def test_an_opt_out_holds_when_the_address_comes_back(self, tocsin: CommandLine) -> None:
        tocsin.person("ada")
        tocsin.ok("suppressions", "add", "--channel", "email", "ada@example.com")
        tocsin.ok("recipients", "erase", "ada", "--yes")
        assert tocsin.json_lines("suppressions", "list") == []
        tocsin.write("people.csv", "id,email\nnew,ada@example.com\n")
        tocsin.ok("recipients", "import", "people.csv")

        assert [one["address"] for one in tocsin.json_lines("suppressions", "list")] == ["ada@example.com"]


class TestExport:
    @pytest.mark.parametrize(("name", "person"), [("all.jsonl", WHOLE), ("all.csv", PLAIN)])
    def test_everybody_comes_back_as_they_went(self, tocsin: CommandLine, name: str, person: dict[str, object]) -> None:
        tocsin.write("people.jsonl", f"{json.dumps(person)}\n" + '{"id": "bob"}\n')
        tocsin.ok("recipients", "import", "people.jsonl")
        before = tocsin.json_lines("recipients", "list")
        assert tocsin.ok("recipients", "export", "--all", name) == f"2 recipients written to {name}\n"
        tocsin.ok("recipients", "erase", "ada", "bob", "--yes")

        tocsin.ok("recipients", "import", name)

        assert tocsin.json_lines("recipients", "list") == before
        assert (tocsin.folder / name).stat().st_mode & 0o777 == 0o600

    def test_what_a_table_has_no_room_for_is_told(self, tocsin: CommandLine) -> None:
        tocsin.write("people.jsonl", f"{json.dumps(WHOLE)}\n")
        tocsin.ok("recipients", "import", "people.jsonl")

        assert "export a .jsonl file" in tocsin("recipients", "export", "--all", "all.csv").stderr

    def test_a_file_that_is_there_stays_unless_it_is_forced(self, tocsin: CommandLine) -> None:
        tocsin.person("ada")
        tocsin.write("all.csv", "precious")
        refused = tocsin("recipients", "export", "--all", "all.csv")

        assert (refused.exit_code, (tocsin.folder / "all.csv").read_text()) == (2, "precious")
        tocsin.ok("recipients", "export", "--all", "all.csv", "--force")
        assert (tocsin.folder / "all.csv").read_text().startswith("id,name,email")

    def test_everybody_can_be_printed(self, tocsin: CommandLine) -> None:
        tocsin.person("ada")

        assert json.loads(tocsin.ok("recipients", "export", "--all", "-"))["id"] == "ada"
        assert tocsin.ok("recipients", "export", "--all", "-", "--format", "csv").splitlines()[1].startswith("ada,")

    def test_all_of_one_person_is_one_document(self, tocsin: CommandLine) -> None:
        tocsin.person("ada")
        tocsin.send("in_app")
        tocsin.ok("dispatch")
        tocsin.ok("suppressions", "add", "--channel", "email", "ada@example.com")
        found = json.loads(tocsin.ok("recipients", "export", "ada"))

        assert found["recipient"]["email"] == "ada@example.com"
        assert found["suppressions"][0]["reason"] == "manual"
        assert [line["outcome"] for line in found["notifications"][0]["history"]] == ["accepted"]
        assert found["inbox"][0]["body"] == "Hi"
        assert tocsin("recipients", "export", "nobody").exit_code == 3
