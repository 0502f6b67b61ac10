"""What the page about a gateway of one's own shows is what happens."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli.process import environment, ok
from tests.servers.http_loopback import LoopbackServer, Reply, Request

PAGE = (Path(__file__).parents[2] / "docs" / "own-gateway.md").read_text(encoding="utf-8")
PERSON = "T024BE7LD/B1LJ4PQRS/x8Kd93jfuEl20sQe"


def block(language: str, after: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE.split(after, 1)[1], re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.fixture
def slack() -> Iterator[LoopbackServer]:
    def answer(request: Request) -> Reply:
        return Reply(200, b"ok") if request.path.endswith(PERSON) else Reply(404, b"no_service")

    server = LoopbackServer(answer)
    yield server
    server.close()


@pytest.fixture
def folder(tmp_path: Path, slack: LoopbackServer) -> Path:
    (tmp_path / "slack.py").write_text(block("python", "in `slack.py`:"), encoding="utf-8")
    (tmp_path / "test_slack.py").write_text(block("python", "In `test_slack.py`:"), encoding="utf-8")
    configured = block("toml", "## The configuration")
    here = f'kind = "slack:make"\nbase_url = "{slack.url}/services/"'
    (tmp_path / "tocsin.toml").write_text(configured.replace('kind = "slack:make"', here), encoding="utf-8")
    return tmp_path


def test_the_sender_is_short() -> None:
    lines = [line for line in block("python", "in `slack.py`:").splitlines() if line.strip()]
    assert len(lines) <= 40


def test_it_passes_the_contract(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_slack.py"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "6 passed" in done.stdout


def test_the_commands_send_through_it(folder: Path, slack: LoopbackServer) -> None:
    commands = re.findall(r"^    tocsin (.*)$", PAGE, re.MULTILINE)
    for command in commands:
        ok(folder, *shlex.split(command))

    (request,) = slack.requests
    assert (request.path, request.json) == (f"/services/{PERSON}", {"text": "The disk is full."})
    assert json.loads(ok(folder, "show", "1", "--json"))["status"] == "sent"


def test_an_address_that_is_gone_leaves_its_recipient(folder: Path) -> None:
    ok(folder, "recipients", "set", "bob", "--push-token", "T0/B0/gone")
    ok(folder, "send", "--to", "bob", "--channel", "push", "--type", "transactional", "--body", "The disk is full.")
    ok(folder, "dispatch")

    shown = json.loads(ok(folder, "show", "1", "--json"))
    assert (shown["status"], shown["reason"]) == ("failed", "no_service")
    assert json.loads(ok(folder, "recipients", "show", "bob", "--json"))["push_tokens"] == []
