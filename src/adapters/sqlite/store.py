"""A whole store in one SQLite file."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from adapters.sqlite.api_key_repository import SqliteApiKeyRepository
from adapters.sqlite.campaign_repository import SqliteCampaignRepository
from adapters.sqlite.database import Database
from adapters.sqlite.dispatch_queue import SqliteDispatchQueue
from adapters.sqlite.erasure import SqliteErasure
from adapters.sqlite.gateway_repository import SqliteGatewayRepository
from adapters.sqlite.inbox_repository import SqliteInboxRepository
from adapters.sqlite.inspection import inspect
from adapters.sqlite.lane_repository import SqliteLaneRepository
from adapters.sqlite.link_repository import SqliteLinkRepository
from adapters.sqlite.migrations import migrate
from adapters.sqlite.news import News
from adapters.sqlite.notification_repository import SqliteNotificationRepository
from adapters.sqlite.owner_locks import OwnerLocks
from adapters.sqlite.preference_repository import SqlitePreferenceRepository
from adapters.sqlite.receipt_repository import SqliteReceiptRepository
from adapters.sqlite.recipient_repository import SqliteRecipientRepository
from adapters.sqlite.report_repository import SqliteReportRepository
from adapters.sqlite.suppression_repository import SqliteSuppressionRepository
from adapters.sqlite.template_repository import SqliteTemplateRepository
from application.ports.store import Finding

# The name of the store that no other one has.
SELECT_IDENTITY = "SELECT store_id FROM identity"

# What seals what it gives out.
SELECT_SECRET = "SELECT secret FROM identity"


class SqliteStore:
    """Everything Tocsin keeps, in one file (:class:`application.ports.store.Store`).

    Any number of threads and processes of one machine may use one. *new_id* gives the identity of a store that is
    made; *elapsed_s* tells seconds since some moment.
    """

    def __init__(
        self, database: Database, new_id: Callable[[], str], elapsed_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._new_id = new_id
        self._owners = OwnerLocks(database.path)
        self._news = News()
        self._identity: str | None = None
        self._secret: str | None = None
        self.notifications = SqliteNotificationRepository(database, self._news)
        self.queue = SqliteDispatchQueue(database, self._owners, self._news)
        self.recipients = SqliteRecipientRepository(database)
        self.preferences = SqlitePreferenceRepository(database)
        self.erasure = SqliteErasure(database, elapsed_s)
        self.campaigns = SqliteCampaignRepository(database, self._news, elapsed_s)
        self.lanes = SqliteLaneRepository(database, self._news)
        self.gateways = SqliteGatewayRepository(database)
        self.inbox = SqliteInboxRepository(database)
        self.api_keys = SqliteApiKeyRepository(database)
        self.links = SqliteLinkRepository(database)
        self.suppressions = SqliteSuppressionRepository(database)
        self.reports = SqliteReportRepository(database)
        self.receipts = SqliteReceiptRepository(database)
        self.templates = SqliteTemplateRepository(database)

    @classmethod
    def open(cls, path: Path, *, new_id: Callable[[], str], create: bool = True) -> "SqliteStore":
        """Return the store at *path*; a missing file is made if *create* says so.

        A store of an older schema is opened too, so that it can be migrated; everything else refuses it.

        :raises StoreUnavailable: the file is missing and cannot be made.
        """
        store = cls(Database(path), new_id)
        if create and not path.exists():
            store.migrate()
        return store

    @property
    def identity(self) -> str:
        """The id made with the store."""
        if self._identity is None:
            row = self._database.read(lambda connection: connection.execute(SELECT_IDENTITY).fetchone())
            self._identity = str(row[0])
        return self._identity

    @property
    def secret(self) -> str:
        """What seals what the store gives out."""
        if self._secret is None:
            row = self._database.read(lambda connection: connection.execute(SELECT_SECRET).fetchone())
            self._secret = str(row[0])
        return self._secret

    def migrate(self) -> Sequence[str]:
        """Create the store or bring its schema up to date, and return the names of the steps taken."""
        return migrate(self._database, self._new_id)

    def inspect(self) -> Sequence[Finding]:
        """Look at the file, its schema, its disk and the library for ``doctor``."""
        return tuple(inspect(self._database))

    def close(self) -> None:
        """Release every connection, and every dispatcher that was not unregistered."""
        self._owners.close()
        self._database.close()
