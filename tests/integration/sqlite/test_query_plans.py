"""The statements of the hot path find their rows by index, and sort nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sqlite import campaign_repository as campaigns
from adapters.sqlite import claiming, concluding
from adapters.sqlite import dispatch_queue as queue
from adapters.sqlite import notification_repository as notifications
from adapters.sqlite.audience_sql import compile_audience, usable
from adapters.sqlite.database import Database
from adapters.sqlite.migrations import migrate
from domain.audience import Everybody
from domain.channel import Channel

TABLES = ("notifications", "recipients", "contents", "hand_overs", "campaign_members", "n", "r", "c", "h", "m")
FIND = notifications.SELECT_PAGE.format


class _AnyValue(dict[str, object]):
    """A value for every parameter: a plan does not depend on it."""

    def __missing__(self, name: str) -> object:
        return "[]" if name in ("ids", "seqs", "addresses", "limits") else 1


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path: Path = tmp_path_factory.mktemp("plans") / "tocsin.db"
    database = Database(path)
    migrate(database, lambda: "store-1")
    yield database
    database.close()


def plan(database: Database, statement: str) -> list[str]:
    question = f"EXPLAIN QUERY PLAN {statement}"
    return [row[3] for row in database.read(lambda connection: connection.execute(question, _AnyValue()).fetchall())]


def full_scans(steps: list[str]) -> list[str]:
    """Return the steps that look at every row of a table that grows."""
    return [step for step in steps if step.split()[0] == "SCAN" and step.split()[1] in TABLES]


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (claiming.CLAIM_READY, "notifications_ready (lane_id=? AND next_attempt_at_ms<?)"),
        (claiming.CLAIM_SUSPECT, "notifications_suspect (lane_id=? AND next_attempt_at_ms<?)"),
        (queue.SELECT_DUE_LANES, "notifications_ready (lane_id>?)"),
        (queue.SELECT_DUE_LANES, "notifications_suspect (lane_id=?)"),
        (queue.SELECT_NEXT_DUE, "notifications_ready (lane_id=?)"),
        (queue.SELECT_HOLDERS, "notifications_held (owner>?)"),
        (queue.SELECT_LOST, "notifications_held (owner=? AND lease_until_ms<?)"),
        (campaigns.CANCEL_PENDING[0], "notifications_ready (lane_id=?)"),
        (FIND(where=f"WHERE n.status = :status AND {notifications.REVIVABLE}"), "notifications_revivable (status=?)"),
        (FIND(where=f"WHERE {notifications.FILTERS['recipient_id']}"), "notifications_of_recipient (recipient_seq=?)"),
        (FIND(where=f"WHERE {notifications.FILTERS['campaign_id']}"), "notifications_of_campaign (campaign_id=?)"),
    ],
)
def test_a_partial_index_is_used_as_far_as_it_goes(database: Database, statement: str, index: str) -> None:
    assert any(step.endswith(f"INDEX {index}") for step in plan(database, statement))


@pytest.mark.parametrize(
    "statement",
    [
        claiming.CLAIM_READY,
        claiming.CLAIM_SUSPECT,
        claiming.SELECT_LANE,
        claiming.SELECT_RECIPIENTS,
        claiming.SELECT_CONTENTS,
        claiming.SELECT_SUPPRESSED,
        claiming.SELECT_EARLIER,
        concluding.SELECT_STANDING,
        concluding.CONCLUDE,
        queue.SELECT_DUE_LANES,
        queue.SELECT_NEXT_DUE,
        queue.SELECT_HELD,
        queue.BEGIN_HAND_OVER,
        queue.SELECT_HOLDERS,
        campaigns.SELECT_CHUNK_END,
        campaigns.SELECT_LISTED_CHUNK_END,
        campaigns.INSERT_CHUNK.format(chunk=campaigns.CHUNK, audience="TRUE", usable=usable(Channel.EMAIL)),
        campaigns.INSERT_CHUNK.format(chunk=campaigns.LISTED_CHUNK, audience="TRUE", usable=usable(Channel.SMS)),
        campaigns.counting(campaigns.CHUNK, tuple(Channel), compile_audience(Everybody())),
        *campaigns.CANCEL_PENDING,
    ],
)
def test_no_row_is_looked_at_in_vain_and_nothing_is_sorted(database: Database, statement: str) -> None:
    steps = plan(database, statement)

    assert steps
    assert full_scans(steps) == []
    assert [step for step in steps if "ORDER BY" in step] == []
