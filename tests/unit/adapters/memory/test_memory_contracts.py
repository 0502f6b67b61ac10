"""The memory store keeps every promise of the ports."""

from collections.abc import Iterator
from itertools import count

import pytest

from adapters.memory.store import MemoryStore
from tests.contracts.api_key_repository import ApiKeyRepositoryContract
from tests.contracts.attachments import AttachmentsContract
from tests.contracts.campaign_repository import CampaignRepositoryContract
from tests.contracts.dispatch_queue import DispatchQueueContract
from tests.contracts.erasure import ErasureContract
from tests.contracts.gateway_repository import GatewayRepositoryContract
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


def new_store() -> Iterator[Stores]:
    store = MemoryStore(new_id=new_id)
    yield store
    store.close()


stores = pytest.fixture(new_store, name="stores")
another = pytest.fixture(new_store, name="another")


class TestMemoryStore(StoreContract): ...


class TestMemoryNotificationRepository(NotificationRepositoryContract): ...


class TestMemoryDispatchQueue(DispatchQueueContract): ...


class TestMemoryRecipientRepository(RecipientRepositoryContract): ...


class TestMemoryPreferenceRepository(PreferenceRepositoryContract): ...


class TestMemoryErasure(ErasureContract): ...


class TestMemoryCampaignRepository(CampaignRepositoryContract): ...


class TestMemoryLaneRepository(LaneRepositoryContract): ...


class TestMemoryLinkRepository(LinkRepositoryContract): ...


class TestMemoryKeepsTestsApart(KeptApartContract): ...


class TestMemoryGatewayRepository(GatewayRepositoryContract): ...


class TestMemoryAttachments(AttachmentsContract): ...


class TestMemoryInboxRepository(InboxRepositoryContract): ...


class TestMemoryApiKeyRepository(ApiKeyRepositoryContract): ...


class TestMemorySuppressionRepository(SuppressionRepositoryContract): ...


class TestMemoryTemplateRepository(TemplateRepositoryContract): ...


class TestMemoryReportRepository(ReportRepositoryContract): ...


class TestMemoryReceiptRepository(ReceiptRepositoryContract): ...
