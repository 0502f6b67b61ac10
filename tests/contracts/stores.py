"""What a contract looks at: one store with all its repositories."""

from collections.abc import Sequence
from typing import Protocol

from application.ports.api_key_repository import ApiKeyRepository
from application.ports.campaign_repository import CampaignRepository
from application.ports.dispatch_queue import DispatchQueue
from application.ports.erasure import Erasure
from application.ports.gateway_repository import GatewayRepository
from application.ports.inbox_repository import InboxRepository
from application.ports.lane_repository import LaneRepository
from application.ports.link_repository import LinkRepository
from application.ports.notification_repository import NotificationRepository
from application.ports.preference_repository import PreferenceRepository
from application.ports.receipt_repository import ReceiptRepository
from application.ports.recipient_repository import RecipientRepository
from application.ports.report_repository import ReportRepository
from application.ports.store import Finding
from application.ports.suppression_repository import SuppressionRepository
from application.ports.template_repository import TemplateRepository


class Stores(Protocol):
    """A store and its repositories, as the fixture ``stores`` of each concrete suite gives them: new and empty."""

    @property
    def notifications(self) -> NotificationRepository: ...

    @property
    def queue(self) -> DispatchQueue: ...

    @property
    def recipients(self) -> RecipientRepository: ...

    @property
    def preferences(self) -> PreferenceRepository: ...

    @property
    def erasure(self) -> Erasure: ...

    @property
    def campaigns(self) -> CampaignRepository: ...

    @property
    def lanes(self) -> LaneRepository: ...

    @property
    def gateways(self) -> GatewayRepository: ...

    @property
    def inbox(self) -> InboxRepository: ...

    @property
    def api_keys(self) -> ApiKeyRepository: ...

    @property
    def links(self) -> LinkRepository: ...

    @property
    def suppressions(self) -> SuppressionRepository: ...

    @property
    def reports(self) -> ReportRepository: ...

    @property
    def identity(self) -> str: ...

    @property
    def secret(self) -> str: ...

    @property
    def receipts(self) -> ReceiptRepository: ...

    @property
    def templates(self) -> TemplateRepository: ...

    def migrate(self) -> Sequence[str]: ...

    def inspect(self) -> Sequence[Finding]: ...

    def close(self) -> None: ...
