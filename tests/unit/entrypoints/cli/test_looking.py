"""``list``, ``show``, ``why``, ``inbox``, ``report``, ``gateways``, ``keys``, ``doctor``, ``init``."""

import json
from pathlib import Path

import pytest

from tests.unit.entrypoints.cli.runner import CommandLine


@pytest.fixture
def busy(tocsin: CommandLine) -> CommandLine:
    """One sent email, one failed SMS, one inbox message that waits for its time."""
    tocsin.script("accept")
    tocsin.person()
    tocsin.send("email")
    tocsin.ok("dispatch")
    tocsin.script("reject")
    tocsin.send("sms")
    tocsin.ok("dispatch")
    tocsin.send("in_app", "--at", "+1h")
    return tocsin


class TestList:
    def test_shows_the_newest_first_with_the_words_for_people(self, busy: CommandLine) -> None:
        lines = busy.ok("list").splitlines()

        assert [line.split()[0] for line in lines] == ["ID", "3", "2", "1"]
        assert [line.split()[4] for line in lines[1:]] == ["scheduled", "failed", "sent"]

    @pytest.mark.parametrize(
        ("args", "found"),
        [
            (("--status", "failed"), [2]),
            (("--channel", "in_app"), [3]),
            (("--recipient", "ada"), [3, 2, 1]),
            (("--recipient", "nobody"), []),
            (("--limit", "2"), [3, 2]),
            (("--limit", "2", "--after", "2"), [1]),
            (("--limit", "0"), [3, 2, 1]),
        ],
    )
    def test_filters(self, busy: CommandLine, args: tuple[str, ...], found: list[int]) -> None:
        assert [shown["id"] for shown in busy.json_lines("list", *args)] == found

    def test_says_that_there_is_more_beside_the_result(self, busy: CommandLine) -> None:
        result = busy("list", "--limit", "1")

        assert "--after 3" in result.stderr
        assert "--after" not in result.stdout

    def test_a_campaign_that_is_not_there_is_not_found(self, busy: CommandLine) -> None:
        assert busy("list", "--campaign", "news").exit_code == 3


class TestShowAndWhy:
    def test_show_tells_all_that_is_known(self, busy: CommandLine) -> None:
        shown = busy.ok("show", "2")

        for part in ("status       failed", "reason", "body\nHi\n", "attempts\n", "rejected"):
            assert part in shown

    def test_show_prints_the_shape_of_http(self, busy: CommandLine) -> None:
        assert busy.json("show", "1")["status"] == "sent"

    def test_why_lists_every_gate_attempt_and_gateway(self, busy: CommandLine) -> None:
        shown = busy.ok("why", "1")

        for gate in ("cancellation", "expiry", "address", "suppression", "preference", "quiet hours", "frequency cap"):
            assert f"\n{gate} " in shown
        assert "email = ada@example.com" in shown
        assert "provider-1" in shown
        assert "scripted  ok" in shown

    def test_why_names_an_address_that_must_not_be_used(self, busy: CommandLine) -> None:
        busy.script("unreachable")
        number = busy.send("email")
        busy.ok("dispatch")

        assert "suppressed addresses\n" in busy.ok("why", number)
        assert "no such mailbox" in busy.ok("why", number)

    def test_why_says_when_there_is_no_gateway_any_more(self, busy: CommandLine) -> None:
        busy.write("tocsin.toml", '[routes]\nemail = ["outbox"]\n')

        assert "route of sms\nno gateway; name one under [routes]" in busy.ok("why", "2")

    def test_why_of_one_that_was_not_tried_says_so(self, busy: CommandLine) -> None:
        assert "none yet" in busy.ok("why", "3")

    def test_why_prints_the_shape_of_http(self, busy: CommandLine) -> None:
        shown = busy.json("why", "2")

        assert [finding["verdict"] for finding in shown["gates"]] == ["pass"] * 7
        assert shown["attempts"][0]["outcome"] == "rejected"

    @pytest.mark.parametrize("command", ["show", "why"])
    @pytest.mark.parametrize("number", ["99", "0", "9223372036854775808", "9" * 40])
    def test_what_is_not_there_is_not_found(self, busy: CommandLine, command: str, number: str) -> None:
        result = busy(command, number)

        assert result.exit_code == 3
        assert result.stderr == f"error: no notification has the id {number}\n"

    def test_a_word_is_no_id(self, busy: CommandLine) -> None:
        assert busy("show", "first").exit_code == 2


class TestInbox:
    def test_shows_what_arrived(self, busy: CommandLine) -> None:
        busy.send("in_app", "--subject", "Welcome")
        busy.ok("dispatch")

        assert "Welcome" in busy.ok("inbox", "ada")
        assert busy.json_lines("inbox", "ada")[0]["read_at"] is None

    def test_of_nobody_is_not_found(self, busy: CommandLine) -> None:
        assert busy("inbox", "nobody").exit_code == 3


