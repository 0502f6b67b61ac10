"""The SQLite store keeps every promise of the ports."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from adapters.sqlite.store import SqliteStore
from tests.contracts.api_key_repository import ApiKeyRepositoryContract
from tests.contracts.attachments import AttachmentsContract
from tests.contracts.campaign_repository import CampaignRepositoryContract
from tests.contracts.dispatch_queue import DispatchQueueContract
from tests.contracts.erasure import ErasureContract
from tests.contracts.gateway_repository import GatewayRepositoryContract
from tests.contracts.given import NOW, a_campaign, a_person, advance_to_the_end, cancel_to_the_end
from tests.contracts.inbox_repository import InboxRepositoryContract
from tests.contracts.kept_apart import KeptApartContract
from tests.contracts.lane_repository import LaneRepositoryContract
from tests.contracts.link_repository import LinkRepositoryContract
from tests.contracts.notification_repository import NotificationRepositoryContract
from tests.contracts.preference_repository import PreferenceRepositoryContract
from tests.contracts.receipt_repository import ReceiptRepositoryContract
from tests.contracts.recipient_repository import RecipientRepositoryContract
from tests.contracts.report_repository import ReportRepositoryContract
from tests.contracts.store import StoreContract
from tests.contracts.stores import Stores
from tests.contracts.suppression_repository import SuppressionRepositoryContract
from tests.contracts.template_repository import TemplateRepositoryContract

_numbers = count(1)


def new_id() -> str:
    return f"store-{next(_numbers)}"


def opened(path: Path) -> SqliteStore:
    return SqliteStore.open(path, new_id=new_id, create=True)


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    store = opened(tmp_path / "tocsin.db")
    yield store
    store.close()


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Stores]:
    store = opened(tmp_path / "another.db")
    yield store
    store.close()


class TestSqliteStore(StoreContract):
    def test_what_was_acknowledged_is_there_when_it_is_opened_again(self, tmp_path: Path) -> None:
        first = opened(tmp_path / "kept.db")
        first.recipients.put([a_person()])
        identity, secret = first.identity, first.secret
        first.close()

        again = opened(tmp_path / "kept.db")

        assert (again.identity, again.secret) == (identity, secret)
        assert again.recipients.get("ada") == a_person()
        again.close()


class TestSqliteNotificationRepository(NotificationRepositoryContract): ...


class TestSqliteDispatchQueue(DispatchQueueContract): ...


class TestSqliteRecipientRepository(RecipientRepositoryContract): ...


class TestSqlitePreferenceRepository(PreferenceRepositoryContract): ...


class TestSqliteErasure(ErasureContract): ...


class TestSqliteCampaignRepository(CampaignRepositoryContract):
    def test_a_campaign_left_between_two_chunks_is_finished_by_another_that_opens_the_file(
        self, tmp_path: Path
    ) -> None:
        crowd = 25_000
        first = opened(tmp_path / "left.db")
        first.recipients.put([a_person(f"person-{number}") for number in range(crowd)])
        left = first.campaigns.advance(first.campaigns.start(a_campaign()).id, NOW)
        assert 0 < left.considered < crowd
        first.close()

        second = opened(tmp_path / "left.db")
        assert [campaign.id for campaign in second.campaigns.unfinished()] == [left.id]
        finished = advance_to_the_end(second, left.id)

        assert (finished.created, finished.considered, finished.total) == (crowd, crowd, crowd)
        assert cancel_to_the_end(second, left.id) == crowd
        second.close()


class TestSqliteLaneRepository(LaneRepositoryContract): ...


class TestSqliteLinkRepository(LinkRepositoryContract): ...


class TestSqliteKeepsTestsApart(KeptApartContract): ...


class TestSqliteGatewayRepository(GatewayRepositoryContract): ...


class TestSqliteAttachments(AttachmentsContract): ...


class TestSqliteInboxRepository(InboxRepositoryContract): ...


class TestSqliteApiKeyRepository(ApiKeyRepositoryContract): ...


class TestSqliteSuppressionRepository(SuppressionRepositoryContract): ...


class TestSqliteTemplateRepository(TemplateRepositoryContract): ...


class TestSqliteReportRepository(ReportRepositoryContract): ...


class TestSqliteReceiptRepository(ReceiptRepositoryContract): ...
