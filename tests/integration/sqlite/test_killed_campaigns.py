"""Processes that advance or withdraw a campaign are killed again and again: nobody is lost, nobody is told twice."""

import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from attrs import define, field

from adapters.sqlite.store import SqliteStore
from domain.audience import parse_audience
from domain.campaign import Campaign, CampaignStatus, NewCampaign
from domain.channel import Channel
from domain.lifecycle import Status
from domain.notification_type import NotificationType
from tests.integration.sqlite.given import CONTENT, NOW, opened, start

PEOPLE = 200_000
MATCHING = PEOPLE - PEOPLE // 10
WITH_PHONE = PEOPLE // 2 - PEOPLE // 10
PROCESSES = 3
ROUNDS = 8
VICTIMS = 2
INTO_A_CHUNK_S = 0.03

# Everybody has an address, every second one a phone; every tenth is of another plan.
CROWD = """
WITH RECURSIVE one (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one WHERE n < :people)
INSERT INTO recipients (id, email, phone, attributes)
SELECT 'person-' || n, 'person-' || n || '@example.com', CASE WHEN n % 2 = 0 THEN '+1415' || (5000000 + n) END,
       CASE WHEN n % 10 = 0 THEN '{"plan": "none"}' ELSE '{"plan": "pro"}' END
  FROM one
"""
COUNT_NOTIFICATIONS = "SELECT count(*), count(DISTINCT recipient_seq * 100 + lane_id) FROM notifications"
COUNT_BY_STATUS = "SELECT lane_id, status, count(*) FROM notifications GROUP BY lane_id, status"
GAUGES = "SELECT lane_id, status, number FROM gauges WHERE number > 0"


@define(eq=False)
class Workers:
    """Processes that do a chunk whenever they are told, all at once; most of them die of it."""

    path: Path
    random: Random
    processes: list[subprocess.Popen[str]] = field(factory=list)

    def work_and_die(self) -> None:
        """Let all do a chunk and kill some of them meanwhile, until that has happened often enough."""
        self.processes = [self._ready() for _ in range(PROCESSES)]
        for _ in range(ROUNDS):
            self._tell_all()
            threading.Event().wait(self.random.uniform(0, INTO_A_CHUNK_S))
            victims = self.random.sample(self.processes, VICTIMS)
            for victim in victims:
                victim.kill()
            for survivor in self.processes:
                assert survivor in victims or _answer(survivor) == "chunk\n", "the end came before they were killed"
            for victim in victims:
                victim.communicate()
                self.processes[self.processes.index(victim)] = self._ready()

    def finish(self) -> None:
        """Let those that live do the rest."""
        answers = {"chunk\n"}
        while "chunk\n" in answers:
            self._tell_all()
            answers = {_answer(process) for process in self.processes}
        assert answers == {"done\n"}

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.communicate()

    def _ready(self) -> subprocess.Popen[str]:
        process = start("advance_when_told", self.path)
        assert _answer(process) == "ready\n"
        return process

    def _tell_all(self) -> None:
        for process in self.processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()


def _answer(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with opened(tmp_path / "tocsin.db") as store:
        store.notifications._database.write(lambda connection: connection.execute(CROWD, {"people": PEOPLE}))
        yield store


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    workers = Workers(tmp_path / "tocsin.db", Random(7))
    yield workers
    workers.end()


def select(store: SqliteStore, statement: str) -> list[tuple[int, ...]]:
    def rows(connection: sqlite3.Connection) -> list[tuple[int, ...]]:
        return connection.execute(statement).fetchall()

    return store.notifications._database.read(rows)


def start_campaign(store: SqliteStore) -> Campaign:
    return store.campaigns.start(
        NewCampaign(
            name="spring",
            channels=(Channel.EMAIL, Channel.SMS),
            type=NotificationType.PROMOTIONAL,
            content=CONTENT,
            audience=parse_audience("plan = pro"),
            send_at=NOW,
            expires_at=NOW + timedelta(days=1),
            created_at=NOW,
        )
    )


def test_killed_anywhere_and_started_again_nobody_is_lost_and_nobody_told_twice(
    store: SqliteStore, workers: Workers
) -> None:
    campaign = start_campaign(store)

    workers.work_and_die()
    workers.finish()

    finished = store.campaigns.get(campaign.id)
    expected = MATCHING + WITH_PHONE
    assert finished.status is CampaignStatus.FINISHED
    assert (finished.considered, finished.total) == (PEOPLE, PEOPLE)
    assert (finished.created, finished.no_address, finished.suppressed) == (expected, 2 * MATCHING - expected, 0)
    assert select(store, COUNT_NOTIFICATIONS) == [(expected, expected)]
    assert sorted(select(store, GAUGES)) == sorted(select(store, COUNT_BY_STATUS))


def test_a_cancelled_campaign_is_withdrawn_to_the_last_whoever_dies(store: SqliteStore, workers: Workers) -> None:
    campaign = start_campaign(store)
    while not campaign.is_complete:
        campaign = store.campaigns.advance(campaign.id, NOW)
    assert store.campaigns.cancel(campaign.id, NOW) < campaign.created
    assert list(store.queue.due_lanes(NOW)) == []

    workers.work_and_die()
    workers.finish()

    statuses = store.campaigns.progress(campaign.id).statuses
    assert {status: number for status, number in statuses.items() if number} == {Status.CANCELLED: campaign.created}
    assert list(store.campaigns.unfinished()) == []
    assert sorted(select(store, GAUGES)) == sorted(select(store, COUNT_BY_STATUS))
