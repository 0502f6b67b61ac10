"""A whole store in memory, for tests and trials: the same promises as on disk, gone with the process."""

from collections.abc import Callable, Sequence

from adapters.memory.api_key_repository import MemoryApiKeyRepository
from adapters.memory.campaign_repository import MemoryCampaignRepository
from adapters.memory.dispatch_queue import MemoryDispatchQueue
from adapters.memory.erasure import MemoryErasure
from adapters.memory.gateway_repository import MemoryGatewayRepository
from adapters.memory.inbox_repository import MemoryInboxRepository
from adapters.memory.lane_repository import MemoryLaneRepository
from adapters.memory.link_repository import MemoryLinkRepository
from adapters.memory.notification_repository import MemoryNotificationRepository
from adapters.memory.preference_repository import MemoryPreferenceRepository
from adapters.memory.receipt_repository import MemoryReceiptRepository
from adapters.memory.recipient_repository import MemoryRecipientRepository
from adapters.memory.report_repository import MemoryReportRepository
from adapters.memory.state import MemoryState
from adapters.memory.suppression_repository import MemorySuppressionRepository
from adapters.memory.template_repository import MemoryTemplateRepository
from application.ports.store import Finding, Level


class MemoryStore:
    """Everything Tocsin keeps, in dicts that its repositories share (:class:`application.ports.store.Store`).

    Any number of threads may use one; each call is one transaction. *new_id* gives its identity and its secret.
    """

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._identity = new_id()
        self._secret = new_id()
        state = MemoryState(secret=self._secret)
        self._state = state
        self.notifications = MemoryNotificationRepository(state)
        self.queue = MemoryDispatchQueue(state)
        self.recipients = MemoryRecipientRepository(state)
        self.preferences = MemoryPreferenceRepository(state)
        self.erasure = MemoryErasure(state)
        self.campaigns = MemoryCampaignRepository(state)
        self.lanes = MemoryLaneRepository(state)
        self.gateways = MemoryGatewayRepository(state)
        self.inbox = MemoryInboxRepository(state)
        self.api_keys = MemoryApiKeyRepository(state)
        self.links = MemoryLinkRepository(state)
        self.suppressions = MemorySuppressionRepository(state)
        self.reports = MemoryReportRepository(state)
        self.receipts = MemoryReceiptRepository(state)
        self.templates = MemoryTemplateRepository(state)

    @property
    def identity(self) -> str:
        """The id made with the store."""
        return self._identity

    @property
    def secret(self) -> str:
        """What seals what the store gives out."""
        return self._secret

    def migrate(self) -> Sequence[str]:
        """Return no steps: a store in memory is made up to date."""
        return ()

    def inspect(self) -> Sequence[Finding]:
        """Say how much there is, and that it will not last."""
        with self._state.lock:
            kept = f"{len(self._state.notifications)} notifications and {len(self._state.recipients)} recipients"
        advice = 'they are gone when the process ends; set store = "sqlite:///tocsin.db" to keep them'
        return (Finding("store", Level.WARNING, f"{kept} in memory; {advice}"),)

    def close(self) -> None:
        """Release nothing: there are no connections."""