class TestReport:
    def test_counts_by_channel(self, busy: CommandLine) -> None:
        rows = {row["group"]: row for row in busy.json_lines("report", "--by", "channel", "--days", "1")}

        assert rows["email"]["sent"] == rows["email"]["now"]["sent"] == 1
        assert rows["sms"]["failed"] == rows["sms"]["now"]["failed"] == 1
        assert rows["sms"]["rates"]["failed"] == 1.0

    def test_counts_what_each_gateway_was_given(self, busy: CommandLine) -> None:
        rows = {row["group"]: row for row in busy.json_lines("report", "--by", "gateway")}

        outcomes = {outcome: number for outcome, number in rows["scripted"]["outcomes"].items() if number}
        assert outcomes == {"accepted": 1, "rejected": 1}
        assert (rows["scripted"]["sent"], rows["scripted"]["failed"], rows["scripted"]["attempts"]) == (1, 1, 2)
        assert rows["scripted"]["now"] is None
        titles, row = busy.ok("report", "--by", "gateway").splitlines()
        shown = dict(zip(titles.replace("GATEWAY DOWN", "DOWN").split(), row.split(), strict=False))
        assert (shown["GATEWAY"], shown["ACCEPTED"], shown["REJECTED"], shown["DOWN"]) == ("scripted", "1", "1", "0")

    def test_counts_days_without_what_is_now(self, busy: CommandLine) -> None:
        titles, row = busy.ok("report", "--by", "day").splitlines()

        assert row.split()[1:3] == ["3", "1"]
        assert "WAITING" not in titles

    def test_leaves_what_waits_out_of_the_share(self, busy: CommandLine) -> None:
        titles, row = busy.ok("report").splitlines()

        assert "WENT OUT" in titles
        assert "DELIVERED  BOUNCED  OPENED  CLICKED" in titles
        assert " 50.0% " in row

    def test_days_must_be_possible(self, busy: CommandLine) -> None:
        result = busy("report", "--days", "0")

        assert result.exit_code == 2
        assert result.stderr.startswith("error: --days: ")


class TestGateways:
    def test_are_listed_with_their_health(self, busy: CommandLine) -> None:
        busy.script("down")
        busy.send("sms")
        busy("dispatch")

        assert "rests until" in busy.ok("gateways", "list")
        assert busy.json_lines("gateways", "list")[0]["reason"] == "nobody answers"

    def test_one_that_could_send_is_well(self, busy: CommandLine) -> None:
        busy.script("accept")

        assert busy.ok("gateways", "check", "scripted") == "scripted could send now\n"

    def test_one_that_could_not_is_a_failure(self, busy: CommandLine) -> None:
        busy.script("misconfigured")
        result = busy("gateways", "check", "scripted", "--json")

        assert result.exit_code == 1
        assert json.loads(result.stdout) == {
            "gateway": "scripted",
            "outcome": "gateway_down",
            "reason": "wrong password",
        }
        assert result.stderr == "error: scripted could not send now: wrong password\n"

    def test_one_without_a_check_says_so(self, tocsin: CommandLine) -> None:
        tocsin.write(
            "plain_gateway.py", "class Plain:\n    batch_size = 1\n    send = print\ndef factory(_): return Plain()\n"
        )
        tocsin.write("tocsin.toml", '[gateways.plain]\nkind = "plain_gateway:factory"\n')

        assert tocsin.ok("gateways", "check", "plain").startswith("plain has no check of its own")
        assert tocsin.json("gateways", "check", "plain")["outcome"] is None

    def test_an_unknown_one_is_not_found(self, busy: CommandLine) -> None:
        assert busy("gateways", "check", "nothing").exit_code == 3


class TestKeys:
    def test_a_key_is_printed_alone(self, tocsin: CommandLine) -> None:
        result = tocsin("keys", "create", "--scope", "send", "--scope", "read", "--name", "shop")

        assert result.stdout.startswith("tocsin_")
        assert len(result.stdout.split()) == 1
        assert "key 1 allows: read, send" in result.stderr

    def test_with_json_prints_id_key_and_scopes(self, tocsin: CommandLine) -> None:
        made = tocsin.json("keys", "create", "--scope", "send")

        assert made.keys() == {"id", "key", "scopes", "test"}
        assert made["scopes"] == ["send"]

    def test_are_listed_without_their_text(self, tocsin: CommandLine) -> None:
        secret = tocsin.json("keys", "create", "--scope", "send")["key"]

        assert secret not in tocsin.ok("keys", "list")
        assert tocsin.json_lines("keys", "list")[0]["scopes"] == ["send"]

    def test_are_revoked(self, tocsin: CommandLine) -> None:
        tocsin.ok("keys", "create", "--scope", "manage")

        assert tocsin.json("keys", "revoke", "1")["revoked_at"]
        assert "revoked" in tocsin.ok("keys", "list")
        assert tocsin("keys", "revoke", "2").exit_code == 3

    @pytest.mark.parametrize("args", [(), ("--scope", "everything"), ("--scope", "send", "--name", " ")])
    def test_need_a_scope_that_exists_and_a_name_that_can_be_read(
        self, tocsin: CommandLine, args: tuple[str, ...]
    ) -> None:
        assert tocsin("keys", "create", *args).exit_code == 2


