"""The statements of the hot path find their rows by index, and sort nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sqlite import campaign_chunks as chunks
from adapters.sqlite import campaign_repository as campaigns
from adapters.sqlite import claiming, concluding
from adapters.sqlite import dispatch_queue as queue
from adapters.sqlite import lane_repository as lanes
from adapters.sqlite import notification_repository as notifications
from adapters.sqlite.audience_sql import address_counts, usable
from adapters.sqlite.database import Database
from adapters.sqlite.migrations import migrate
from domain.channel import Channel

TABLES = ("notifications", "recipients", "contents", "hand_overs", "campaign_members", "n", "r", "c", "h", "m")
FIND = notifications.SELECT_PAGE.format


class _AnyValue(dict[str, object]):
    """A value for every parameter: a plan does not depend on it."""

    def __missing__(self, name: str) -> object:
        return "[]" if name in ("ids", "addresses", "limits", "holds", "lines") else 1


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
        (
            claiming.select_due(Channel.EMAIL, suspect=False, but=False),
            "notifications_ready (lane_id=? AND next_attempt_at_ms<?)",
        ),
        (
            claiming.select_due(Channel.SMS, suspect=True, but=True),
            "notifications_suspect (lane_id=? AND next_attempt_at_ms<?)",
        ),
        (queue.SELECT_DUE_LANES, "notifications_ready (lane_id>?)"),
        (queue.SELECT_DUE_LANES, "notifications_suspect (lane_id=?)"),
        (queue.SELECT_NEXT_DUE, "notifications_ready (lane_id=?)"),
        (queue.SELECT_HOLDERS, "notifications_held (owner>?)"),
        (queue.SELECT_LOST, "notifications_held (owner=? AND lease_until_ms<?)"),
        (chunks.CANCEL_PENDING[0], "notifications_ready (lane_id=?)"),
        (chunks.CANCEL_PENDING[1], "notifications_suspect (lane_id=?)"),
        (campaigns.SELECT_UNFINISHED, "campaigns_running"),
        (campaigns.SELECT_UNFINISHED, "notifications_ready (lane_id>?)"),
        (campaigns.SELECT_UNFINISHED, "notifications_suspect (lane_id>?)"),
        (lanes.SELECT_ALL, "notifications_ready (lane_id=?)"),
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
        *(claiming.select_due(channel, suspect=False, but=False) for channel in Channel),
        *(claiming.select_due(channel, suspect=True, but=True) for channel in Channel),
        claiming.CLAIM,
        claiming.SELECT_LANE,
        claiming.SELECT_CONTENTS,
        claiming.SELECT_EARLIER,
        concluding.SELECT_STANDING,
        concluding.CONCLUDE,
        queue.SELECT_DUE_LANES,
        queue.SELECT_NEXT_DUE,
        queue.SELECT_HELD,
        queue.BEGIN_HAND_OVER,
        queue.SELECT_HOLDERS,
        chunks.SELECT_CHUNK_END,
        chunks.SELECT_LISTED_CHUNK_END,
        chunks.COUNT_CHUNK.format(chunk=chunks.CHUNK, audience="TRUE", addresses=address_counts(tuple(Channel))),
        chunks.INSERT_CHUNK.format(chunk=chunks.CHUNK, audience="TRUE", usable=usable(Channel.EMAIL)),
        chunks.INSERT_CHUNK.format(chunk=chunks.LISTED_CHUNK, audience="TRUE", usable=usable(Channel.SMS)),
        *chunks.CANCEL_PENDING,
    ],
)
def test_no_row_is_looked_at_in_vain_and_nothing_is_sorted(database: Database, statement: str) -> None:
    steps = plan(database, statement)

    assert steps
    assert full_scans(steps) == []
    assert [step for step in steps if "ORDER BY" in step] == []
