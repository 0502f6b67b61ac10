"""``send`` accepts one notification, now or for later."""

from pathlib import Path

import pytest

from tests.unit.entrypoints.cli.runner import CommandLine


@pytest.fixture
def with_ada(tocsin: CommandLine) -> CommandLine:
    tocsin.person("ada", timezone="Europe/Vienna")
    return tocsin


class TestSend:
    def test_prints_the_id_alone_and_the_rest_as_a_note(self, with_ada: CommandLine) -> None:
        result = with_ada("send", "--to", "ada", "--channel", "in_app", "--type", "transactional", "--body", "Hi")

        assert result.stdout == "1\n"
        assert result.stderr == "in_app to ada is accepted; tocsin dispatch sends it\n"

    def test_with_json_prints_the_notification(self, with_ada: CommandLine) -> None:
        shown = with_ada.json("send", "--to", "ada", "--channel", "in_app", "--type", "promotional", "--body", "Hi")

        assert (shown["id"], shown["to"], shown["type"], shown["status"]) == (1, "ada", "promotional", "pending")

    def test_takes_text_literally(self, with_ada: CommandLine) -> None:
        number = with_ada.send("in_app", "--body", "Hello {{ recipient.name }}")

        assert with_ada.json("show", number)["body"] == "Hello {{ recipient.name }}"

    def test_reads_the_body_from_standard_input(self, with_ada: CommandLine) -> None:
        given = ("--to", "ada", "--channel", "in_app", "--type", "transactional", "--body", "-")
        number = with_ada.ok("send", *given, text="line one\nline two\n").strip()

        assert with_ada.json("show", number)["body"] == "line one\nline two\n"

    def test_schedules_with_a_span(self, with_ada: CommandLine) -> None:
        number = with_ada.send("in_app", "--at", "+10m")
        shown = with_ada.json("show", number)

        assert shown["scheduled"]
        assert shown["send_at"] > shown["created_at"]

    def test_schedules_at_an_instant(self, with_ada: CommandLine) -> None:
        number = with_ada.send("in_app", "--at", "2030-06-01T09:00:00+02:00", "--expires", "2030-06-02T00:00Z")
        shown = with_ada.json("show", number)

        assert shown["send_at"] == "2030-06-01T07:00:00.000Z"
        assert shown["expires_at"] == "2030-06-02T00:00:00.000Z"

    def test_schedules_by_the_clock_of_the_recipient(self, with_ada: CommandLine) -> None:
        shown = with_ada.json("show", with_ada.send("in_app", "--at", "09:00 local"))

        assert shown["send_at"][11:] in {"07:00:00.000Z", "08:00:00.000Z"}  # summer and winter in Vienna

    def test_carries_data_for_an_app(self, with_ada: CommandLine) -> None:
        number = with_ada.send("in_app", "--data", "screen=offers", "--data", "query=a=b")

        assert with_ada.json("show", number)["data"] == {"screen": "offers", "query": "a=b"}

    def test_the_same_key_and_options_are_the_same_notification(self, with_ada: CommandLine) -> None:
        first = with_ada.send("in_app", "--key", "order-17")
        again = with_ada.send("in_app", "--key", "order-17")

        assert first == again
        assert len(with_ada.json_lines("list")) == 1

    def test_the_same_key_with_other_options_is_a_conflict(self, with_ada: CommandLine) -> None:
        with_ada.send("in_app", "--key", "order-17")
        given = ("--to", "ada", "--channel", "in_app", "--type", "transactional", "--key", "order-17")
        result = with_ada("send", *given, "--body", "something else")

        assert result.exit_code == 4
        assert "'order-17' was used before" in result.stderr
        assert result.stdout == ""

    def test_names_every_wrong_option_at_once(self, with_ada: CommandLine) -> None:
        given = ("--to", "ada", "--channel", "sms", "--type", "transactional", "--subject", "S", "--html", "<p>")
        result = with_ada("send", *given, "--topic", " ")

        assert result.exit_code == 2
        assert [line.split(":")[1] for line in result.stderr.splitlines()] == [" --subject", " --html", " --topic"]

    @pytest.mark.parametrize(
        ("option", "value", "said"),
        [
            ("--at", "2030-06-01T09:00", "--at: has no offset"),
            ("--at", "soon", "--at: is not a time"),
            ("--expires", "-1h", "--expires: is in the past"),
            ("--expires", "09:00 local", "--expires: must be the same moment for all"),
            ("--data", "screen", "'screen' is not of the form name=value"),
            ("--channel", "pigeon", "'pigeon' is not one of 'email', 'sms'"),
            ("--type", "spam", "'spam' is not one of"),
        ],
    )
    def test_a_wrong_value_is_refused_with_the_remedy(
        self, with_ada: CommandLine, option: str, value: str, said: str
    ) -> None:
        result = with_ada(
            "send", "--to", "ada", "--channel", "in_app", "--type", "transactional", "--body", "Hi", option, value
        )

        assert result.exit_code == 2
        assert said in result.stderr
        assert not with_ada.json_lines("list")

    def test_a_past_time_is_due_at_once(self, with_ada: CommandLine) -> None:
        with_ada.send("in_app", "--at", "2020-01-01T00:00Z")

        assert "sent" in with_ada.ok("dispatch")

    def test_an_argument_that_is_not_text_is_wrong_usage(self, with_ada: CommandLine) -> None:
        result = with_ada("send", "--to", "\udcff", "--channel", "in_app", "--type", "transactional", "--body", "Hi")

        assert result.exit_code == 2
        assert "not UTF-8" in result.stderr


def test_the_outbox_keeps_what_was_sent_as_a_file(tocsin: CommandLine, tmp_path: Path) -> None:
    tocsin.person()
    tocsin.send("sms")
    tocsin.ok("dispatch")

    files = [path for path in (tmp_path / "outbox").rglob("*") if path.is_file()]
    assert len(files) == 1
    assert "Hi" in files[0].read_text()
