"""What the in-app channel shows a person."""

from collections.abc import Sequence

from attrs import frozen

from application.ports.inbox_repository import InboxRepository
from application.ports.recipient_repository import RecipientRepository
from domain.inbox import InboxItem


@frozen
class InboxPage:
    """Some items, the newest first; ``next`` is the cursor of the page behind it, None at the end."""

    items: Sequence[InboxItem]
    next: int | None


@frozen(kw_only=True)
class ReadInbox:
    """Read one person's inbox; reading it here changes nothing."""

    recipients: RecipientRepository
    inbox: InboxRepository

    def __call__(self, recipient_id: str, limit: int = 50, after: int | None = None) -> InboxPage:
        """Return one page; *limit* 0 means all.

        :raises NotFound: the recipient is not known.
        """
        self.recipients.get(recipient_id)
        if not limit:
            return InboxPage(self.inbox.find(recipient_id, 0, after), None)
        found = self.inbox.find(recipient_id, limit + 1, after)
        items = found[:limit]
        return InboxPage(items, items[-1].notification_id if len(found) > limit else None)
