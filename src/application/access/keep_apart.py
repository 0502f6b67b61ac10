"""Keeping tests and what is real apart."""

from attrs import frozen

from application.ports.campaign_repository import CampaignRepository
from application.ports.notification_repository import NotificationRepository
from domain.api_key import ApiKey
from domain.errors import InvalidInput, NotFound
from domain.lane import LaneName
from domain.recipient import TEST_PREFIX, is_for_tests


@frozen(kw_only=True)
class KeepApart:
    """Let a test key find tests alone, and any other key everything but tests: nobody steers the one by mistake.

    Of recipients it stores, changes and sees those that are for tests. It may tell everybody, and reaches nobody; where
    somebody can be reached stays hidden from it.
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

    def recipient(self, key: ApiKey, recipient_id: str) -> None:
        """Refuse a recipient that *key* may not see.

        :raises NotFound: there is none of this id for this key.
        """
        if self.hides_addresses(key, recipient_id):
            raise NotFound("recipient", recipient_id)

    def recipient_to_store(self, key: ApiKey, recipient_id: str) -> None:
        """Refuse a recipient that *key* may not store or change.

        :raises InvalidInput: the recipient is real.
        """
        if self.hides_addresses(key, recipient_id):
            raise InvalidInput.of(
                "id", f"must begin with {TEST_PREFIX} for a test key; take another key for whom you mean to reach"
            )

    def hides_addresses(self, key: ApiKey, recipient_id: str) -> bool:
        """Say whether *key* must not see where a recipient can be reached."""
        return key.test and not is_for_tests(recipient_id)
