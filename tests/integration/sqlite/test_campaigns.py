"""Campaigns that take several chunks, and what stops them half way."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from attrs import define

from adapters.sqlite.chunk_size import CHUNK_FIRST, CHUNK_TARGET_S
from adapters.sqlite.database import Database
from adapters.sqlite.store import SqliteStore
from application.ports.notification_repository import NotificationQuery
from domain.audience import Everybody, Listed
from domain.campaign import Campaign, CampaignStatus, NewCampaign
from domain.channel import Channel
from domain.claim import postpone
from domain.errors import Conflict
from domain.lifecycle import Status
from domain.notification_type import NotificationType
from domain.outcome import Rejected
from domain.recipient import Recipient
from tests.contracts.given import answered, cancel_to_the_end, claim
from tests.integration.sqlite.given import CONTENT, NOW

PEOPLE = 3 * CHUNK_FIRST


@define
class Stopwatch:
    """Every chunk takes as long as it is told."""

    chunk_s: float = CHUNK_TARGET_S
    now_s: float = 0.0

    def __call__(self) -> float:
        self.now_s += self.chunk_s
        return self.now_s


@pytest.fixture
def stopwatch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def store(tmp_path: Path, stopwatch: Stopwatch) -> Iterator[SqliteStore]:
    store = SqliteStore(Database(tmp_path / "tocsin.db"), lambda: "store-1", stopwatch)
    store.migrate()
    store.recipients.put([Recipient(id=f"{number:05}", email=f"{number}@example.com") for number in range(PEOPLE)])
    yield store
    store.close()


_names = count(1)


def start(store: SqliteStore, audience: Everybody | Listed, rate: float | None = None) -> Campaign:
    new = NewCampaign(
        name=f"campaign {next(_names)}",
        channels=(Channel.EMAIL,),
        type=NotificationType.PROMOTIONAL,
        content=CONTENT,
        audience=audience,
        send_at=NOW,
        expires_at=NOW + timedelta(days=1),
        created_at=NOW,
        rate=rate,
    )
    return store.campaigns.start(new)


class TestChunks:
    def test_they_grow_when_they_are_fast_and_shrink_when_they_are_slow(
        self, store: SqliteStore, stopwatch: Stopwatch
    ) -> None:
        campaign = start(store, Everybody())
        stopwatch.chunk_s = 2 * CHUNK_TARGET_S
        first = store.campaigns.advance(campaign.id, NOW).considered
        stopwatch.chunk_s = CHUNK_TARGET_S / 1000
        second = store.campaigns.advance(campaign.id, NOW).considered
        third = store.campaigns.advance(campaign.id, NOW).considered

        assert first == CHUNK_FIRST
        assert second - first == CHUNK_FIRST // 2
        assert third - second == CHUNK_FIRST

    @pytest.mark.parametrize("listed", [False, True])
    def test_each_person_is_told_once_whatever_gaps_there_are(self, store: SqliteStore, listed: bool) -> None:
        odd = tuple(f"{number:05}" for number in range(1, PEOPLE, 2))
        store.notifications._database.write(
            lambda connection: connection.execute("DELETE FROM recipients WHERE seq BETWEEN 100 AND 2900")
        )
        expected = [one.id for one in store.recipients.find(0) if not listed or one.id in odd]
        campaign = start(store, Listed((*odd, *odd)) if listed else Everybody())

        while not (campaign := store.campaigns.advance(campaign.id, NOW)).is_complete:
            assert campaign.considered == campaign.created > 0

        told = store.notifications.find(NotificationQuery(campaign_id=campaign.id, limit=0))
        assert sorted(one.recipient_id for one in told) == expected
        assert campaign.created == campaign.considered == campaign.total == len(expected)


class TestPace:
    def test_what_the_pace_allowed_and_nobody_needed_is_left_for_later(self, store: SqliteStore) -> None:
        campaign = start(store, Listed(("00001", "00002")), rate=4.0)
        store.campaigns.advance(campaign.id, NOW)

        def claim_and_put_back() -> int:
            claims = claim(store, limit=100).claims
            store.queue.conclude([postpone(one, NOW, "not now") for one in claims], NOW)
            return len(claims)

        assert [claim_and_put_back() for _ in range(3)] == [2, 2, 0]


class TestCancelling:
    def test_half_way_everything_pending_is_withdrawn_in_chunks_and_what_is_sent_asked_back(
        self, store: SqliteStore
    ) -> None:
        campaign = start(store, Everybody())
        for _ in range(2):
            campaign = store.campaigns.advance(campaign.id, NOW)
        held = claim(store, limit=5).claims

        withdrawn = cancel_to_the_end(store, campaign.id)

        assert withdrawn == campaign.created - 5
        assert store.campaigns.advance(campaign.id, NOW).status is CampaignStatus.CANCELLED
        pending = NotificationQuery(campaign_id=campaign.id, status=Status.PENDING)
        assert list(store.notifications.find(pending)) == []
        assert all(store.notifications.get(one.notification_id).cancel_requested for one in held)

    def test_what_failed_before_cannot_be_put_back_into_a_closed_lane(self, store: SqliteStore) -> None:
        campaign = start(store, Everybody())
        store.campaigns.advance(campaign.id, NOW)
        failed = claim(store, limit=1).claims[0]
        store.queue.conclude([answered(failed, Rejected("550 no"))], NOW)
        store.campaigns.cancel(campaign.id, NOW)

        refused = store.notifications.revive([failed.notification_id], NOW, None)[0]

        assert isinstance(refused, Conflict)
        assert "campaign" in str(refused)
        assert store.notifications.get(failed.notification_id).status is Status.FAILED
