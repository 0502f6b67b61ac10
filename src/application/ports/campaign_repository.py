"""Turning a campaign into notifications, set by set."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from domain.campaign import Campaign, CampaignProgress, NewCampaign, PeopleAlike
from domain.channel import Channel
from domain.notification import IdempotencyKey


class CampaignRepository(Protocol):
    """Stores campaigns. Each method is one transaction; called from several threads and processes at once.

    Every method may raise StoreUnavailable; then nothing of the call was written.
    """

    def start(self, campaign: NewCampaign) -> Campaign:
        """Store a campaign with its content, its audience and a lane a channel, and fix who belongs to it.

        The lanes of a test are test lanes. Tests and others share their names: there is one campaign of each.

        Members are the recipients present now who match when the cursor passes them; those who are there for tests
        belong to tests alone, and to whoever lists them. A key that is known gives the
        earlier campaign as it stands now, and nothing is stored.

        :raises Conflict: a campaign of this name exists.
        :raises KeyReused: the key is known with another digest.
        """
        ...

    def find_by_key(self, key: IdempotencyKey) -> Campaign | None:
        """Return the campaign that was started under *key*, as it stands now, or None.

        :raises KeyReused: the key is known with another digest.
        """
        ...

    def advance(self, campaign_id: int, now: datetime) -> Campaign:
        """Turn the next chunk of the audience into notifications; cursor and chunk are one commit.

        Of a cancelled campaign the next chunk of what is pending is withdrawn. A paused or finished one is returned as
        it is. Any process may advance any campaign; no recipient is repeated on a channel.

        :raises NotFound: there is none of this id.
        """
        ...

    def unfinished(self) -> Sequence[Campaign]:
        """Return the campaigns that somebody must advance.

        The running ones, whose audience is not yet through, and the cancelled ones that have something pending.
        """
        ...

    def alike(self, campaign: NewCampaign, channel: Channel, capped_since: date | None = None) -> Sequence[PeopleAlike]:
        """Return the people whom *campaign* would look at now, those of whom the gates see the same as one group.

        In no order; nothing is written. ``capped_days`` are told from the day *capped_since* on, of its type, tests
        apart, as :meth:`application.ports.notification_repository.NotificationRepository.capped_days` tells them; none
        without it. However many people there are, only groups leave the store.
        """
        ...

    def unknown_ids(self, campaign: NewCampaign) -> Sequence[str]:
        """Return the ids of a listed audience that name no recipient, in the order listed; empty for others."""
        ...

    def get(self, campaign_id: int) -> Campaign:
        """Return one campaign.

        :raises NotFound: there is none of this id.
        """
        ...

    def find(self, name: str) -> Campaign | None:
        """Return the campaign of this name, or None."""
        ...

    def page(self, limit: int, after: int | None = None, *, test: bool | None = None) -> Sequence[Campaign]:
        """Return campaigns by falling id (the newest first), those behind the one with the id *after*.

        *limit* 0 means all. *test* asks for tests alone, or for all others.
        """
        ...

    def progress(self, campaign_id: int) -> CampaignProgress:
        """Return how far a campaign came, and how its notifications stand now.

        :raises NotFound: there is none of this id.
        """
        ...

    def pause(self, campaign_id: int) -> Campaign:
        """Stop the cursor and pause the lanes; what is being sent goes out. Pausing twice changes nothing.

        :raises NotFound: there is none of this id.
        :raises Conflict: it was cancelled (:data:`domain.campaign.CAMPAIGN_STEPS`).
        """
        ...

    def resume(self, campaign_id: int) -> Campaign:
        """Let the cursor go on where it stands, and open the lanes, but not one that a person paused by itself.

        Resuming twice changes nothing.

        :raises NotFound: there is none of this id.
        :raises Conflict: it was cancelled.
        """
        ...

    def cancel(self, campaign_id: int, now: datetime) -> int:
        """Stop the cursor, close the lanes and withdraw the next chunk of what is pending; return how many that were.

        From then on nothing of it is claimed. The rest is withdrawn chunk by chunk, by further calls that return 0 in
        the end, or by :meth:`advance`, whoever calls it. What is being sent is withdrawn if it comes back unsent.

        :raises NotFound: there is none of this id.
        """
        ...