class TestDoctorAndInit:
    def test_a_sound_store_has_no_error(self, tocsin: CommandLine) -> None:
        findings = tocsin.json_lines("doctor")

        assert "error" not in {finding["level"] for finding in findings}
        assert {"routes", "unsubscribe"} <= {finding["name"] for finding in findings}

    def test_due_work_without_a_gateway_is_an_error(self, tocsin: CommandLine) -> None:
        tocsin.person()
        tocsin.send("sms")
        tocsin.write("tocsin.toml", '[routes]\nemail = ["outbox"]\n')
        result = tocsin("doctor")

        assert result.exit_code == 1
        assert "add it to [routes]" in result.stdout
        assert result.stderr == "error: 1 error found\n"

    def test_gateways_that_cannot_be_made_are_errors_that_dispatch_would_end_with(self, tocsin: CommandLine) -> None:
        tocsin.write(
            "tocsin.toml",
            '[gateways.a]\nkind = "nowhere_at_all:make"\n[gateways.b]\nkind = "json:loads"\n'
            '[gateways.unused]\nkind = "nowhere_at_all:make"\n[routes]\nsms = ["a"]\nemail = ["b", "a"]\n',
        )
        result = tocsin("doctor", "--json")
        errors = [one for one in map(json.loads, result.stdout.splitlines()) if one["level"] == "error"]

        assert result.exit_code == 1
        assert sorted(one["name"] for one in errors) == ["gateway a", "gateway b"]
        assert not any(one["message"].startswith("gateway") for one in errors)

    def test_a_store_that_cannot_be_used_is_a_finding(self, tocsin: CommandLine) -> None:
        (tocsin.folder / "tocsin.db").mkdir()
        result = tocsin("doctor", "--json")

        assert result.exit_code == 1
        assert json.loads(result.stdout)["level"] == "error"

    def test_init_says_where_the_store_is(self, tocsin: CommandLine) -> None:
        assert tocsin.json("init")["store"] == "sqlite:///tocsin.db"
        assert tocsin.ok("init") == "sqlite:///tocsin.db is up to date\n"

    def test_the_configuration_may_be_elsewhere(self, tocsin: CommandLine, tmp_path: Path) -> None:
        tocsin.write("other.toml", 'store = "sqlite:///other.db"\n')
        tocsin.ok("--config", "other.toml", "init")
        tocsin.ok("init", "--config", "other.toml")

        assert (tmp_path / "other.db").exists()
        assert not (tmp_path / "tocsin.db").exists()

    def test_the_environment_wins(self, tocsin: CommandLine, tmp_path: Path) -> None:
        tocsin.environ["TOCSIN_STORE"] = "sqlite:///third.db"
        tocsin.ok("init")

        assert (tmp_path / "third.db").exists()


TWO_MAILS = """
[gateways.mail]
kind = "memory"

[gateways.relay]
kind = "memory"

[gateways.left]
kind = "memory"

[routes]
email = ["mail", "relay"]
sms = ["relay"]
"""


class TestRoutes:
    def test_each_gateway_has_its_place_on_them(self, tocsin: CommandLine) -> None:
        tocsin.write("tocsin.toml", TWO_MAILS)

        routes = {line.split()[0]: line for line in tocsin.ok("gateways", "list").splitlines()}
        assert "email 1st  " in routes["mail"]
        assert "email 2nd, sms 1st  " in routes["relay"]
        assert "in no route  " in routes["left"]
        listed = {one["name"]: one["channels"] for one in tocsin.json_lines("gateways", "list")}
        assert listed == {"mail": ["email"], "relay": ["email", "sms"], "left": [], "in_app": ["in_app"]}

    def test_a_gateway_without_one_is_a_warning(self, tocsin: CommandLine) -> None:
        tocsin.write("tocsin.toml", TWO_MAILS)

        found = {one["name"]: one for one in tocsin.json_lines("doctor")}
        assert (found["gateway left"]["level"], found["gateway left"]["message"]) == (
            "warning",
            "is in no route, so nothing goes through it; see [routes]",
        )
        assert "gateway relay" not in found
