"""What is counted in a file: filled for an older store, read without a look at a notification, and set right."""

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.sqlite import notification_repository as notifications
from adapters.sqlite import report_repository as reports
from adapters.sqlite import schema
from adapters.sqlite.migrations import RECOUNTED
from adapters.sqlite.store import SqliteStore
from application.ports.report_repository import Grouping
from application.ports.store import Finding, Level
from domain.channel import Channel
from domain.errors import StoreUnavailable
from domain.lifecycle import Event
from domain.notification import NewNotification
from domain.notification_type import NotificationType
from domain.outcome import Accepted, Deferred, GatewayDown, Outcome, Rejected, Unknown
from tests.contracts.given import DAY, NOW, SECOND, a_campaign, a_message, add, advance_to_the_end, answered, claim
from tests.integration.sqlite.given import fill, opened
from tests.integration.sqlite.older_store import as_of_schema

NOT_KEPT_BEFORE = {Event.CLAIM.value, Event.POSTPONE.value, Event.REVIVE.value}
"""Of these an older store keeps no trace that could be counted."""


def later(now: datetime) -> NewNotification:
    return a_message(send_at=now + 30 * DAY, expires_at=now + 31 * DAY, created_at=now, channel=Channel.SMS)


def a_busy_week(store: SqliteStore) -> None:
    """Let something happen of nearly every kind, on eight days."""
    for day in range(8):
        now = NOW + day * DAY
        for type_ in NotificationType:
            add(
                store,
                *(
                    a_message(one, type=type_, send_at=now, created_at=now, expires_at=now + 3 * DAY)
                    for one in ("ada", "bob", "cyd")
                ),
            )
        advance_to_the_end(store, store.campaigns.start(a_campaign(f"day {day}")).id)
        answers: list[Outcome] = [
            Accepted("m"),
            Deferred("451"),
            Rejected("554"),
            Unknown("timeout"),
            GatewayDown("refused"),
        ]
        for lane in store.queue.due_lanes(now):
            for number, one in enumerate(claim(store, now, lane=lane).claims):
                at = now + (number * number + 1) * SECOND
                store.queue.conclude([answered(one, answers[(number + day) % len(answers)], at)], at)
        waiting = add(store, *(later(now) for _ in "ab"))
        store.notifications.cancel([waiting[0].id], now)


class TestAnOlderStore:
    def test_is_counted_as_far_as_it_kept_what_happened(self, tmp_path: Path) -> None:
        with opened(tmp_path / "tocsin.db") as store:
            a_busy_week(store)
            by_day = store.reports.counted(None, Grouping.DAY)
            by_lane = [store.reports.counted(None, by) for by in (Grouping.CHANNEL, Grouping.TYPE, Grouping.CAMPAIGN)]
            by_gateway = store.reports.counted(None, Grouping.GATEWAY)
        as_of_schema(1, tmp_path / "tocsin.db", tmp_path / "older.db")

        with opened(tmp_path / "older.db") as older:
            with pytest.raises(StoreUnavailable, match="tocsin init"):
                older.reports.counted(None, None)
            assert list(older.migrate()) == [step.name for step in schema.steps()[1:]]
            migrated_by_day = older.reports.counted(None, Grouping.DAY)
            for by, counted in zip((Grouping.CHANNEL, Grouping.TYPE, Grouping.CAMPAIGN), by_lane, strict=True):
                migrated = older.reports.counted(None, by)
                assert Counter(migrated.gauges) == Counter(counted.gauges)
                known = [one for one in counted.tallies if one.what not in NOT_KEPT_BEFORE]
                assert Counter(migrated.tallies) == Counter(known)
            assert Counter(older.reports.counted(None, Grouping.GATEWAY).tallies) == Counter(by_gateway.tallies)

        known = [one for one in by_day.tallies if one.what not in NOT_KEPT_BEFORE]
        assert {one.what for one in known} >= {"created", "accept", "defer", "reject", "lose", "cancel", "latency"}
        assert Counter(migrated_by_day.tallies) == Counter(known)

    def test_goes_on_counting(self, tmp_path: Path) -> None:
        with opened(tmp_path / "tocsin.db") as store:
            a_busy_week(store)
        as_of_schema(1, tmp_path / "tocsin.db", tmp_path / "older.db")

        with opened(tmp_path / "older.db") as older:
            older.migrate()
            lane = next(lane for lane in older.queue.due_lanes(NOW + 8 * DAY))
            taken = claim(older, NOW + 8 * DAY, lane=lane).claims
            older.queue.conclude([answered(one, Accepted("m"), NOW + 8 * DAY) for one in taken], NOW + 8 * DAY)
            assert taken
            assert finding(older).level is Level.OK


