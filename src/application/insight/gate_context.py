"""What the gates look at, gathered for people who ask; a claim brings the same for those who send."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from attrs import frozen

from application.ports.notification_repository import NotificationRepository
from application.ports.preference_repository import PreferenceRepository
from application.ports.suppression_repository import SuppressionRepository
from application.zones import Zones
from domain.channel import Channel
from domain.errors import NotFound
from domain.gates import GateContext
from domain.notification_type import NotificationType, TypePolicies
from domain.preferences import NO_PREFERENCES, Defaults, Preferences
from domain.recipient import Recipient
from domain.suppression import Suppression, suppressed_for
from domain.suppression_reason import SuppressionReason

_DAY = timedelta(days=1)


@frozen(kw_only=True)
class Case:
    """One notification as the gates see it, stored or not; ``notification_id`` is that of a stored one."""

    recipient: Recipient
    channel: Channel
    type: NotificationType
    expires_at: datetime
    topic: str | None = None
    test: bool = False
    cancel_requested: bool = False
    notification_id: int | None = None


@frozen(kw_only=True)
class Gathered:
    """What the gates look at.

    ``suppressions`` are all of the recipient's addresses on the channel; those for a reason in ``stopped_by`` count.
    """

    context: GateContext
    suppressions: Mapping[str, Sequence[Suppression]]
    stopped_by: frozenset[SuppressionReason]


@frozen(kw_only=True)
class Gathering:
    """Gathers what a claim at some moment would bring, with what is known now."""

    notifications: NotificationRepository
    suppressions: SuppressionRepository
    preferences: PreferenceRepository
    policies: TypePolicies
    defaults: Defaults
    zones: Zones

    def __call__(self, case: Case, at: datetime) -> Gathered:
        """Return what the gates look at when they judge *case* at *at*."""
        policy = self.policies[case.type]
        addresses = case.recipient.addresses(case.channel)
        listed = self.suppressions.find(case.channel, addresses)
        stopped_by = policy.stopped_by(case.channel)
        context = GateContext(
            now=at,
            channel=case.channel,
            type=case.type,
            policy=policy,
            expires_at=case.expires_at,
            addresses=addresses,
            zone=self.zones(case.recipient.timezone),
            topic=case.topic,
            cancel_requested=case.cancel_requested,
            suppressed=suppressed_for(listed, stopped_by, case.type, case.topic),
            preferences=self._preferences(case.recipient.id),
            defaults=self.defaults,
            capped_days=self._capped_days(case, at),
        )
        return Gathered(context=context, suppressions=listed, stopped_by=stopped_by)

    def _preferences(self, recipient_id: str) -> Preferences:
        try:
            return self.preferences.get(recipient_id)
        except NotFound:  # erased since the notification was made
            return NO_PREFERENCES

    def _capped_days(self, case: Case, at: datetime) -> Sequence[date]:
        cap = self.policies[case.type].frequency_cap
        if cap is None:
            return ()
        return self.notifications.capped_days(
            case.recipient.id, case.type, cap.told_since(at), test=case.test, but=case.notification_id
        )
