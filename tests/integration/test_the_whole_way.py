"""From a file of people to delivered notifications, through the command line, real processes and a real SMTP server."""

import csv
import json
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from tests.integration.cli.process import COMMAND, environment, run
from tests.servers.smtp_campaign import CampaignServer, Mailing

PEOPLE = 10_000
BAD_ROWS = 4
PATIENCE_S = 120.0


def address(number: int) -> str:
    return f"person{number}@example.com"


REFUSED = frozenset(address(number) for number in range(PEOPLE) if number % 100 == 7)
DEFERRED = frozenset(address(number) for number in range(PEOPLE) if number % 50 == 3)
DROPPED = frozenset(address(number) for number in range(500, PEOPLE, PEOPLE // 10) if number % 100 == 0)


@define(eq=False)
class Shop:
    """A folder with a configuration, a file of people, and the command to work on them."""

    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(factory=list)

    def configure(self, port: int) -> None:
        (self.folder / "tocsin.toml").write_text(
            f"""
            [gateways.mail]
            kind = "smtp"
            host = "127.0.0.1"
            port = {port}
            tls = "none"
            from = "Shop <news@example.com>"

            [routes]
            email = ["mail"]

            [retry.email]
            base = "1s"
            """
        )

    def people(self) -> None:
        with (self.folder / "people.csv").open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["id", "name", "email", "plan"])
            rows.writerows([f"p{n}", f"Person {n}", address(n), "pro" if n % 2 else "free"] for n in range(PEOPLE))
            rows.writerow(["", "Nobody", "nobody@example.com", "pro"])
            rows.writerow(["bad-address", "Bad", "not an address", "pro"])
            rows.writerow(["two-addresses", "Two", "a@example.com,b@example.com", "pro"])
            rows.writerow(["too", "many", "cells@example.com", "pro", "here"])

    def run(self, *arguments: str, exit_code: int = 0) -> str:
        """Run one command to its end and return its standard output."""
        done = run(self.folder, *arguments)
        assert done.returncode == exit_code, done.stderr
        return done.stdout

    def watch(self) -> subprocess.Popen[bytes]:
        """Start a dispatcher that watches."""
        process = subprocess.Popen(
            [*COMMAND, "dispatch", "--watch"],
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.processes.append(process)
        return process

    def report(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.run("report", "--json"))
        return answer

    def statuses(self) -> Counter[str]:
        """Recount what ``list`` shows."""
        lines = self.run("list", "--limit", "0", "--json").splitlines()
        return Counter(json.loads(line)["status"] for line in lines)

    def wait_until_done(self) -> None:
        """Return once nothing is pending or being sent."""
        give_up_at = time.monotonic() + PATIENCE_S
        while True:
            report = self.report()
            if report["total"] and not report["pending"] and not report["sending"]:
                return
            assert time.monotonic() < give_up_at, report
            time.sleep(0.2)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    shop.people()
    yield shop
    for process in shop.processes:
        if process.poll() is None:
            process.kill()
        process.wait()


def import_people(shop: Shop) -> None:
    summary = json.loads(shop.run("recipients", "import", "people.csv", "--json", exit_code=1))
    assert (summary["created"], summary["rejected"]) == (PEOPLE, BAD_ROWS)
    rejects = (shop.folder / "people.rejects.csv").read_text(encoding="utf-8")
    for line in range(PEOPLE + 2, PEOPLE + 2 + BAD_ROWS):
        assert f"\n{line}," in rejects


def start_bulk(shop: Shop, type_: str) -> None:
    campaign = json.loads(
        shop.run(
            *(
                "bulk",
                "--audience",
                "all",
                "--channel",
                "email",
                "--type",
                type_,
                "--name",
                "spring",
                "--yes",
                "--json",
            ),
            *("--subject", "News for {{ recipient.name }}", "--body", "Hello {{ recipient.name }},\nspring is here.\n"),
        )
    )
    assert (campaign["status"], campaign["created"]) == ("finished", PEOPLE)


def check_agreement(shop: Shop, mailing: Mailing) -> Counter[str]:
    """The report, a recount of the list and the server's log say the same; return the statuses."""
    statuses, report = shop.statuses(), shop.report()
    assert report["total"] == report["created"] == PEOPLE == statuses.total()
    assert {status: number for status, number in report["now"].items() if number} == dict(statuses)
    ended = {status: report[status] for status in ("sent", "failed", "unknown", "cancelled", "expired", "suppressed")}
    assert {status: number for status, number in ended.items() if number} == dict(statuses), "each ended once"
    assert report["outcomes"]["accepted"] == report["sent"]
    assert report["outcomes"]["rejected"] + report["outcomes"]["unreachable"] == report["failed"]
    failed = [
        json.loads(line) for line in shop.run("list", "--status", "failed", "--limit", "0", "--json").splitlines()
    ]
    assert {one["to"] for one in failed} <= {f"p{number}" for number in range(PEOPLE) if address(number) in REFUSED}
    assert all("550" in one["reason"] and "No such user" in one["reason"] for one in failed)
    assert mailing.taken.keys().isdisjoint(REFUSED)
    return statuses


def test_a_promotional_mailing_reaches_everybody_once(shop: Shop) -> None:
    mailing = Mailing(refused=REFUSED, deferred=DEFERRED, dropped=DROPPED)
    with CampaignServer(mailing) as server:
        shop.configure(server.port)
        import_people(shop)
        start_bulk(shop, "promotional")
        watcher = shop.watch()
        shop.wait_until_done()
        watcher.send_signal(signal.SIGTERM)
        assert watcher.wait(timeout=10) == 0

    statuses = check_agreement(shop, mailing)
    assert statuses["unknown"] == len(DROPPED) == 10
    assert statuses["failed"] == len(REFUSED) == 100
    assert statuses["sent"] == PEOPLE - len(REFUSED) - len(DROPPED)
    assert set(mailing.taken.values()) == {1}, "a type that holds is never sent twice"
    assert mailing.taken.total() == PEOPLE - len(REFUSED)
    assert mailing.greeted[address(42)] == "Person 42"


@pytest.mark.parametrize("type_", ["promotional", "transactional"])
def test_a_dispatcher_killed_halfway_loses_nothing(shop: Shop, type_: str) -> None:
    halfway = threading.Event()
    mailing = Mailing(
        refused=REFUSED, deferred=DEFERRED, on_taken=lambda total: halfway.set() if total > PEOPLE // 2 else None
    )
    with CampaignServer(mailing) as server:
        shop.configure(server.port)
        import_people(shop)
        start_bulk(shop, type_)
        first = shop.watch()
        assert halfway.wait(PATIENCE_S)
        first.kill()
        first.wait()
        shop.watch()
        shop.wait_until_done()

    statuses = check_agreement(shop, mailing)
    reached = {a for number in range(PEOPLE) if (a := address(number)) not in REFUSED}
    twice = sum(count - 1 for count in mailing.taken.values())
    if type_ == "promotional":
        assert twice == 0
        assert statuses["sent"] + statuses["unknown"] + statuses["failed"] == PEOPLE
        assert statuses["unknown"] <= PEOPLE // 10, "only what was in flight"
        assert len(reached - mailing.taken.keys()) <= statuses["unknown"], "what is called sent has arrived"
    else:
        assert mailing.taken.keys() == reached
        assert (statuses["sent"], statuses["failed"]) == (PEOPLE - len(REFUSED), len(REFUSED))
        assert twice <= PEOPLE // 10, "only what was in flight"
