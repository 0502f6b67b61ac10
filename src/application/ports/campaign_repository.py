"""Turning a campaign into notifications, set by set."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.campaign import Campaign, NewCampaign, Reach


class CampaignRepository(Protocol):
    """Stores campaigns. Each method is one transaction; called from several threads and processes at once.

    Every method may raise StoreUnavailable; then nothing of the call was written.
    """

    def start(self, campaign: NewCampaign) -> Campaign:
        """Store a campaign with its content, its audience and a lane a channel, and fix who belongs to it.

        Members are the recipients present now who match when the cursor passes them.

        :raises Conflict: a campaign of this name exists.
        """
        ...

    def advance(self, campaign_id: int, now: datetime) -> Campaign:
        """Turn the next chunk of the audience into notifications; cursor and chunk are one commit.

        A paused, cancelled or finished campaign is returned as it is. Any process may advance any campaign; no
        recipient is repeated on a channel.

        :raises NotFound: there is none of this id.
        """
        ...

    def unfinished(self) -> Sequence[Campaign]:
        """Return the running campaigns whose audience is not yet through."""
        ...

    def reach(self, campaign: NewCampaign) -> Sequence[Reach]:
        """Return, a channel each, how many *campaign* would reach now; nothing is written."""
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

    def cancel(self, campaign_id: int, now: datetime) -> int:
        """Stop the cursor, close the lanes and cancel what is pending; return how many notifications were cancelled.

        What is being sent is withdrawn if it comes back unsent. Cancelling twice cancels nothing more.

        :raises NotFound: there is none of this id.
        """
        ...
