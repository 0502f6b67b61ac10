"""What the README shows is what happens."""

import json
import re
import shlex
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.integration.cli.process import Running, environment, ok

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def indented(after: str) -> list[str]:
    """Return the commands of the indented block that follows the line *after*, continuation lines joined."""
    text = README.split(after, 1)[1]
    block = re.search(r"\n\n((?:    .*\n)+)", text)
    assert block is not None
    joined = re.sub(r" \\\n\s+", " ", block[1])
    return [line.strip() for line in joined.splitlines()]


def post(curl: list[str]) -> object:
    """Do what *curl* would do, and return the answer."""
    url = next(word for word in curl if word.startswith("http"))
    headers = dict(curl[place + 1].split(": ", 1) for place, word in enumerate(curl) if word == "-H")
    request = urllib.request.Request(url, data=curl[curl.index("-d") + 1].encode(), headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 202
        given: object = json.load(answer)
        return given


def tocsin(folder: Path, command: str) -> str:
    name, *args = shlex.split(command)
    assert name == "tocsin"
    return ok(folder, *args)


def test_the_first_notification_becomes_a_file(tmp_path: Path) -> None:
    for command in indented("From the command line, in any empty folder:"):
        tocsin(tmp_path, command)

    (mail,) = (tmp_path / "outbox").glob("*.eml")
    assert "It is on its way." in mail.read_text(encoding="utf-8")


def test_many_people_at_once(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(
        "id,name,email,plan\nada,Ada,ada@example.com,pro\nbob,Bob,bob@example.com,free\n"
    )
    import_them, dry_run, _ = indented("## Many people at once")
    tocsin(tmp_path, import_them)

    reach = json.loads(tocsin(tmp_path, f"{dry_run} --json"))
    assert [channel["would_get"] for channel in reach["channels"]] == [1]
    tocsin(tmp_path, dry_run.removesuffix(" --dry-run"))
    tocsin(tmp_path, "tocsin dispatch")

    (mail,) = (tmp_path / "outbox").glob("*.eml")
    assert "Hello Ada, spring is here." in mail.read_text(encoding="utf-8")


def test_a_template_says_what_it_says_in_each_locale(tmp_path: Path) -> None:
    text = README.split("`shipped.toml`:\n", 1)[1].split("Whoever has", 1)[0]
    (tmp_path / "shipped.toml").write_text(text.replace("\n    ", "\n"))
    ok(tmp_path, "recipients", "set", "ada", "--name", "Ada", "--email", "ada@example.com", "--locale", "de-AT")
    put, preview, send = indented("Whoever has another locale, or none, gets the first:")

    tocsin(tmp_path, put)
    assert "Bestellung 17 ist unterwegs" in tocsin(tmp_path, preview)
    tocsin(tmp_path, send)
    tocsin(tmp_path, "tocsin dispatch")

    (mail,) = (tmp_path / "outbox").glob("*.eml")
    assert "Hallo Ada, sie ist heute abgegangen." in mail.read_text(encoding="utf-8")


def test_what_runs_can_be_steered(tmp_path: Path) -> None:
    ok(tmp_path, "recipients", "set", "ada", "--email", "ada@example.com")
    spring = ("--type", "promotional", "--name", "spring", "--subject", "News", "--body", "Hi")
    ok(tmp_path, "bulk", "--audience", "all", "--channel", "email", *spring)

    commands = [line.split(" # ")[0] for line in indented("What runs can be steered, for all dispatchers at once:")]
    for command in commands:
        tocsin(tmp_path, command)

    assert len(commands) == 8
    assert json.loads(ok(tmp_path, "campaigns", "show", "spring", "--json"))["statuses"]["cancelled"] == 1


def test_the_same_request_twice_over_http_is_one_notification(tmp_path: Path) -> None:
    ok(tmp_path, "recipients", "set", "ada", "--name", "Ada")
    make_key, _, curl, _ = indented("Over HTTP, in the same folder:")
    assert "--scope send --scope read" in make_key
    key = json.loads(ok(tmp_path, "keys", "create", "--scope", "send", "--json"))["key"]

    with Running(tmp_path, ("serve", "--port", "0")) as server:
        url = server.read_output_until("listens on").split()[-1]
        request = curl.replace("http://127.0.0.1:8080", url).replace("$key", key)
        answers = [post(shlex.split(request)) for _ in range(2)]

    assert answers[0] == answers[1]
    assert len(ok(tmp_path, "list", "--json").splitlines()) == 1


def test_a_gateway_of_ones_own(tmp_path: Path) -> None:
    pager = next(block for block in blocks("python") if "class Pager" in block)
    (tmp_path / "pager.py").write_text(f"def page(address, body):\n    return f'page-{{body}}'\n\n\n{pager}")
    (tmp_path / "tocsin.toml").write_text('[gateways.pager]\nkind = "pager:make"\n[routes]\nsms = ["pager"]\n')
    ok(tmp_path, "recipients", "set", "ada", "--phone", "+14155552671")
    sent = ok(tmp_path, "send", "--to", "ada", "--channel", "sms", "--type", "transactional", "--body", "Hi").strip()
    ok(tmp_path, "dispatch")

    assert json.loads(ok(tmp_path, "show", sent, "--json"))["provider_id"] == "page-Hi"


def test_the_example_for_users_own_tests_passes(tmp_path: Path) -> None:
    example = next(block for block in blocks("python") if "def test_" in block)
    (tmp_path / "test_example.py").write_text(example)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_example.py"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("table", blocks("toml"))
def test_every_configuration_is_read(tmp_path: Path, table: str) -> None:
    (tmp_path / "service-account.json").write_text("{}")
    ok(tmp_path, "gateways", "vapid", "--out", "vapid.pem")
    (tmp_path / "tocsin.toml").write_text(table)
    secrets = dict.fromkeys(("SMTP_PASSWORD", "TWILIO_AUTH_TOKEN", "SENDGRID_API_KEY"), "secret")

    listed = ok(tmp_path, "gateways", "list", "--json", **secrets)

    configured = re.findall(r"^\[gateways\.(\w+)\]", table, re.MULTILINE)
    assert {json.loads(line)["name"] for line in listed.splitlines()} >= set(configured)


def test_an_environment_variable_swaps_what_the_file_says(tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text(blocks("toml")[0])
    shown = {}
    for assignment in ("TOCSIN_ROUTES_EMAIL=outbox", "TOCSIN_STORE=sqlite:///staging.db"):
        assert assignment in README
        name, value = assignment.split("=", 1)
        lines = ok(tmp_path, "gateways", "list", "--json", SMTP_PASSWORD="secret", **{name: value}).splitlines()
        shown[name] = {one["name"]: one["channels"] for one in map(json.loads, lines)}

    assert shown["TOCSIN_ROUTES_EMAIL"]["outbox"] == ["email"]
    assert (tmp_path / "staging.db").exists()
