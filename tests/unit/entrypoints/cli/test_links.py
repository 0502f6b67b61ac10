"""``links`` makes links for a person, and ends old ones; templates and mails carry them."""

import json

import pytest

from application.links.make import NO_PUBLIC_URL
from tests.unit.entrypoints.cli.runner import CommandLine

URL = "https://notify.example.com"


@pytest.fixture
def reachable(tocsin: CommandLine) -> CommandLine:
    tocsin.write("tocsin.toml", f'public_url = "{URL}"\n')
    tocsin.person()
    return tocsin


def carried(tocsin: CommandLine, channel: str) -> str:
    """Return what one person got over *channel*, as the outbox has it."""
    (message,) = (tocsin.folder / "outbox").glob(f"*-{channel}.json")
    return message.read_text()


class TestShowing:
    def test_prints_the_preference_page_of_a_person(self, reachable: CommandLine) -> None:
        assert reachable.ok("links", "show", "ada").startswith(f"{URL}/preferences/1.")

    def test_prints_a_way_out_of_a_channel_too(self, reachable: CommandLine) -> None:
        preferences, unsubscribe = reachable.ok("links", "show", "ada", "--channel", "sms").splitlines()
        shown = reachable.json("links", "show", "ada", "--channel", "sms")

        assert ".s0." in unsubscribe
        assert unsubscribe.rpartition("/")[0] == f"{URL}/unsubscribe"
        assert set(shown) == {"preferences_url", "unsubscribe_url"}
        assert preferences.startswith(f"{URL}/preferences/")

    def test_knows_nobody_it_was_not_told_of(self, reachable: CommandLine) -> None:
        assert reachable("links", "show", "nobody").exit_code == 3

    def test_says_what_is_missing_without_a_public_address(self, tocsin: CommandLine) -> None:
        tocsin.person()
        result = tocsin("links", "show", "ada")

        assert result.exit_code == 2
        assert NO_PUBLIC_URL in result.stderr


class TestRotating:
    def test_lets_older_links_be(self, reachable: CommandLine) -> None:
        assert reachable.json("links", "rotate") == {"generation": 2, "oldest": 1}
        assert "/preferences/2." in reachable.ok("links", "show", "ada")

    def test_asks_before_it_ends_them_and_does_not_without_somebody_to_ask(self, reachable: CommandLine) -> None:
        result = reachable("links", "rotate", "--revoke")

        assert result.exit_code == 2
        assert "mailboxes" in result.stderr
        assert reachable.json("links", "rotate", "--revoke", "--yes") == {"generation": 2, "oldest": 2}


class TestATemplate:
    def test_has_the_links_of_each_person(self, reachable: CommandLine) -> None:
        body = "Out: {{ unsubscribe_url }} All: {{ preferences_url }}"
        reachable.ok(
            *("bulk", "--audience", "all", "--channel", "sms", "--type", "promotional", "--body", body, "--yes")
        )
        reachable.ok("dispatch")

        text = json.loads(carried(reachable, "sms"))["body"]
        _, unsubscribe, _, preferences = text.split(" ")
        assert unsubscribe.startswith(f"{URL}/unsubscribe/1.")
        assert preferences.startswith(f"{URL}/preferences/1.")

    def test_is_previewed_with_an_example(self, reachable: CommandLine) -> None:
        reachable.write("out.toml", 'name = "out"\n[sms]\nbody = "Out: {{ unsubscribe_url }}"\n')
        reachable.ok("templates", "put", "out.toml")

        shown = "".join(reachable.ok("templates", "preview", "out").split())
        assert f"Out:{URL}/unsubscribe/1.4102444800.ep." in shown
        assert "example-example-" in shown

    def test_has_nothing_there_without_a_public_address(self, tocsin: CommandLine) -> None:
        tocsin.person()
        body = "Out:{{ unsubscribe_url }}{{ preferences_url }}."
        tocsin.ok(*("bulk", "--audience", "all", "--channel", "sms", "--type", "promotional", "--body", body, "--yes"))
        tocsin.ok("dispatch")

        assert json.loads(carried(tocsin, "sms"))["body"] == "Out:."

    def test_cannot_call_a_variable_of_its_own_so(self, tocsin: CommandLine) -> None:
        tocsin.write("out.toml", 'name = "out"\nvariables = ["unsubscribe_url"]\n[sms]\nbody = "x"\n')

        assert "means something else in a template" in tocsin("templates", "put", "out.toml").stderr
