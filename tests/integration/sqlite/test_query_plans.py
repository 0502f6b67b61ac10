"""The statements of the hot path find their rows by index, and sort nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sqlite import beginning, claiming, concluding, due_rows, receipt_addresses, receipt_repository, receiving
from adapters.sqlite import campaign_chunks as chunks
from adapters.sqlite import campaign_repository as campaigns
from adapters.sqlite import dispatch_queue as queue
from adapters.sqlite import lane_repository as lanes
from adapters.sqlite import notification_repository as notifications
from adapters.sqlite import suppression_repository as suppressions
from adapters.sqlite.audience_sql import address_counts
from adapters.sqlite.database import Database
from adapters.sqlite.local_times import SELECT_ZONES, TIMES_BY_ZONE
from adapters.sqlite.migrations import migrate
from adapters.sqlite.people_alike import select_alike
from adapters.sqlite.suppressed_sql import Told, has_usable_address
from domain.channel import Channel

TABLES = (
    "notifications",
    "recipients",
    "contents",
    "hand_overs",
    "campaign_members",
    "n",
    "r",
    "c",
    "h",
    "m",
    "b",
    "o",
    "receipts",
)
FIND = notifications.SELECT_PAGE.format
CAPPED = "notifications_capped (recipient_seq=? AND capped_on>?)"


def insert_chunk(channel: Channel, source: str = chunks.CHUNK) -> str:
    """Return the statement of a chunk of a campaign by the recipient's clock, without an audience of its own."""
    usable = has_usable_address(channel, Told())
    return chunks.INSERT_CHUNK.format(
        chunk=source, audience="TRUE", usable=usable, times=TIMES_BY_ZONE, **chunks.SAME_CONTENT
    )


class _AnyValue(dict[str, object]):
    """A value for every parameter: a plan does not depend on it."""

    def __missing__(self, name: str) -> object:
        return (
            "[]"
            if name in ("ids", "addresses", "limits", "holds", "uses", "going", "lines", "stopped_by", "reasons")
            else 1
        )


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


def test_an_address_is_looked_for_once_whatever_reasons_count_and_those_only_where_it_is_listed(
    database: Database,
) -> None:
    by_key = "SEARCH suppressions USING PRIMARY KEY (channel=? AND address=?)"
    claims = [due_rows.select_due(channel, suspect=False, but=False) for channel in Channel]
    chunks_of_channels = [insert_chunk(channel) for channel in Channel]

    for statement in (*claims, *chunks_of_channels, beginning.SELECT_TO_DEAD):
        steps = [step for step in plan(database, statement) if "suppressions" in step]
        assert steps
        assert set(steps) == {by_key}
        assert not [step for step in plan(database, statement) if step.startswith("CORRELATED LIST")]


def test_a_page_of_suppressions_goes_on_by_the_key(database: Database) -> None:
    after = suppressions.SELECT_PAGE.format(where=f"WHERE {suppressions.FILTERS['after_channel']}")
    assert plan(database, after) == ["SEARCH suppressions USING PRIMARY KEY ((channel,address,reason,scope)>(?,?,?,?))"]

    one = suppressions.SELECT_PAGE.format(where=f"WHERE {suppressions.FILTERS['keys']}")
    assert any("USING PRIMARY KEY (channel=? AND address=?)" in step for step in plan(database, one))


def test_what_receipts_and_people_do_to_one_address_looks_at_no_other(database: Database) -> None:
    for statement in (suppressions.SELECT_SUPPRESSIONS, suppressions.DELETE_SUPPRESSIONS, receipt_addresses.LIFT):
        found = [step for step in plan(database, statement) if "suppressions" in step]
        assert found
        assert all("USING PRIMARY KEY (channel=? AND address=?" in step for step in found)


def test_the_places_under_a_cap_are_looked_at_only_for_a_type_that_has_one(database: Database) -> None:
    claims = [
        due_rows.select_due(channel, suspect=suspect, but=but)
        for channel in Channel
        for suspect in (False, True)
        for but in (False, True)
    ]

    for statement in (*claims, beginning.SELECT_HELD, beginning.BEGIN_HAND_OVER):
        assert not [step for step in plan(database, statement) if "notifications_capped" in step]
    assert full_scans(plan(database, beginning.SELECT_PLACES)) == []


@pytest.mark.parametrize("channel", Channel)
def test_people_alike_are_grouped_a_part_of_the_table_at_a_time(database: Database, channel: Channel) -> None:
    steps = plan(database, select_alike(channel, "TRUE", capped=True))

    assert "SEARCH r USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)" in steps
    assert any(CAPPED in step for step in steps)
    assert full_scans(steps) == []


