"""``dispatch``, and what people do afterwards: retry and cancel."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.entrypoints.cli.runner import CommandLine


@pytest.fixture
def scripted(tocsin: CommandLine) -> CommandLine:
    tocsin.script("accept")
    tocsin.person()
    return tocsin


class TestDispatch:
    def test_sends_what_is_due_and_counts_it(self, scripted: CommandLine) -> None:
        for _ in range(3):
            scripted.send("email")

        assert scripted.ok("dispatch").splitlines()[-1].split() == ["sent", "3"]
        assert {shown["status"] for shown in scripted.json_lines("list")} == {"sent"}

    def test_says_so_when_nothing_is_due(self, scripted: CommandLine) -> None:
        assert scripted.ok("dispatch") == "nothing was due\n"

    def test_says_when_the_next_one_is_due(self, scripted: CommandLine) -> None:
        scripted.send("email", "--at", "2030-06-01T09:00Z")

        assert scripted.ok("dispatch") == "nothing was due\nnext due: 2030-06-01 09:00:00Z\n"

    def test_with_json_prints_one_document(self, scripted: CommandLine) -> None:
        scripted.send("email")

        assert scripted.json("dispatch") == {
            "sent": 1,
            "deferred": 0,
            "postponed": 0,
            "failed": 0,
            "unknown": 0,
            "suppressed": 0,
            "expired": 0,
            "cancelled": 0,
            "rescued": 0,
            "left_behind": [],
            "waiting": 0,
            "waiting_until": None,
            "next_due": None,
        }

    def test_a_failed_notification_is_no_failure_of_dispatch(self, scripted: CommandLine) -> None:
        scripted.script("reject")
        scripted.send("email")

        assert "failed" in scripted.ok("dispatch")

    def test_stops_at_the_limit(self, scripted: CommandLine) -> None:
        for _ in range(3):
            scripted.send("email")
        scripted.ok("dispatch", "--limit", "2")

        assert sorted(shown["status"] for shown in scripted.json_lines("list")) == ["pending", "sent", "sent"]

    def test_due_work_that_is_left_behind_is_a_failure_with_its_reason(self, scripted: CommandLine) -> None:
        scripted.script("down")
        scripted.send("email")
        result = scripted("dispatch")

        assert result.exit_code == 1
        assert "error: due work was left behind: " in result.stderr
        assert "nobody answers" in result.stderr
        assert "scripted rests until" in result.stderr

    def test_who_is_left_alone_now_is_no_work_left_behind(self, scripted: CommandLine) -> None:
        now = datetime.now(UTC)
        hours = f"{now - timedelta(hours=2):%H:%M}-{now + timedelta(hours=2):%H:%M}"
        scripted.ok("recipients", "set", "ada", "--timezone", "UTC")
        scripted.ok("preferences", "set", "ada", "--quiet-hours", hours)
        for _ in range(2):
            scripted.send("email", type_="promotional")
        result = scripted("dispatch")

        assert (result.exit_code, result.stderr) == (0, "")
        told, due = result.stdout.splitlines()[-2:]
        until = due.removeprefix("next due: ")
        assert told == f"2 notifications wait for quiet hours or a frequency cap, the next one until {until}"
        assert scripted.json("dispatch")["waiting"] == 0

    def test_quiet_leaves_out_the_notes_and_keeps_the_errors(self, scripted: CommandLine) -> None:
        scripted.script("down")
        scripted.send("email")
        result = scripted("dispatch", "--quiet")

        assert "rests until" not in result.stderr.splitlines()[0]
        assert result.stderr.startswith("error: due work was left behind")

    def test_a_gateway_that_raises_is_named_without_what_it_says(self, scripted: CommandLine) -> None:
        scripted.script("raise")
        scripted.send("email")
        result = scripted("dispatch")

        (module,) = scripted.folder.glob("scripted_*.py")
        line = 1 + module.read_text().splitlines().index('            raise RuntimeError("secret text of a message")')
        assert f"error: the gateway scripted raised RuntimeError in {module.name}, line {line}, which" in result.stderr
        assert "secret text" not in result.output

    def test_an_unanswered_promotional_one_is_unknown(self, scripted: CommandLine) -> None:
        scripted.script("unknown")
        number = scripted.send("email", type_="promotional")
        scripted.ok("dispatch")

        assert scripted.json("show", number)["status"] == "unknown"


class TestRetry:
    @pytest.fixture
    def failed(self, scripted: CommandLine) -> CommandLine:
        scripted.script("reject")
        for channel in ("email", "sms"):
            scripted.send(channel)
        scripted.ok("dispatch")
        scripted.script("accept")
        return scripted

    def test_puts_named_ones_back(self, failed: CommandLine) -> None:
        assert failed.ok("retry", "1", "2") == "1 is put back\n2 is put back\n"

        failed.ok("dispatch")
        assert {shown["status"] for shown in failed.json_lines("list")} == {"sent"}

    def test_does_all_and_ends_with_the_worst_exit_code(self, failed: CommandLine) -> None:
        failed.send("in_app")
        result = failed("retry", "3", "99", "1")

        assert result.exit_code == 4  # a pending one is a conflict, which is worse than one that is not there
        assert result.stdout == "1 is put back\n"
        assert "error: no notification has the id 99" in result.stderr

    def test_with_json_gives_an_answer_a_line(self, failed: CommandLine) -> None:
        result = failed("retry", "1", "99", "--json")
        answers = [json.loads(line) for line in result.stdout.splitlines()]

        assert result.exit_code == 3
        assert answers[0]["status"] == "pending"
        assert answers[1] == {"id": 99, "error": "no notification has the id 99"}

    def test_puts_all_of_a_status_back(self, failed: CommandLine) -> None:
        assert failed.ok("retry", "--status", "failed") == "2 notifications put back\n"

    def test_chooses_by_reason_and_time(self, failed: CommandLine) -> None:
        assert failed.ok("retry", "--status", "failed", "--reason", "something else").startswith("0 ")
        assert failed.ok("retry", "--status", "failed", "--since", "+1h").startswith("0 ")
        assert failed.json("retry", "--status", "failed", "--reason", "way", "--since", "-1h") == {
            "revived": 2,
            "refused": 0,
            "first_refusal": None,
        }

    def test_what_expired_needs_a_new_expiry(self, scripted: CommandLine) -> None:
        scripted.script("reject")
        number = scripted.send("email", "--expires", "+1s")
        scripted.ok("dispatch")
        expires_at = datetime.fromisoformat(scripted.json("show", number)["expires_at"])
        time.sleep(max(0.0, (expires_at - datetime.now(UTC)).total_seconds()))
        refused = scripted("retry", "--status", "failed")

        assert refused.exit_code == 4
        assert refused.stdout == "0 notifications put back\n"
        assert refused.stderr.startswith("error: 1 could not be put back; the first: ")
        assert scripted.ok("retry", number, "--expires", "+1d") == f"{number} is put back\n"

    def test_chooses_by_campaign(self, scripted: CommandLine) -> None:
        scripted.script("reject")
        news = ("--type", "transactional", "--subject", "S", "--body", "B", "--name", "news")
        scripted.ok("bulk", "--audience", "all", "--channel", "email", *news)
        scripted.send("sms")
        scripted.ok("dispatch")

        assert scripted.ok("retry", "--status", "failed", "--campaign", "news") == "1 notification put back\n"
        assert scripted("retry", "--status", "failed", "--campaign", "olds").exit_code == 3

    @pytest.mark.parametrize(
        "args",
        [
            (),
            ("1", "--status", "failed"),
            ("1", "--reason", "x"),
            ("--status", "sent"),
            ("--campaign", "news"),
            ("one",),
            ("1", "--expires", "-1h"),
        ],
    )
    def test_wrong_usage_changes_nothing(self, failed: CommandLine, args: tuple[str, ...]) -> None:
        assert failed("retry", *args).exit_code == 2
        assert {shown["status"] for shown in failed.json_lines("list")} == {"failed"}


class TestCancel:
    def test_withdraws_what_is_pending(self, scripted: CommandLine) -> None:
        number = scripted.send("email", "--at", "+1h")

        assert scripted.ok("cancel", number) == f"{number} is cancelled\n"
        assert scripted.json("show", number)["status"] == "cancelled"

    def test_cancelling_twice_is_fine(self, scripted: CommandLine) -> None:
        number = scripted.send("email", "--at", "+1h")
        scripted.ok("cancel", number)

        assert scripted("cancel", number).exit_code == 0

    def test_too_late_is_a_conflict(self, scripted: CommandLine) -> None:
        number = scripted.send("email")
        scripted.ok("dispatch")

        assert scripted("cancel", number).exit_code == 4

    def test_withdraws_what_is_left_of_a_campaign(self, scripted: CommandLine) -> None:
        news = ("--type", "transactional", "--subject", "S", "--body", "B", "--name", "news", "--at", "+1h")
        scripted.ok("bulk", "--audience", "all", "--channel", "email", *news)

        assert scripted.json("cancel", "--campaign", "news") == {"campaign": 1, "cancelled": 1}
        assert scripted.ok("cancel", "--campaign", "1") == "0 notifications cancelled\n"

    @pytest.mark.parametrize("args", [(), ("1", "--campaign", "news")])
    def test_needs_either_ids_or_a_campaign(self, scripted: CommandLine, args: tuple[str, ...]) -> None:
        assert scripted("cancel", *args).exit_code == 2
