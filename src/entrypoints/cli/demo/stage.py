"""Where the tour takes place: a folder of its own, in which real commands are run and looked at."""

import json
import os
import shlex
import time
from collections.abc import Callable, Iterable
from contextlib import chdir, redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from entrypoints.cli.main import command
from entrypoints.cli.session import Session

CONFIGURATION = """\
public_url = "https://notify.example.com"  # for the links in mails; nobody goes there in this tour

# The outbox makes a file of each message. "moody" is a gateway of one's own, in moody_provider.py.
[gateways.moody]
kind = "moody_provider:factory"
mood_file = {mood_file}

[routes]
email = ["outbox"]
push = ["outbox"]
sms = ["moody"]

[retry]  # the defaults are 30s and more; nobody wants to wait for that here
base = "500ms"
cap = "500ms"
"""

PROVIDER = '''\
"""An SMS provider with moods: what stands in its mood file decides what it answers."""

from pathlib import Path

from domain.outcome import Accepted, Deferred, Rejected

ANSWERS = {
    "fine": lambda message: Accepted(f"moody-{message.notification_id}"),
    "busy": lambda message: Deferred("busy, come back later"),
    "strict": lambda message: Rejected("the sender is not registered here"),
}


class MoodyProvider:
    batch_size = 10

    def __init__(self, mood_file):
        self.mood_file = Path(mood_file)

    def send(self, messages, deadline):
        answer = ANSWERS[self.mood_file.read_text().strip()]
        return [answer(message) for message in messages]


def factory(settings):
    return MoodyProvider(settings["mood_file"])
'''

PEOPLE = """\
id,name,email,phone,push_token,locale,timezone,plan
ada,Ada Lovelace,ada@example.com,+14155550101,device-of-ada,en-GB,Europe/London,pro
grace,Grace Hopper,grace@example.com,,,en-US,America/New_York,pro
emmy,Emmy Noether,emmy@example.com,+4369910000101,,de,Europe/Vienna,free
typo,Tina Typo,tina@example,,,,,free
"""


@frozen
class Called:
    """How one command ended, and what it printed."""

    code: int
    out: str
    err: str


@define
class Stage:
    """Runs commands in its folder, shows them, and keeps account of what was promised."""

    folder: Path
    say: Callable[[str], None]
    broken: list[str] = field(factory=list, init=False)
    promises: int = field(default=0, init=False)

    def set_up(self) -> None:
        """Write the files that the tour needs."""
        mood_file = self.folder / "mood.txt"
        self._write("tocsin.toml", CONFIGURATION.format(mood_file=json.dumps(str(mood_file))))
        self._write("moody_provider.py", PROVIDER)
        self._write("people.csv", PEOPLE)
        self.provider_is("fine")

    def provider_is(self, mood: str) -> None:
        """Decide what the SMS provider answers from now on."""
        self._write("mood.txt", mood)

    def title(self, text: str) -> None:
        """Open a new part."""
        self.say(f"\n== {text}")

    def run(self, *args: str, code: int = 0) -> str:
        """Run a command as a person would, show it with what it prints, and return its result."""
        called = self._call(args)
        self.say(f"\n$ tocsin {shlex.join(args)}")
        for line in [*called.out.splitlines(), *called.err.splitlines()]:
            self.say(f"    {line}".rstrip())
        if called.code != code:
            self.promise(f"{args[0]} ends with exit code {code}, not {called.code}", holds=False)
        elif code:
            self.say(f"    (exit code {code})")
        return called.out.strip()

    def ask(self, *args: str) -> list[dict[str, Any]]:
        """Run a command as a program would, unseen, and return the objects it prints."""
        called = self._call((*args, "--json"))
        return [json.loads(line) for line in called.out.splitlines()]

    def status(self, notification_id: str) -> str:
        """Return how a notification stands; empty if there is none."""
        return next((str(found["status"]) for found in self.ask("show", notification_id)), "")

    def reason(self, notification_id: str) -> str:
        """Return why a notification did not go out; empty if it did."""
        return next((str(found["reason"] or "") for found in self.ask("show", notification_id)), "")

    def store_has(self, text: str) -> bool:
        """Say whether *text* stands in any file of the store."""
        return any(text.encode() in path.read_bytes() for path in self.folder.glob("tocsin.db*"))

    def wait_for(self, notification_id: str) -> None:
        """Wait until a notification is due."""
        for found in self.ask("show", notification_id):
            if found["next_attempt_at"]:
                due_at = datetime.fromisoformat(found["next_attempt_at"])
                time.sleep(max(0.0, (due_at - datetime.now(UTC)).total_seconds()))

    def outbox(self) -> Iterable[str]:
        """Return the text of every file in the outbox."""
        files = sorted(path for path in (self.folder / "outbox").rglob("*") if path.is_file())
        return [path.read_text(encoding="utf-8", errors="replace") for path in files]

    def promise(self, sentence: str, *, holds: bool) -> None:
        """Say what should have happened, and whether it did."""
        self.promises += 1
        if not holds:
            self.broken.append(sentence)
        self.say(f"  {'as promised' if holds else 'NOT AS PROMISED'}: {sentence}")

    def _call(self, args: Iterable[str]) -> Called:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
        out, err = StringIO(), StringIO()
        with chdir(self.folder), redirect_stdout(out), redirect_stderr(err):
            session = Session(environ, self.folder)
            code = command.main(list(args), prog_name="tocsin", standalone_mode=False, obj=session)
        return Called(code, out.getvalue(), err.getvalue())

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")
