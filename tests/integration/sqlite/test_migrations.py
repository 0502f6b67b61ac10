"""A store comes into being once, and no version is taken for another."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from attrs import evolve

from adapters.sqlite import schema
from adapters.sqlite.store import SqliteStore
from application.ports.dispatch_queue import CapUse, Hold
from application.ports.notification_repository import NotificationQuery
from application.ports.store import Level
from application.ports.suppression_repository import SuppressionQuery
from domain.channel import Channel
from domain.errors import StoreUnavailable
from domain.lifecycle import Status
from domain.notification_type import NotificationType
from domain.outcome import Accepted, Unreachable
from domain.preferences import NO_PREFERENCES
from domain.receipt import ReceiptKind
from domain.suppression import EVERYTHING, SuppressionScope
from domain.suppression_reason import SuppressionReason
from tests.contracts.given import NOW, a_campaign, a_message, add, advance_to_the_end, answer, claim, claims, only
from tests.contracts.given_receipts import a_receipt, tell
from tests.integration.sqlite.given import answers, opened, start
from tests.integration.sqlite.older_store import as_of_schema

ALL_STEPS = [step.name for step in schema.steps()]


def set_version(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")


def what_happened(store: SqliteStore) -> None:
    """Let one be sent and one fail, beside a campaign whose messages wait."""
    add(store, a_message("ada"), a_message("bob"))
    sent, failed = claims(store)
    answer(store, sent, Accepted("m-1"))
    answer(store, failed, Unreachable("550 no such user"))
    advance_to_the_end(store, store.campaigns.start(a_campaign()).id)


def rows_of_every_table(path: Path) -> dict[str, list[dict[str, object]]]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        found = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        return {name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")] for (name,) in found}


def migrated_whole(path: Path, steps: Sequence[str]) -> None:
    """Migrate what :func:`what_happened` in, and see that *steps* were taken and every row is there as it was."""
    before = rows_of_every_table(path)

    with opened(path) as older:
        assert list(older.migrate()) == list(steps)

    after = rows_of_every_table(path)
    for table in ("notifications", "hand_overs", "suppressions", "counters", "gauges", "lanes", "campaigns"):
        assert before[table]
    for table, rows in before.items():
        assert [row for row in rows if not any(row.items() <= kept.items() for kept in after[table])] == [], table
    for table in ("counters", "notifications", "hand_overs", "suppressions"):
        assert len(after[table]) == len(before[table])


class TestANewStore:
    def test_every_step_is_taken_once(self, tmp_path: Path) -> None:
        store = SqliteStore.open(tmp_path / "tocsin.db", new_id=lambda: "store-1", create=False)

        assert list(store.migrate()) == ALL_STEPS
        assert list(store.migrate()) == []
        assert store.identity == "store-1"
        store.close()

    def test_it_is_made_on_first_use_and_only_its_owner_may_read_it(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"

        with opened(path) as store:
            assert store.recipients.count() == 0
            assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}

    def test_it_keeps_its_identity(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"
        with opened(path):
            pass
        again = SqliteStore.open(path, new_id=lambda: "another")

        assert again.identity == "store-1"
        again.close()

    def test_two_processes_at_once_make_one_store(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"
        processes = [start("migrate_once", path, name) for name in ("first", "second")]

        said = [json.loads(text) for text in answers(processes)]

        assert sorted(step for answer in said for step in answer["steps"]) == ALL_STEPS
        assert said[0]["identity"] == said[1]["identity"]

    def test_none_is_made_unless_it_is_asked_for(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"
        store = SqliteStore.open(path, new_id=lambda: "store-1", create=False)

        with pytest.raises(StoreUnavailable, match="tocsin init"):
            store.recipients.count()

        assert not path.exists()
        store.close()


class TestAStoreWithoutReceipts:
    """One of version 3, which counted but knew of no receipts, secrets and tests."""

    def test_keeps_all_it_had(self, tmp_path: Path) -> None:
        with opened(tmp_path / "tocsin.db") as store:
            what_happened(store)
        as_of_schema(3, tmp_path / "tocsin.db", tmp_path / "older.db")

        migrated_whole(tmp_path / "older.db", ALL_STEPS[3:])

    def test_has_room_for_more_reasons_beside_the_one_that_an_address_had(self, tmp_path: Path) -> None:
        with opened(tmp_path / "tocsin.db") as store:
            what_happened(store)
            (dead,) = store.suppressions.page(SuppressionQuery())
        as_of_schema(3, tmp_path / "tocsin.db", tmp_path / "older.db")

        with opened(tmp_path / "older.db") as older:
            older.migrate()
            older.suppressions.add([evolve(dead, reason=SuppressionReason.COMPLAINT)])

            found = older.suppressions.find(dead.channel, [dead.address])[dead.address]
            assert [one.reason for one in found] == [SuppressionReason.COMPLAINT, dead.reason]
            assert dead in found

    def test_has_a_secret_and_a_lane_for_each_test_and_hears_receipts(self, tmp_path: Path) -> None:
        with opened(tmp_path / "tocsin.db") as store:
            what_happened(store)
        as_of_schema(3, tmp_path / "tocsin.db", tmp_path / "older.db")

        with closing(SqliteStore.open(tmp_path / "older.db", new_id=lambda: "drawn")) as older:
            older.migrate()
            sent = only(older.notifications.find(NotificationQuery(status=Status.SENT)))
            tell(older, sent, a_receipt(ReceiptKind.OPENED))

            assert (older.identity, older.secret) == ("store-1", "drawn")
            assert older.notifications.get(sent.id).status is Status.DELIVERED
            assert {one.what for one in older.reports.counted(None, None).tallies} >= {"opened", "deliver", "created"}
            assert Level.ERROR not in {finding.level for finding in older.inspect()}
        lanes = rows_of_every_table(tmp_path / "older.db")["lanes"]
        standing = [(one["channel"], one["type"]) for one in lanes if one["campaign_id"] is None and one["test"]]
        assert sorted(standing) == sorted((channel, type_) for channel in Channel for type_ in NotificationType)


class TestAStoreWithoutDecisions:
    """One of version 5, which knew of no preferences, scopes and caps."""

    @pytest.fixture
    def older(self, tmp_path: Path) -> Path:
        with opened(tmp_path / "tocsin.db") as store:
            what_happened(store)
        as_of_schema(5, tmp_path / "tocsin.db", tmp_path / "older.db")
        return tmp_path / "older.db"

    def test_keeps_all_it_had(self, older: Path) -> None:
        migrated_whole(older, ALL_STEPS[5:])

    def test_has_every_address_out_of_use_for_everything_and_room_for_scopes(self, older: Path) -> None:
        with opened(older) as store:
            store.migrate()
            (dead,) = store.suppressions.page(SuppressionQuery())
            assert (dead.address, dead.scope) == ("bob@example.com", EVERYTHING)

            store.suppressions.add([evolve(dead, scope=SuppressionScope(topic="news"))])

            found = store.suppressions.find(dead.channel, [dead.address])[dead.address]
            assert [one.scope for one in found] == [EVERYTHING, SuppressionScope(topic="news")]

    def test_knows_of_nobody_what_they_want_and_begins_what_waited(self, older: Path) -> None:
        with opened(older) as store:
            store.migrate()
            today = NOW.date()

            waiting = claim(store, capped_since=today).claims

            assert {one.recipient.id for one in waiting} == {"ada"}  # the address of the other one is dead
            assert {(one.preferences, one.revision, one.capped_days) for one in waiting} == {(NO_PREFERENCES, 0, ())}
            use = CapUse(number=1, first_day=today, day=today)
            holds = [Hold(one.notification_id, one.fence, cap=use) for one in waiting]
            assert store.queue.begin(holds, NOW) == {one.notification_id for one in waiting}
            assert list(store.notifications.capped_days("ada", waiting[0].type, today, test=False)) == [today]
            assert only(store.campaigns.page(0)).local is None
            assert Level.ERROR not in {finding.level for finding in store.inspect()}


class TestOtherVersions:
    def test_an_older_schema_says_to_migrate(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"
        with opened(path):
            pass
        set_version(path, schema.latest_version() - 1)

        with opened(path) as store:
            with pytest.raises(StoreUnavailable, match="run 'tocsin init'"):
                store.recipients.count()
            with pytest.raises(StoreUnavailable, match="run 'tocsin init'"):
                store.recipients.put([])

    def test_a_newer_schema_says_to_upgrade_and_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"
        with opened(path):
            pass
        set_version(path, schema.latest_version() + 1)

        with opened(path) as store:
            for use in (store.migrate, store.recipients.count, lambda: store.recipients.put([])):
                with pytest.raises(StoreUnavailable, match="upgrade Tocsin"):
                    use()
        with closing(sqlite3.connect(path)) as connection:
            assert schema.version_of(connection) == schema.latest_version() + 1

    def test_a_store_that_is_upgraded_while_it_is_open_is_refused_from_then_on(self, tmp_path: Path) -> None:
        path = tmp_path / "tocsin.db"
        with opened(path) as store:
            assert store.recipients.count() == 0
            set_version(path, schema.latest_version() + 1)

            with pytest.raises(StoreUnavailable, match="upgrade Tocsin"):
                store.recipients.count()

    def test_the_database_of_another_program_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "other.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE bookmarks (url TEXT)")
            connection.commit()

        with opened(path) as store, pytest.raises(StoreUnavailable, match="another program"):
            store.migrate()

        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("bookmarks",)]
