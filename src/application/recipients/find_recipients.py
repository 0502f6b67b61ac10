"""Looking at the people who are told."""

from collections.abc import Iterator, Sequence

from attrs import frozen

from application.ports.recipient_repository import RecipientRepository
from domain.recipient import TEST_PREFIX, Recipient, is_for_tests

PAGE = 1000


@frozen
class RecipientPage:
    """Some recipients by id; ``next`` is the cursor of the page behind it, None at the end."""

    items: Sequence[Recipient]
    next: str | None


@frozen(kw_only=True)
class FindRecipients:
    """Find recipients."""

    recipients: RecipientRepository

    def __call__(self, limit: int, after: str | None = None, *, test: bool = False) -> RecipientPage:
        """Return one page of at most *limit* recipients, which must not be 0; with *test*, of those for tests alone."""
        assert limit > 0
        if test:  # they stand together
            later = self.recipients.find(limit + 1, max(after or "", TEST_PREFIX))
            found = [one for one in later if is_for_tests(one.id)]
        else:
            found = list(self.recipients.find(limit + 1, after))
        items = found[:limit]
        return RecipientPage(items, items[-1].id if len(found) > limit else None)

    def stream(self, limit: int, after: str | None = None) -> Iterator[Recipient]:
        """Yield up to *limit* recipients (0 means all), a page at a time, so that memory stays flat."""
        left = limit
        while True:
            page = self(min(PAGE, left) if limit else PAGE, after)
            yield from page.items
            left -= len(page.items)
            if page.next is None or (limit and left <= 0):
                return
            after = page.next


@frozen(kw_only=True)
class GetRecipient:
    """Get one recipient."""

    recipients: RecipientRepository

    def __call__(self, recipient_id: str) -> Recipient:
        """Return the recipient.

        :raises NotFound: there is none of this id.
        """
        return self.recipients.get(recipient_id)
