"""Looking at notifications, page by page or one at a time."""

from collections.abc import Iterator, Sequence

from attrs import evolve, frozen

from application.ports.campaign_repository import CampaignRepository
from application.ports.notification_repository import NotificationQuery, NotificationRepository
from domain.campaign import Campaign
from domain.errors import NotFound
from domain.hand_over import HandOver
from domain.notification import Notification

PAGE = 1000
DIGITS_MAX = 18  # of an id; more would not fit the 63 bits a store has for it


@frozen
class NotificationPage:
    """Some notifications, the newest first; ``next`` is the cursor of the page behind it, None at the end."""

    items: Sequence[Notification]
    next: int | None


@frozen(kw_only=True)
class Find:
    """Find notifications."""

    notifications: NotificationRepository

    def __call__(self, query: NotificationQuery) -> NotificationPage:
        """Return one page of at most ``limit`` notifications, which must not be 0."""
        assert query.limit > 0
        found = self.notifications.find(evolve(query, limit=query.limit + 1))
        items = found[: query.limit]
        return NotificationPage(items, items[-1].id if len(found) > query.limit else None)

    def stream(self, query: NotificationQuery) -> Iterator[Notification]:
        """Yield up to ``limit`` notifications (0 means all), a page at a time, so that memory stays flat."""
        left = query.limit
        page = query
        while True:
            size = min(PAGE, left) if query.limit else PAGE
            found = self(evolve(page, limit=size))
            yield from found.items
            left -= len(found.items)
            if found.next is None or (query.limit and left <= 0):
                return
            page = evolve(page, after=found.next)


@frozen
class NotificationStory:
    """A notification and everything that was done with it."""

    notification: Notification
    hand_overs: Sequence[HandOver]


@frozen(kw_only=True)
class Show:
    """Show one notification."""

    notifications: NotificationRepository

    def __call__(self, notification_id: int) -> NotificationStory:
        """Return it with its history.

        :raises NotFound: there is none of this id.
        """
        return NotificationStory(self.notifications.get(notification_id), self.notifications.history(notification_id))


@frozen(kw_only=True)
class FindCampaign:
    """Find a campaign by what people call it."""

    campaigns: CampaignRepository

    def __call__(self, name_or_id: str) -> Campaign:
        """Return the campaign of this name, or else of this id.

        :raises NotFound: there is none.
        """
        found = self.campaigns.find(name_or_id)
        if found is not None:
            return found
        if name_or_id.isascii() and name_or_id.isdigit() and len(name_or_id) <= DIGITS_MAX:
            return self.campaigns.get(int(name_or_id))
        raise NotFound("campaign", name_or_id)
