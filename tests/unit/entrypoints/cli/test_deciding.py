"""``decide`` says what would become of a notification; ``why`` says of a finished one what is now and what was then."""

from datetime import UTC, datetime

import pytest

from entrypoints.cli.commands import decide, send
from tests.unit.entrypoints.cli.runner import CommandLine

QUIET = """
[types.promotional]
quiet_hours = "00:00-23:59"
frequency_cap = "1/week"

[gateways.mail]
kind = "memory"
rate = "50/s"

[routes]
email = ["mail"]
"""
NEWS = ("--to", "ada", "--channel", "email", "--type", "promotional", "--subject", "News", "--body", "Spring")
ORDER = ("--to", "ada", "--channel", "email", "--type", "transactional", "--subject", "Order", "--body", "It left.")


@pytest.fixture
def quiet(tocsin: CommandLine) -> CommandLine:
    """Quiet hours all day but for its last minute, and Ada."""
    tocsin.write("tocsin.toml", QUIET)
    tocsin.person("ada", timezone="Europe/Vienna")
    return tocsin


class TestDecide:
    def test_says_it_in_a_sentence_and_then_gate_by_gate(self, quiet: CommandLine) -> None:
        shown = quiet.ok("decide", *ORDER)

        assert shown.startswith("goes out now through mail\n")
        gates = shown.split("\ngates\n")[1].splitlines()[1:8]
        assert [line.split("  ")[0] for line in gates] == [
            "cancellation",
            "expiry",
            "address",
            "suppression",
            "preference",
            "quiet hours",
            "frequency cap",
        ]
        assert "address     ada@example.com\n" in shown
        assert "mail     yes       50/s  ok      -\n" in shown

    def test_says_until_when_it_would_wait_and_why(self, quiet: CommandLine) -> None:
        told = quiet.json("decide", *NEWS, "--at", "12:00 local")

        assert told["fate"] == "waits"
        (wait,) = told["waits"]
        assert wait["reason"] == "quiet hours 00:00-23:59 in Europe/Vienna"
        assert told["sentence"].startswith("waits until ")
        shown = quiet.ok("decide", *NEWS, "--at", "12:00 local")
        assert "\ngates, when it falls due\n" in shown
        assert "\nquiet hours    postpone until " in shown

    def test_says_that_a_paused_lane_holds_it_back_and_what_to_do(self, quiet: CommandLine) -> None:
        quiet.ok("lanes", "pause", "email/transactional")
        shown = quiet.ok("decide", *ORDER)

        assert shown.startswith("waits until somebody resumes it, because the lane email/transactional is paused\n")
        assert "tocsin lanes resume email/transactional" in shown

    def test_says_that_it_would_never_go_out(self, quiet: CommandLine) -> None:
        quiet.ok("suppressions", "add", "ada@example.com", "--channel", "email")
        told = quiet.json("decide", *ORDER)

        assert (told["fate"], told["ends"]) == ("never", "suppressed")
        assert told["reason"] == "the address is suppressed: manual"

    def test_stores_nothing(self, quiet: CommandLine) -> None:
        quiet.ok("decide", *ORDER, "--key", "order-1")

        assert quiet.json_lines("list") == []

    def test_knows_a_key_that_send_was_given(self, quiet: CommandLine) -> None:
        quiet.ok("send", *ORDER, "--key", "order-1")

        assert quiet.ok("decide", *ORDER, "--key", "order-1").startswith("sends nothing new, because notification 1 ")
        assert quiet("decide", *NEWS, "--key", "order-1").exit_code == 4

    def test_takes_the_options_of_send(self) -> None:
        assert [one.opts for one in decide.command.params] == [one.opts for one in send.command.params]

    @pytest.mark.parametrize(
        ("changes", "code", "words"),
        [
            (("--to", "nobody"), 3, "no recipient has the id nobody"),
            (("--channel", "push"), 2, "--channel: push has no gateway"),
            (("--subject", "", "--topic", ""), 2, "--topic: must have 1 to 100 printable characters"),
            (("--expires", "-1h"), 2, "--expires: is in the past"),
            (("--at", "noon"), 2, "--at: is not a time"),
            (("--attach", "nothing.pdf"), 2, "--attach: there is no file nothing.pdf"),
        ],
    )
    def test_refuses_what_send_refuses(
        self, quiet: CommandLine, changes: tuple[str, ...], code: int, words: str
    ) -> None:
        refused, decided = quiet("send", *ORDER, *changes), quiet("decide", *ORDER, *changes)

        assert (decided.exit_code, decided.stdout) == (code, "")
        assert words in decided.stderr
        assert decided.stderr == refused.stderr

    def test_goes_through_the_simulator_if_it_is_a_test(self, quiet: CommandLine) -> None:
        assert quiet.ok("decide", *ORDER, "--test").startswith("goes out now through simulator\n")


class TestSend:
    def test_says_at_once_that_it_will_not_be_sent(self, quiet: CommandLine) -> None:
        quiet.ok("preferences", "set", "ada", "--type", "promotional", "--wanted", "no")
        result = quiet("send", *NEWS)

        assert "but the recipient does not want promotional: it will not be sent" in result.stderr


class TestWhy:
    def test_tells_of_a_finished_one_what_the_gates_would_say_now(self, quiet: CommandLine) -> None:
        number = quiet.ok("send", *ORDER).strip()
        assert "\ngates\n" in quiet.ok("why", number)
        quiet.ok("dispatch")

        shown = quiet.ok("why", number)
        assert "\ngates, if it were sent now; what happened is in its reason and attempts\n" in shown

    def test_tells_the_version_of_a_template(self, quiet: CommandLine) -> None:
        quiet.write("shipped.toml", 'name = "shipped"\n[email]\nsubject = "Order"\nbody = "It left."\n')
        quiet.ok("templates", "put", "shipped.toml")
        told = ("--to", "ada", "--channel", "email", "--type", "transactional", "--template", "shipped")
        number = quiet.ok("send", *told).strip()

        assert "template   shipped, version 1\n" in quiet.ok("why", number)
        assert quiet.json("decide", *told)["template_version"] == 1

    def test_tells_the_hours_of_the_recipients_own_clock(self, quiet: CommandLine) -> None:
        number = quiet.ok("send", *NEWS).strip()
        told = {one["gate"]: one for one in quiet.json("why", number)["gates"]}

        assert told["quiet hours"]["values"]["timezone"] == "Europe/Vienna"
        assert told["frequency cap"]["values"]["frequency_cap"] == "1/week"
        assert datetime.fromisoformat(told["expiry"]["values"]["now"]).astimezone(UTC) <= datetime.now(UTC)
