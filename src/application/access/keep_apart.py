"""Keeping tests and what is real apart."""

from attrs import frozen

from application.ports.campaign_repository import CampaignRepository
from application.ports.notification_repository import NotificationRepository
from domain.api_key import ApiKey
from domain.errors import NotFound
from domain.lane import LaneName


@frozen(kw_only=True)
class KeepApart:
    """Let a test key find tests alone, and any other key everything but tests: nobody steers the one by mistake.

    Recipients are shared, so a test tells people who are really there, and reaches none of them.
    """

    notifications: NotificationRepository
    campaigns: CampaignRepository

    def notification(self, key: ApiKey, notification_id: int) -> None:
        """Refuse a notification that *key* may not find.

        :raises NotFound: there is none of this id for this key.
        """
        if self.notifications.get(notification_id).test is not key.test:
            raise NotFound("notification", notification_id)

    def campaign(self, key: ApiKey, campaign_id: int) -> None:
        """Refuse a campaign that *key* may not find.

        :raises NotFound: there is none of this id for this key.
        """
        if self.campaigns.get(campaign_id).test is not key.test:
            raise NotFound("campaign", campaign_id)

    def lane(self, key: ApiKey, name: str) -> None:
        """Refuse a lane that *key* may not find.

        :raises NotFound: there is none of this name for this key.
        """
        if LaneName.parse(name).test is not key.test:
            raise NotFound("lane", name)
