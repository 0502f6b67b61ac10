"""``dispatch --watch`` goes on until it is told to stop, and survives worse."""

import json
import signal
from pathlib import Path

import pytest

from tests.integration.cli.process import Running, ok, run

WITHIN_S = 5.0

SLOW_GATEWAY = """
import time
from pathlib import Path

from domain.outcome import Accepted

HERE = Path(__file__).parent


class Slow:
    batch_size = 1

    def send(self, messages, deadline):
        (HERE / "begun.txt").touch()
        while not (HERE / "go.txt").exists() and not deadline.has_passed:
            time.sleep(0.01)
        return [Accepted("slow-1")] * len(messages)


def factory(settings):
    return Slow()
"""

CONFIGURATION = """
[gateways.slow]
kind = "slow_gateway:factory"

[routes]
sms = ["slow"]

[retry]
base = "50ms"
cap = "50ms"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ok(tmp_path, "recipients", "set", "ada", "--phone", "+14155550101")
    return tmp_path


def send(folder: Path, channel: str) -> str:
    return ok(folder, "send", "--to", "ada", "--channel", channel, "--type", "transactional", "--body", "Hi").strip()


class TestWatching:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_sends_what_comes_and_ends_in_good_order(self, folder: Path, number: signal.Signals) -> None:
        with Running(folder, ("dispatch", "--watch", "--json")) as watching:
            watching.read_log_until('"watching"')
            sent = send(folder, "in_app")
            logged = json.loads(watching.read_log_until('"concluded"'))
            code, out, err = watching.end_by(number, WITHIN_S)

        assert code == 0
        assert logged["level"] == "info"
        assert json.loads(out)["sent"] == 1
        assert "Traceback" not in err
        assert json.loads(ok(folder, "show", sent, "--json"))["status"] == "sent"

    def test_stops_in_time_while_a_gateway_hangs(self, folder: Path) -> None:
        (folder / "slow_gateway.py").write_text(SLOW_GATEWAY)
        (folder / "tocsin.toml").write_text(CONFIGURATION)
        sent = send(folder, "sms")
        with Running(folder, ("dispatch", "--watch")) as watching:
            watching.read_log_until('"watching"')
            wait_for(folder / "begun.txt", watching)
            code, _, _ = watching.end_by(signal.SIGTERM, WITHIN_S)

        assert code == 0
        assert (
            json.loads(ok(folder, "show", sent, "--json"))["status"] == "sent"
        )  # the gateway saw its deadline cut short

    def test_what_a_killed_one_held_is_sent_by_the_next(self, folder: Path) -> None:
        (folder / "slow_gateway.py").write_text(SLOW_GATEWAY)
        (folder / "tocsin.toml").write_text(CONFIGURATION)
        sent = send(folder, "sms")
        with Running(folder, ("dispatch", "--watch")) as watching:
            wait_for(folder / "begun.txt", watching)
            watching.process.kill()
            watching.process.wait(WITHIN_S)
        assert json.loads(ok(folder, "show", sent, "--json"))["status"] == "sending"

        (folder / "go.txt").touch()
        with Running(folder, ("dispatch", "--watch")) as next_one:
            next_one.read_log_until('"rescued"')
            next_one.read_log_until('"concluded"')
            assert next_one.end_by(signal.SIGTERM, WITHIN_S)[0] == 0

        why = json.loads(ok(folder, "why", sent, "--json"))
        assert why["notification"]["status"] == "sent"
        assert [attempt["outcome"] for attempt in why["attempts"]] == ["unknown", "accepted"]

    def test_a_run_that_does_not_watch_rescues_as_well(self, folder: Path) -> None:
        (folder / "slow_gateway.py").write_text(SLOW_GATEWAY)
        (folder / "tocsin.toml").write_text(CONFIGURATION)
        send(folder, "sms")
        with Running(folder, ("dispatch",)) as running:
            wait_for(folder / "begun.txt", running)
            running.process.kill()
            running.process.wait(WITHIN_S)
        (folder / "go.txt").touch()

        assert "rescued 1 notification of a dispatcher that died" in run(folder, "dispatch").stderr

    def test_ctrl_c_ends_a_run_that_does_not_watch_with_130(self, folder: Path) -> None:
        (folder / "slow_gateway.py").write_text(SLOW_GATEWAY)
        (folder / "tocsin.toml").write_text(CONFIGURATION)
        send(folder, "sms")
        with Running(folder, ("dispatch",)) as running:
            wait_for(folder / "begun.txt", running)
            code, _, err = running.end_by(signal.SIGINT, WITHIN_S)

        assert code == 130
        assert err == "stopped; what is left stays due, and the next dispatcher sends it\n"

    def test_quiet_logs_nothing_when_all_is_well(self, folder: Path) -> None:
        sent = send(folder, "in_app")
        with Running(folder, ("dispatch", "--watch", "--quiet")) as watching:
            wait_until_sent(folder, sent)
            code, _, err = watching.end_by(signal.SIGTERM, WITHIN_S)

        assert (code, err) == (0, "")


def wait_for(path: Path, running: Running) -> None:
    """Wait until *path* is there; each look gives the process a moment, and its end ends the wait."""
    for _ in range(600):
        if path.exists():
            return
        try:
            running.process.wait(0.05)
        except Exception:  # noqa: BLE001  (it has not ended)
            continue
        break
    raise AssertionError(f"{path.name} did not appear")


def wait_until_sent(folder: Path, notification_id: str) -> None:
    for _ in range(60):
        if json.loads(run(folder, "show", notification_id, "--json").stdout)["status"] == "sent":
            return
    raise AssertionError("it was not sent")
