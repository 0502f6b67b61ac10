"""A folder with a configuration and a store, and the dispatchers that work on it, as real processes."""

import json
import shutil
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from attrs import define, field

from adapters.sqlite.store import SqliteStore
from application.ports.notification_repository import Added
from domain.channel import Channel
from domain.content import Content
from domain.notification import NewNotification
from domain.notification_type import NotificationType
from domain.recipient import Recipient
from tests.integration.cli.process import COMMAND, environment, ok, run
from tests.integration.ledger import Ledger

PATIENCE_S = 60.0
_COUNTED_WRONG = """
SELECT (SELECT coalesce(sum(number), 0) FROM counters WHERE what = {}) <> (SELECT count(*) FROM notifications WHERE {})
"""
_OWN_GATEWAY = Path(__file__).with_name("ledger_gateway.py")


@define(eq=False)
class House:
    """A folder with a configuration and a store, and the dispatchers that work on it."""

    folder: Path
    dispatchers: list[subprocess.Popen[bytes]] = field(factory=list)

    @property
    def store(self) -> Path:
        return self.folder / "tocsin.db"

    def configure(self, port: int, *, lease: str = "3s", timeout: str = "10s") -> None:
        """Let email go to an SMTP server on this machine, and sms to the outbox."""
        self._write_configuration(
            f"""
            [gateways.mail]
            kind = "smtp"
            host = "127.0.0.1"
            port = {port}
            tls = "none"
            from = "Shop <news@example.com>"
            timeout = "{timeout}"

            [routes]
            email = ["mail"]
            sms = ["outbox"]
            """,
            lease,
        )

    def configure_ledgers(self, lease: str = "3s", **gateways: str) -> None:
        """Let email, sms or push go to a gateway that keeps a ledger each; further settings are lines of TOML."""
        shutil.copy(_OWN_GATEWAY, self.folder)
        tables = [
            f"""
            [gateways.{channel}_ledger]
            kind = "ledger_gateway:factory"
            ledger = "{self.ledger(channel).path}"
            {settings.replace("; ", chr(10))}
            """
            for channel, settings in gateways.items()
        ]
        routes = [f'{channel} = ["{channel}_ledger"]' for channel in gateways]
        self._write_configuration("\n".join([*tables, "[routes]", *routes]), lease)

    def ledger(self, channel: str = "email") -> Ledger:
        """Return what the gateway of a channel was handed."""
        return Ledger(self.folder / f"{channel}.ledger")

    def fill(
        self,
        type_: NotificationType,
        count: int,
        channel: Channel = Channel.EMAIL,
        bodies: Callable[[int], str] = lambda _: "Hello",
    ) -> list[int]:
        """Store *count* notifications that are due, each to a person of its own, and return their ids."""
        now = datetime.now(UTC).replace(microsecond=0)
        people = [f"{channel}-{type_}-{number}" for number in range(count)]
        store = SqliteStore.open(self.store, new_id=lambda: "house")
        try:
            store.recipients.put([_person(one) for one in people])
            answers = store.notifications.add(
                [
                    NewNotification(
                        recipient_id=one,
                        channel=channel,
                        type=type_,
                        content=Content(subject=None if channel is Channel.SMS else "News", body=bodies(number)),
                        send_at=now,
                        expires_at=now + timedelta(days=1),
                        created_at=now,
                    )
                    for number, one in enumerate(people)
                ]
            )
        finally:
            store.close()
        return [one.notification.id for one in answers if isinstance(one, Added)]

    def people(self, kind: str, count: int) -> set[str]:
        """Bring in people of one kind, and return their addresses."""
        addresses = [f"{kind}{number}@example.com" for number in range(count)]
        lines = [f"{kind}{n},Person {n},{one},+1415555{n:04},{kind}" for n, one in enumerate(addresses)]
        (self.folder / f"{kind}.csv").write_text("\n".join(["id,name,email,phone,kind", *lines]))
        ok(self.folder, "recipients", "import", f"{kind}.csv", "--quiet")
        return set(addresses)

    def bulk(self, kind: str, type_: str, channel: str = "email", body: str = "Hello {{ recipient.name }},") -> None:
        """Start a campaign for everybody of one kind."""
        what = ("--audience", f"kind = '{kind}'", "--channel", channel, "--type", type_, "--name", f"{kind} {channel}")
        subject = ("--subject", "News") if channel == "email" else ()
        ok(self.folder, "bulk", *what, *subject, "--body", body, "--yes", "--quiet")

    def watch(self) -> subprocess.Popen[bytes]:
        """Start a dispatcher."""
        process = subprocess.Popen(
            [*COMMAND, "dispatch", "--watch"],
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.dispatchers.append(process)
        return process

    def watch_together(self, number: int) -> None:
        """Start dispatchers on an idle store, and return once all of them watch."""
        SqliteStore.open(self.store, new_id=lambda: "house").close()
        for _ in range(number):
            self.watch()
        until(lambda: self.select("SELECT count(*) FROM dispatchers") == [(number,)])

    def end(self) -> None:
        """Kill every dispatcher that still runs."""
        for process in self.dispatchers:
            if process.poll() is None:
                process.kill()
            process.wait()

    def statuses(self, type_: str = "%", channel: str = "%") -> Counter[str]:
        """Count the notifications of a type and a channel by their status."""
        counts = """
            SELECT n.status, count(*) FROM notifications AS n JOIN lanes AS l ON l.id = n.lane_id
             WHERE l.type LIKE ? AND l.channel LIKE ? GROUP BY n.status
        """
        return Counter(dict(self.select(counts, type_, channel)))

    def addresses(self, status: str) -> set[str]:
        """Return where the notifications of a status go."""
        to = "SELECT r.email FROM notifications AS n JOIN recipients AS r ON r.seq = n.recipient_seq WHERE n.status = ?"
        return {row[0] for row in self.select(to, status)}

    def attempts(self) -> set[int]:
        """Return how many attempts notifications have, each number once."""
        return {row[0] for row in self.select("SELECT attempts FROM notifications")}

    def is_done(self) -> bool:
        """Say whether there is something, and nothing of it is left to do."""
        held = "SELECT EXISTS (SELECT 1 FROM notifications WHERE status IN ('pending', 'sending'))"
        return self.store.exists() and self.select(held) == [(0,)]

    def select(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Return what a statement finds in the store."""
        with closing(sqlite3.connect(f"{self.store.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute(statement, parameters).fetchall()

    def _write_configuration(self, gateways: str, lease: str) -> None:
        retry = '[retry]\nbase = "500ms"\ncap = "1s"'
        (self.folder / "tocsin.toml").write_text(f'{gateways}\n{retry}\n[dispatch]\nlease = "{lease}"\n')


def keep_killing(house: House, chance: Random, every_s: float, most: int) -> int:
    """Kill one of the dispatchers every so often and start it again, until all is done; return how many died.

    There are no more than *most* deaths.
    """
    working = [process for process in house.dispatchers if process.poll() is None]
    for kills in range(most):
        threading.Event().wait(every_s)
        if house.is_done():
            return kills
        victim = chance.randrange(len(working))
        working[victim].kill()
        working[victim].wait()
        working[victim] = house.watch()
    until(house.is_done)
    return most


def until(condition: Callable[[], bool], within_s: float = PATIENCE_S, look_s: float = 0.05) -> None:
    """Return once *condition* holds; fail if it does not in time."""
    give_up_at = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < give_up_at, "it did not happen in time"
        threading.Event().wait(look_s)


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Hold the store as another program does that writes."""
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


def shape_of(house: House) -> list[str]:
    """Return what is wrong with a store that was drained; the dispatchers are ended for that."""
    house.end()
    found = run(house.folder, "doctor", "--json").stdout.splitlines()
    wrong = [line for line in found if json.loads(line)["level"] == "error"]
    checks = {
        "something is left": "SELECT count(*) FROM notifications WHERE status IN ('pending', 'sending')",
        "a lease is held": "SELECT count(*) FROM notifications WHERE owner IS NOT NULL OR lease_until_ms IS NOT NULL",
        "the steps counted differ from a recount": _COUNTED_WRONG.format("'accept'", "status = 'sent'"),
        "the losses counted differ from a recount": _COUNTED_WRONG.format("'lose'", "status = 'unknown'"),
    }
    wrong += [words for words, statement in checks.items() if house.select(statement) != [(0,)]]
    return wrong + [row[0] for row in house.select("PRAGMA integrity_check") if row[0] != "ok"]


def _person(name: str) -> Recipient:
    return Recipient(id=name, email=f"{name}@example.com", phone="+14155550101", push_tokens=(f"{name}-phone",))
