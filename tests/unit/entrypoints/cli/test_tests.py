"""What is tried with --test, or with a test key, is handled like everything else and reaches no gateway."""

import pytest

from tests.unit.entrypoints.cli.runner import CommandLine


@pytest.fixture
def with_ada(tocsin: CommandLine) -> CommandLine:
    tocsin.script("accept")
    tocsin.person("ada")
    return tocsin


class TestSending:
    def test_a_test_is_dispatched_to_the_simulator(self, with_ada: CommandLine) -> None:
        real, test = with_ada.send("email"), with_ada.send("email", "--test")
        with_ada.ok("dispatch")

        assert [one["gateway"] for one in with_ada.json("why", real)["attempts"]] == ["scripted"]
        explained = with_ada.json("why", test)
        assert [one["gateway"] for one in explained["attempts"]] == ["simulator"]
        assert explained["notification"]["test"] is True
        assert [one["gateway"] for one in explained["route"]] == ["simulator"]
        assert with_ada.json("show", real)["test"] is False

    @pytest.mark.parametrize(("word", "status"), [("delivered", "delivered"), ("bounced", "failed")])
    def test_a_magic_recipient_gives_its_outcome(self, with_ada: CommandLine, word: str, status: str) -> None:
        with_ada.person("magic", email=f"simulate-{word}@example.com")
        test = with_ada.send("email", "--test", to="magic")
        with_ada.ok("dispatch")

        assert with_ada.json("show", test)["status"] == status

    def test_what_was_tried_under_a_key_can_be_sent_under_it(self, with_ada: CommandLine) -> None:
        test = with_ada.send("email", "--key", "order-1", "--test")
        real = with_ada.send("email", "--key", "order-1")

        assert real != test
        assert with_ada.send("email", "--key", "order-1") == real
        assert with_ada.send("email", "--key", "order-1", "--test") == test

    def test_a_test_campaign_asks_nobody_and_reaches_nobody(self, with_ada: CommandLine) -> None:
        with_ada.write("tocsin.toml", (with_ada.folder / "tocsin.toml").read_text() + "\n[bulk]\nconfirm_over = 0\n")
        what = ("--audience", "all", "--channel", "email", "--type", "promotional", "--subject", "Hi", "--body", "Hi")
        assert with_ada("bulk", *what).exit_code == 2

        campaign = with_ada.json("bulk", *what, "--test", "--name", "tried")
        with_ada.ok("dispatch")

        assert campaign["test"] is True
        (one,) = with_ada.json_lines("list", "--campaign", "tried")
        assert [line["gateway"] for line in with_ada.json("why", str(one["id"]))["attempts"]] == ["simulator"]
        assert "(test" in with_ada.ok("campaigns", "list")
        assert "(test" in with_ada.ok("campaigns", "show", "tried")


class TestLooking:
    def test_lists_mark_tests_and_can_have_them_alone(self, with_ada: CommandLine) -> None:
        real, test = with_ada.send("email"), with_ada.send("email", "--test")

        assert [one["id"] for one in with_ada.json_lines("list", "--test")] == [int(test)]
        assert {one["id"]: one["test"] for one in with_ada.json_lines("list")} == {int(real): False, int(test): True}
        table = with_ada.ok("list")
        assert table.count("(test)") == 1
        assert "reaches no gateway" in with_ada.ok("show", test)
        assert "reaches no gateway" not in with_ada.ok("show", real)

    def test_lanes_of_tests_are_listed_once_they_are_used(self, with_ada: CommandLine) -> None:
        assert "/test" not in with_ada.ok("lanes", "list")

        with_ada.send("email", "--test")

        assert [one["name"] for one in with_ada.json_lines("lanes", "list") if one["test"]] == [
            "email/transactional/test"
        ]
        assert with_ada.json("lanes", "pause", "email/transactional/test")["state"] == "paused"

    def test_reports_leave_them_out(self, with_ada: CommandLine) -> None:
        with_ada.send("email")
        with_ada.ok("dispatch")
        before = with_ada.json_lines("report", "--by", "gateway")

        with_ada.send("email", "--test")
        with_ada.ok("dispatch")

        assert with_ada.json_lines("report", "--by", "gateway") == before

    def test_retrying_all_that_failed_leaves_them_alone(self, with_ada: CommandLine) -> None:
        with_ada.person("magic", email="simulate-bounced@example.com")
        test = with_ada.send("email", "--test", to="magic")
        with_ada.ok("dispatch")

        assert with_ada.json("retry", "--status", "failed")["revived"] == 0
        with_ada.ok("retry", test)

        assert with_ada.json("show", test)["status"] == "pending"


class TestKeys:
    def test_a_test_key_says_so(self, tocsin: CommandLine) -> None:
        made = tocsin("keys", "create", "--scope", "send", "--test", "--name", "trials")

        assert made.stdout.startswith("tocsin_test_")
        assert made.stderr.startswith("test key 1 allows: send")
        assert tocsin.json("keys", "create", "--scope", "send", "--test")["test"] is True
        assert tocsin.json("keys", "create", "--scope", "send")["test"] is False
        assert [key["test"] for key in tocsin.json_lines("keys", "list")] == [True, True, False]
        lines = tocsin.ok("keys", "list").splitlines()
        assert [("tests" in line, "real" in line) for line in lines if "send" in line] == [
            (True, False),
            (True, False),
            (False, True),
        ]


def test_no_gateway_may_have_the_name_of_the_simulator(tocsin: CommandLine) -> None:
    tocsin.write("tocsin.toml", '[gateways.simulator]\nkind = "outbox"\n')

    refused = tocsin("list")

    assert refused.exit_code != 0
    assert "gateways.simulator" in refused.stderr
