"""Runs the command line in this process, in a folder of its own."""

import json
from contextlib import chdir
from pathlib import Path
from typing import Any

from attrs import define, field
from click.testing import CliRunner, Result

from entrypoints.cli.main import command
from entrypoints.cli.session import Session

# A gateway of one's own whose answers a test decides on, by what it writes to answer.txt beside it.
SCRIPTED_GATEWAY = """
from pathlib import Path

from domain.outcome import Accepted, Cause, Deferred, GatewayDown, Rejected, Unknown, Unreachable

HERE = Path(__file__).parent
ANSWERS = {
    "accept": Accepted("provider-1"),
    "defer": Deferred("busy"),
    "reject": Rejected("no \\x1b[31mway"),
    "down": GatewayDown("nobody answers"),
    "misconfigured": GatewayDown("wrong password", Cause.CONFIGURATION),
    "unreachable": Unreachable("no such mailbox"),
    "unknown": Unknown("connection lost"),
}


class Scripted:
    batch_size = 10

    def send(self, messages, deadline):
        word = (HERE / "answer.txt").read_text().strip()
        if word == "raise":
            raise RuntimeError("secret text of a message")
        return [ANSWERS[word]] * len(messages)

    def check(self, deadline):
        return ANSWERS[(HERE / "answer.txt").read_text().strip()]


def factory(settings):
    return Scripted()
"""

CONFIGURATION = """
[gateways.scripted]
kind = "{module}:factory"

[routes]
email = ["scripted"]
sms = ["scripted"]
push = ["outbox"]

[retry]
base = "10ms"
cap = "10ms"
attempts = 3
"""


@define
class CommandLine:
    """``tocsin`` as a test calls it; every call stands for a process of its own."""

    folder: Path
    environ: dict[str, str] = field(factory=dict)

    def __call__(self, *args: str, text: str | None = None) -> Result:
        """Run one command with *text* on standard input."""
        with chdir(self.folder):
            return CliRunner(env=self.environ).invoke(
                command, list(args), input=text, obj=Session(self.environ, self.folder), prog_name="tocsin"
            )

    def ok(self, *args: str, text: str | None = None) -> str:
        """Run a command that must succeed, and return what it printed on standard output."""
        result = self(*args, text=text)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.stdout

    def json(self, *args: str) -> Any:
        """Return the one document that a command prints."""
        return json.loads(self.ok(*args, "--json"))

    def json_lines(self, *args: str) -> list[dict[str, Any]]:
        """Return the objects that a command lists."""
        return [json.loads(line) for line in self.ok(*args, "--json").splitlines()]

    def write(self, name: str, text: str) -> Path:
        """Write a file beside the configuration."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def script(self, answer: str) -> None:
        """Route email and SMS to a gateway that answers so from now on."""
        module = f"scripted_{self.folder.name}".replace("-", "_")  # each folder has a module of its own
        if not (self.folder / f"{module}.py").exists():
            self.write(f"{module}.py", SCRIPTED_GATEWAY)
            self.write("tocsin.toml", CONFIGURATION.format(module=module))
        self.write("answer.txt", answer)

    def person(self, recipient_id: str = "ada", **more: str) -> None:
        """Bring in a person who can be reached on every way that needs no device."""
        options = {"email": f"{recipient_id}@example.com", "phone": "+14155550101", **more}
        self.ok("recipients", "set", recipient_id, *(part for name in options for part in (f"--{name}", options[name])))

    def send(self, channel: str = "in_app", *more: str, to: str = "ada", type_: str = "transactional") -> str:
        """Accept a notification and return its id."""
        subject = ("--subject", "Hello") if channel == "email" else ()
        given = ("--to", to, "--channel", channel, "--type", type_, "--body", "Hi", *subject, *more)
        return self.ok("send", *given).strip()