def full_scans(steps: list[str]) -> list[str]:
    """Return the steps that look at every row of a table that grows."""
    return [step for step in steps if step.split()[0] == "SCAN" and step.split()[1] in TABLES]


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (
            due_rows.select_due(Channel.EMAIL, suspect=False, but=False),
            "notifications_ready (lane_id=? AND next_attempt_at_ms<?)",
        ),
        (
            due_rows.select_due(Channel.SMS, suspect=True, but=True),
            "notifications_suspect (lane_id=? AND next_attempt_at_ms<?)",
        ),
        (queue.SELECT_DUE_LANES, "notifications_ready (lane_id>?)"),
        (queue.SELECT_DUE_LANES, "notifications_suspect (lane_id=?)"),
        (queue.SELECT_NEXT_DUE, "notifications_ready (lane_id=?)"),
        (queue.SELECT_HOLDERS, "notifications_held (owner>?)"),
        (queue.SELECT_LOST, "notifications_held (owner=? AND lease_until_ms<?)"),
        (due_rows.select_due(Channel.EMAIL, suspect=False, but=False, capped=True), CAPPED),
        (beginning.SELECT_PLACES, CAPPED),
        (notifications.SELECT_CAPPED_DAYS, CAPPED),
        (chunks.CANCEL_PENDING[0], "notifications_ready (lane_id=?)"),
        (chunks.CANCEL_PENDING[1], "notifications_suspect (lane_id=?)"),
        (campaigns.SELECT_UNFINISHED, "campaigns_running"),
        (campaigns.SELECT_UNFINISHED, "notifications_ready (lane_id>?)"),
        (campaigns.SELECT_UNFINISHED, "notifications_suspect (lane_id>?)"),
        (lanes.SELECT_ALL, "notifications_ready (lane_id=?)"),
        (FIND(where=f"WHERE n.status = :status AND {notifications.REVIVABLE}"), "notifications_revivable (status=?)"),
        (receiving.ANY_WAITING, "receipts_waiting"),
        (receiving.SELECT_WAITING, "receipts_waiting (notification_id=?)"),
        (receiving.HAS_BOUNCED, "receipts_of_notification (notification_id=?)"),
        (receiving.TOLD_BEFORE, "receipts_of_notification (notification_id=?)"),
        (receipt_repository.SELECT_RECEIPTS, "receipts_of_notification (notification_id=?)"),
        (claiming.SELECT_EARLIER, "receipts_of_notification (notification_id=?)"),
        (queue.SELECT_LOST, "receipts_of_notification (notification_id=?)"),
        (
            receipt_addresses.SELECT_BOUNCES,
            "receipts_of_address (channel=? AND address=? AND kind=? AND at_ms>? AND at_ms<?)",
        ),
        (receipt_addresses.SELECT_CAME_BACK, "receipts_of_address (channel=? AND address=? AND kind=?)"),
        (FIND(where=f"WHERE {notifications.FILTERS['recipient_id']}"), "notifications_of_recipient (recipient_seq=?)"),
        (FIND(where=f"WHERE {notifications.FILTERS['campaign_id']}"), "notifications_of_campaign (campaign_id=?)"),
    ],
)
def test_a_partial_index_is_used_as_far_as_it_goes(database: Database, statement: str, index: str) -> None:
    assert any(step.endswith(f"INDEX {index}") for step in plan(database, statement))


@pytest.mark.parametrize(
    "statement",
    [
        *(due_rows.select_due(channel, suspect=False, but=False) for channel in Channel),
        *(due_rows.select_due(channel, suspect=True, but=True) for channel in Channel),
        due_rows.select_due(Channel.EMAIL, suspect=False, but=False, capped=True),
        notifications.SELECT_CAPPED_DAYS,
        claiming.CLAIM,
        claiming.SELECT_LANE,
        claiming.SELECT_CONTENTS,
        claiming.SELECT_EARLIER,
        concluding.SELECT_STANDING,
        concluding.CONCLUDE,
        concluding.PUT_HAND_OVER,
        receiving.SELECT_STANDING,
        receiving.TAKE_STEP,
        receiving.FILL_PROVIDER_ID,
        receiving.HAS_BOUNCED,
        receiving.TOLD_BEFORE,
        receipt_addresses.SELECT_WENT_TO,
        receipt_addresses.SELECT_BOUNCES,
        receipt_addresses.SELECT_CAME_BACK,
        receipt_addresses.LIFT,
        queue.SELECT_DUE_LANES,
        queue.SELECT_NEXT_DUE,
        beginning.SELECT_HELD,
        beginning.BEGIN_HAND_OVER,
        beginning.BEGIN_CAPPED,
        queue.SELECT_HOLDERS,
        chunks.SELECT_CHUNK_END,
        chunks.SELECT_LISTED_CHUNK_END,
        chunks.COUNT_CHUNK.format(chunk=chunks.CHUNK, audience="TRUE", addresses=address_counts(tuple(Channel))),
        SELECT_ZONES.format(chunk=chunks.CHUNK),
        insert_chunk(Channel.EMAIL),
        insert_chunk(Channel.SMS, chunks.LISTED_CHUNK),
        *chunks.CANCEL_PENDING,
    ],
)
def test_no_row_is_looked_at_in_vain_and_nothing_is_sorted(database: Database, statement: str) -> None:
    steps = plan(database, statement)

    assert steps
    assert full_scans(steps) == []
    assert [step for step in steps if "ORDER BY" in step] == []
