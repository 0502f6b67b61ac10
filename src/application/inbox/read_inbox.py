"""What the in-app channel shows a person."""

from collections.abc import Sequence

from attrs import evolve, frozen

from application.ports.inbox_repository import InboxQuery, InboxRepository
from application.ports.recipient_repository import RecipientRepository
from domain.inbox import InboxCounts, InboxItem


@frozen
class InboxPage:
    """Some items, the newest first; ``next`` is the cursor of the page behind it, None at the end.

    ``counts`` are those of the whole inbox.
    """

    items: Sequence[InboxItem]
    next: int | None
    counts: InboxCounts


@frozen(kw_only=True)
class ReadInbox:
    """Read one person's inbox; reading it here changes nothing."""

    recipients: RecipientRepository
    inbox: InboxRepository

    def __call__(self, query: InboxQuery) -> InboxPage:
        """Return the page that *query* asks for.

        :raises NotFound: the recipient is not known.
        """
        self.recipients.get(query.recipient_id)
        counts = self.inbox.counts(query.recipient_id)
        if not query.limit:
            return InboxPage(self.inbox.find(query), None, counts)
        found = self.inbox.find(evolve(query, limit=query.limit + 1))
        items = found[: query.limit]
        return InboxPage(items, items[-1].notification_id if len(found) > query.limit else None, counts)
