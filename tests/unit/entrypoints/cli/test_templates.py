"""``templates`` keeps texts under a name, and ``send`` and ``bulk`` say them."""

import pytest

from tests.unit.entrypoints.cli.runner import CommandLine

BRAND = 'name = "brand"\n[layout]\nhtml = "<b>{{ content }}</b>"\n'
SHIPPED = """
name = "shipped"
variables = ["order"]
layout = "brand"

[email]
subject = "Order {{ order }}"
html = "<p>{{ order }} for {{ recipient.id }}</p>"

[email.de]
subject = "Bestellung {{ order }}"
body = "{{ order }} für {{ recipient.id }}"

[in_app]
body = "Order {{ order }}"
data = { screen = "orders" }
"""
BY_TEMPLATE = ("--to", "ada", "--type", "transactional", "--template", "shipped")


@pytest.fixture
def kept(tocsin: CommandLine) -> CommandLine:
    tocsin.write("brand.toml", BRAND)
    tocsin.write("shipped.toml", SHIPPED)
    tocsin.ok("templates", "put", "brand.toml")
    tocsin.ok("templates", "put", "shipped.toml")
    tocsin.person("ada", locale="de-AT")
    return tocsin


class TestLinksThatLeadNowhere:
    LINKED = 'name = "linked"\n[sms]\nbody = "Out: {{ unsubscribe_url }}"\n'
    NOTE = "unsubscribe_url will be empty, because public_url is not set; set it, as in public_url = "

    def test_are_said_wherever_the_text_is_used(self, kept: CommandLine) -> None:
        kept.write("linked.toml", self.LINKED)
        who = ("--channel", "sms", "--type", "informational", "--test")
        for words in (
            ("templates", "put", "linked.toml"),
            ("send", "--to", "ada", *who, "--template", "linked"),
            ("bulk", "--audience", "all", *who, "--template", "linked", "--dry-run"),
            ("bulk", "--audience", "all", *who, "--body", "Out: {{ unsubscribe_url }}"),
        ):
            assert self.NOTE in kept(*words).stderr, words
        assert "will be empty" not in kept("send", "--to", "ada", *who, "--body", "{{ unsubscribe_url }}").stderr

    def test_are_none_with_a_public_url(self, kept: CommandLine) -> None:
        kept.write("linked.toml", self.LINKED)
        kept.write("tocsin.toml", 'public_url = "https://notify.example.com"')
        assert kept("templates", "put", "linked.toml").stderr == ""


class TestPutting:
    def test_prints_the_version_that_stands(self, kept: CommandLine) -> None:
        again = kept("templates", "put", "shipped.toml")
        kept.write("shipped.toml", SHIPPED.replace("Order {{", "Your order {{"))
        changed = kept("templates", "put", "shipped.toml")

        assert (again.stdout, "no new version" in again.stderr) == ("shipped version 1\n", True)
        assert (changed.stdout, changed.stderr) == ("shipped version 2\n", "")

    def test_says_what_to_put_again_after_its_layout(self, kept: CommandLine) -> None:
        kept.write("brand.toml", BRAND.replace("b>", "i>"))

        result = kept("templates", "put", "brand.toml")

        assert "put again what uses it, for this to count there: shipped" in result.stderr
        assert kept.json("templates", "put", "brand.toml")["to_put_again"] == ["shipped"]

    def test_names_the_file_the_table_and_the_key_of_all_that_is_wrong(self, kept: CommandLine) -> None:
        kept.write("wrong.toml", 'name = "wrong"\n[email]\nbody = "{{ ordr }}"\n[sms.de]\nbody = "x"\n')

        result = kept("templates", "put", "wrong.toml")

        undeclared = "line 1: there is no 'ordr' here; a template sees recipient, as in recipient.name"
        assert result.exit_code == 2
        assert result.stderr.splitlines() == [
            "error: wrong.toml: sms: needs a text for everybody else beside those for locales",
            "error: wrong.toml: email.subject: email needs a subject",
            f"error: wrong.toml: email.body: {undeclared}",
        ]
        assert kept("templates", "put", "nowhere.toml").stderr == (
            "error: FILE: nowhere.toml cannot be read: No such file or directory\n"
        )


