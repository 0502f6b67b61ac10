"""Campaigns: looking at them, holding them back, letting them go on, stopping them."""

from collections.abc import Iterator, Sequence

from attrs import frozen

from application.ports.campaign_repository import CampaignRepository
from application.ports.clock import Clock
from domain.campaign import Campaign, CampaignProgress

PAGE = 1000


@frozen
class CampaignPage:
    """Some campaigns, the newest first; ``next`` is the cursor of the page behind it, None at the end."""

    items: Sequence[Campaign]
    next: int | None


@frozen(kw_only=True)
class ListCampaigns:
    """List campaigns."""

    campaigns: CampaignRepository

    def __call__(self, limit: int, after: int | None = None, *, test: bool | None = None) -> CampaignPage:
        """Return one page of at most *limit* campaigns, which must not be 0; *test* asks for tests, or for others."""
        assert limit > 0
        found = self.campaigns.page(limit + 1, after, test=test)
        items = found[:limit]
        return CampaignPage(items, items[-1].id if len(found) > limit else None)

    def stream(self, limit: int, after: int | None = None) -> Iterator[Campaign]:
        """Yield up to *limit* campaigns (0 means all), a page at a time, so that memory stays flat."""
        left = limit
        while True:
            page = self(min(PAGE, left) if limit else PAGE, after)
            yield from page.items
            left -= len(page.items)
            if page.next is None or (limit and left <= 0):
                return
            after = page.next


@frozen(kw_only=True)
class ShowCampaign:
    """Show how far a campaign came, and how its notifications stand now."""

    campaigns: CampaignRepository

    def __call__(self, campaign_id: int) -> CampaignProgress:
        """Return its progress.

        :raises NotFound: there is no campaign of this id.
        """
        return self.campaigns.progress(campaign_id)


@frozen(kw_only=True)
class PauseCampaign:
    """Hold a campaign back: no more notifications are made of it, and none is claimed."""

    campaigns: CampaignRepository

    def __call__(self, campaign_id: int) -> Campaign:
        """Return the campaign after it; what is being sent goes out.

        :raises NotFound: there is no campaign of this id.
        :raises Conflict: it was cancelled.
        """
        return self.campaigns.pause(campaign_id)


@frozen(kw_only=True)
class ResumeCampaign:
    """Let a campaign go on where it was paused."""

    campaigns: CampaignRepository

    def __call__(self, campaign_id: int) -> Campaign:
        """Return the campaign after it.

        :raises NotFound: there is no campaign of this id.
        :raises Conflict: it was cancelled.
        """
        return self.campaigns.resume(campaign_id)


@frozen(kw_only=True)
class CancelCampaign:
    """Stop a campaign for good and withdraw what is left of it."""

    campaigns: CampaignRepository
    clock: Clock

    def __call__(self, campaign_id: int) -> int:
        """Return how many notifications were withdrawn. If this is killed meanwhile, any dispatcher withdraws the rest.

        :raises NotFound: there is no campaign of this id.
        """
        withdrawn = 0
        while some := self.campaigns.cancel(campaign_id, self.clock.now()):
            withdrawn += some
        return withdrawn

    def at_once(self, campaign_id: int) -> Campaign:
        """Return the campaign as soon as nothing of it is claimed any more; dispatchers withdraw what is left.

        :raises NotFound: there is no campaign of this id.
        """
        self.campaigns.cancel(campaign_id, self.clock.now())
        return self.campaigns.get(campaign_id)
