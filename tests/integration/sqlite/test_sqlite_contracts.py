"""The SQLite store keeps every promise of the ports."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from adapters.sqlite.store import SqliteStore
from tests.contracts.api_key_repository import ApiKeyRepositoryContract
from tests.contracts.campaign_repository import CampaignRepositoryContract
from tests.contracts.dispatch_queue import DispatchQueueContract
from tests.contracts.gateway_repository import GatewayRepositoryContract
from tests.contracts.inbox_repository import InboxRepositoryContract
from tests.contracts.notification_repository import NotificationRepositoryContract
from tests.contracts.recipient_repository import RecipientRepositoryContract
from tests.contracts.report_repository import ReportRepositoryContract
from tests.contracts.store import StoreContract
from tests.contracts.stores import Stores
from tests.contracts.suppression_repository import SuppressionRepositoryContract

_numbers = count(1)


def new_store(tmp_path: Path) -> Iterator[Stores]:
    number = next(_numbers)
    store = SqliteStore.open(tmp_path / f"store-{number}.db", new_id=lambda: f"store-{number}")
    yield store
    store.close()


stores = pytest.fixture(new_store, name="stores")
another = pytest.fixture(new_store, name="another")


class TestSqliteStore(StoreContract): ...


class TestSqliteNotificationRepository(NotificationRepositoryContract): ...


class TestSqliteDispatchQueue(DispatchQueueContract): ...


class TestSqliteRecipientRepository(RecipientRepositoryContract): ...


class TestSqliteCampaignRepository(CampaignRepositoryContract): ...


class TestSqliteGatewayRepository(GatewayRepositoryContract): ...


class TestSqliteInboxRepository(InboxRepositoryContract): ...


class TestSqliteApiKeyRepository(ApiKeyRepositoryContract): ...


class TestSqliteSuppressionRepository(SuppressionRepositoryContract): ...


class TestSqliteReportRepository(ReportRepositoryContract): ...