class TestLooking:
    def test_a_list_has_the_latest_version_of_each(self, kept: CommandLine) -> None:
        assert [line.split("  ")[0] for line in kept.ok("templates", "list").splitlines()[1:]] == ["brand", "shipped"]
        found = {one["name"]: one for one in kept.json_lines("templates", "list")}
        assert found["brand"]["is_layout"]
        assert found["shipped"]["locales"] == {"email": [None, "de"], "in_app": [None]}
        assert (found["shipped"]["variables"], found["shipped"]["layout_behind"]) == (["order"], False)

    def test_one_is_shown_as_it_was_written(self, kept: CommandLine) -> None:
        shown = kept.ok("templates", "show", "shipped")
        for text in ("brand, version 1", "email.de", "Bestellung {{ order }}", "data screen"):
            assert text in shown
        assert kept.json("templates", "show", "shipped")["source"]["email"]["de"]["subject"] == "Bestellung {{ order }}"
        assert "{{ content }}" in kept.ok("templates", "show", "brand", "--version", "1")
        assert kept("templates", "show", "shipped", "--version", "2").exit_code == 3

    def test_a_preview_shows_every_channel(self, kept: CommandLine) -> None:
        shown = kept.ok("templates", "preview", "shipped", "--var", "order=<17>")
        for text in ("Order <17>", "<b><p>&lt;17&gt; for ada</p></b>", "in_app", "data screen"):
            assert text in shown

        found = kept.json("templates", "preview", "shipped", "--var", "order=17", "--recipient", "ada")
        assert [(one["channel"], one["locale"]) for one in found["texts"]] == [("email", "de"), ("in_app", None)]
        other = kept.json("templates", "preview", "shipped", "--var", "order=17", "--locale", "fr")
        assert other["texts"][0]["subject"] == "Order 17"

    def test_a_preview_names_what_is_missing(self, kept: CommandLine) -> None:
        result = kept("templates", "preview", "shipped", "--recipient", "bob", "--var", "a=b")

        assert result.exit_code == 2
        assert [line.split(": ")[1] for line in result.stderr.splitlines()] == ["--var order", "--var", "--recipient"]
        assert kept("templates", "preview", "nowhere").exit_code == 3


class TestDeleting:
    def test_takes_the_name_away_and_nothing_that_was_accepted(self, kept: CommandLine) -> None:
        number = kept.ok("send", *BY_TEMPLATE, "--channel", "in_app", "--var", "order=17").strip()

        assert kept.ok("templates", "delete", "shipped") == "shipped is deleted\n"

        assert kept("templates", "delete", "shipped").exit_code == 3
        assert kept("send", *BY_TEMPLATE, "--channel", "in_app", "--var", "order=17").exit_code == 2
        kept.ok("dispatch")
        assert kept.json("show", number)["status"] == "sent"


class TestSending:
    def test_says_what_the_template_says(self, kept: CommandLine) -> None:
        number = kept.ok("send", *BY_TEMPLATE, "--channel", "email", "--var", "order=17").strip()

        shown = kept.json("show", number)

        assert (shown["template"], shown["template_version"], shown["variables"]) == ("shipped", 1, {"order": "17"})
        assert shown["subject"] == "Bestellung {{ order }}"
        assert "variable order   17" in kept.ok("show", number)

    def test_names_what_is_wrong_as_it_is_called_here(self, kept: CommandLine) -> None:
        result = kept("send", *BY_TEMPLATE, "--channel", "sms", "--body", "x")

        assert [line.split(": ")[1] for line in result.stderr.splitlines()] == ["--body", "--template", "--var order"]
        assert kept("send", *BY_TEMPLATE[:4], "--channel", "in_app", "--body", "x", "--var", "a=b").stderr == (
            "error: --var: is for a template; name one with --template\n"
        )
        twice = kept("send", *BY_TEMPLATE, "--channel", "in_app", "--var", "order=1", "--var", "order=2")
        assert twice.stderr == "error: --var: gives 'order' twice\n"

    def test_a_key_stands_for_the_template_and_its_variables(self, kept: CommandLine) -> None:
        keyed = (*BY_TEMPLATE, "--channel", "in_app", "--key", "k", "--var")

        assert kept.ok("send", *keyed, "order=17") == kept.ok("send", *keyed, "order=17")
        assert kept("send", *keyed, "order=18").exit_code == 4

    def test_a_campaign_says_it_to_each_in_their_locale(self, kept: CommandLine) -> None:
        kept.person("bob")
        bulk = ("bulk", "--audience", "all", "--channel", "email", "--type", "promotional", "--template", "shipped")

        assert kept("--json", *bulk, "--dry-run").exit_code == 2
        assert "2" in kept.ok(*bulk, "--var", "order=17", "--dry-run")
        started = kept.json(*bulk, "--var", "order=17", "--name", "spring")

        assert (started["template"], started["created"], started["variables"]) == ("shipped", 2, {"order": "17"})
        said = {one["to"]: one["subject"] for one in kept.json_lines("list")}
        assert said == {"ada": "Bestellung {{ order }}", "bob": "Order {{ order }}"}
        assert "shipped, version 1" in kept.ok("campaigns", "show", "spring")