class TestReading:
    @pytest.mark.parametrize("statement", [*reports.SUM_COUNTERS.values(), *reports.SUM_GAUGES.values()])
    def test_looks_at_no_notification_and_no_hand_over(self, tmp_path: Path, statement: str) -> None:
        with opened(tmp_path / "tocsin.db"), closing(sqlite3.connect(tmp_path / "tocsin.db")) as connection:
            question = f"EXPLAIN QUERY PLAN {statement}"
            plan = [row[3] for row in connection.execute(question, {"since": 0, "test": False})]

        tables = {step.split()[1] for step in plan if step.split()[0] in ("SCAN", "SEARCH")}
        assert tables
        assert tables <= {"c", "l", "g"}, "counters or gauges, lanes, campaigns"
        for step in plan:
            assert "TEMP B-TREE" not in step or "GROUP BY" in step

    @pytest.mark.parametrize("by", [None, *Grouping])
    def test_of_some_days_reads_no_others(self, tmp_path: Path, by: Grouping | None) -> None:
        with opened(tmp_path / "tocsin.db"), closing(sqlite3.connect(tmp_path / "tocsin.db")) as connection:
            question = f"EXPLAIN QUERY PLAN {reports.SUM_COUNTERS[by]}"
            plan = [row[3] for row in connection.execute(question, {"since": 0, "test": False})]

        assert "SEARCH c USING PRIMARY KEY (day>?)" in plan

    def test_a_day_is_a_few_rows_however_much_happened(self, tmp_path: Path) -> None:
        with opened(tmp_path / "tocsin.db") as store:
            fill(store, 3000)
            taken = claim(store, limit=3000).claims
            store.queue.conclude(
                [answered(one, Accepted("m"), NOW + number * SECOND / 10) for number, one in enumerate(taken)], NOW
            )

        with closing(sqlite3.connect(tmp_path / "tocsin.db")) as connection:
            assert connection.execute("SELECT count(*) FROM notifications").fetchone()[0] == 3000
            assert connection.execute("SELECT count(*) FROM counters").fetchone()[0] < 100

    def test_what_is_to_be_revived_is_found_by_its_id(self, tmp_path: Path) -> None:
        with opened(tmp_path / "tocsin.db"), closing(sqlite3.connect(tmp_path / "tocsin.db")) as connection:
            question = f"EXPLAIN QUERY PLAN {notifications.COUNT_STANDING}"
            plan = [row[3] for row in connection.execute(question, {"ids": "[]"})]

        assert any(step.startswith("SEARCH notifications ") and "rowid=?" in step for step in plan)


def finding(store: SqliteStore) -> Finding:
    return next(one for one in store.inspect() if one.name == "counters")


def spoil(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()


SPOILT = (
    "UPDATE gauges SET number = 0 WHERE status = 'pending'",
    "UPDATE gauges SET number = number + 3 WHERE status = 'sent' AND lane_id = 1",
    "DELETE FROM gauges WHERE status = 'sending'",
)


class TestGaugesThatAreWrong:
    """They can only be so after somebody else wrote to the file, or after a fault of ours."""

    @pytest.mark.parametrize("statement", SPOILT)
    def test_are_found_and_set_right(self, tmp_path: Path, statement: str) -> None:
        path = tmp_path / "tocsin.db"
        with opened(path) as store:
            fill(store, 5)
            claim(store, limit=2)
            assert finding(store).level is Level.OK
            spoil(path, statement)

            found = finding(store)
            assert found.level is Level.ERROR
            assert "tocsin init" in found.message
            assert list(store.migrate()) == [RECOUNTED]
            assert finding(store).level is Level.OK
            assert list(store.migrate()) == []

    @pytest.mark.parametrize("statement", [SPOILT[0], SPOILT[2]])
    def test_stop_what_they_would_make_worse_with_the_remedy(self, tmp_path: Path, statement: str) -> None:
        path = tmp_path / "tocsin.db"
        with opened(path) as store:
            fill(store, 5)
            spoil(path, statement)

            with pytest.raises(StoreUnavailable, match="tocsin init"):
                claim(store, limit=2)
            store.migrate()

            assert len(claim(store, limit=2).claims) == 2

    def test_a_lane_has_its_gauges_from_the_start(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"
        with opened(path) as store:
            store.campaigns.start(a_campaign())
        with closing(sqlite3.connect(path)) as connection:
            lanes = connection.execute("SELECT lane_id, count(*) FROM gauges GROUP BY lane_id").fetchall()
            of_lanes = connection.execute("SELECT id FROM lanes").fetchall()

        assert [lane for lane, _ in lanes] == [lane for (lane,) in of_lanes]
        assert {number for _, number in lanes} == {9}

    def test_a_gauge_never_falls_below_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"
        with opened(path):
            pass
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            spoil(path, "UPDATE gauges SET number = number - 1 WHERE status = 'sent'")


def test_the_day_is_that_of_the_moment_in_utc(tmp_path: Path) -> None:
    with opened(tmp_path / "tocsin.db") as store:
        add(store, a_message(created_at=NOW.replace(hour=23, minute=59)))
        add(store, a_message(created_at=NOW.replace(hour=23, minute=59) + timedelta(minutes=1)))

        found = store.reports.counted(None, Grouping.DAY).tallies

    assert sorted((one.group, one.number) for one in found) == [("2026-03-02", 1), ("2026-03-03", 1)]
