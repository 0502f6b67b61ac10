"""``serve`` answers, dispatches, and ends in good order."""

import json
import signal
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.integration.cli.process import Running, ok, run

WITHIN_S = 5.0


def listening_at(running: Running) -> str:
    assert running.process.stdout is not None
    return running.process.stdout.readline().split()[-1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_key_made_here_is_good_for_http_and_what_it_accepts_is_sent(tmp_path: Path, number: signal.Signals) -> None:
    ok(tmp_path, "recipients", "set", "ada")
    key = ok(tmp_path, "keys", "create", "--scope", "send").strip()
    wanted = {"to": "ada", "channel": "in_app", "type": "transactional", "body": "Hi"}
    with Running(tmp_path, ("serve", "--port", "0")) as serving:
        request = Request(
            f"{listening_at(serving)}/v1/notifications",
            data=json.dumps(wanted).encode(),
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
        with urlopen(request, timeout=10) as answer:
            accepted = json.load(answer)
        serving.read_log_until('"concluded"')
        code, _, err = serving.end_by(number, WITHIN_S)

    assert code == 0
    assert "Traceback" not in err
    assert json.loads(ok(tmp_path, "show", str(accepted["id"]), "--json"))["status"] == "sent"


def test_without_a_key_it_listens_to_this_machine_alone(tmp_path: Path) -> None:
    refused = run(tmp_path, "serve", "--host", "0.0.0.0", "--port", "0")

    assert refused.returncode == 2
    assert refused.stderr.startswith("error: ")


def test_without_a_dispatcher_nothing_is_sent(tmp_path: Path) -> None:
    ok(tmp_path, "recipients", "set", "ada")
    sent = ok(tmp_path, "send", "--to", "ada", "--channel", "in_app", "--type", "transactional", "--body", "Hi").strip()
    with Running(tmp_path, ("serve", "--port", "0", "--no-dispatch")) as serving:
        with urlopen(f"{listening_at(serving)}/health/live", timeout=10) as answer:
            assert answer.status == 200
        assert serving.end_by(signal.SIGTERM, WITHIN_S)[0] == 0

    assert json.loads(ok(tmp_path, "show", sent, "--json"))["status"] == "pending"
