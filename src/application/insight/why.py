"""Why a notification stands where it stands."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import frozen

from application.ports.clock import Clock
from application.ports.gateway_repository import GatewayRepository
from application.ports.lane_repository import LaneRepository
from application.ports.notification_repository import NotificationRepository
from application.ports.recipient_repository import RecipientRepository
from application.ports.sender import RouteNames
from application.ports.suppression_repository import SuppressionRepository
from domain.channel import Channel
from domain.gates import GateContext, GateFinding, explain
from domain.gateway_health import GatewayHealth
from domain.hand_over import HandOver
from domain.lane import Lane, LaneName
from domain.notification import Notification
from domain.suppression import Suppression


@frozen(kw_only=True)
class Explanation:
    """Its lane, every gate in order with the values used, every hand-over, and how the gateways of the route are."""

    notification: Notification
    at: datetime
    lane: Lane
    gates: Sequence[GateFinding]
    hand_overs: Sequence[HandOver]
    suppressions: Mapping[str, Suppression]
    route: Sequence[GatewayHealth]


@frozen(kw_only=True)
class Why:
    """Explain one notification, with what is known now."""

    notifications: NotificationRepository
    recipients: RecipientRepository
    suppressions: SuppressionRepository
    gateways: GatewayRepository
    lanes: LaneRepository
    routes: RouteNames
    clock: Clock

    def __call__(self, notification_id: int) -> Explanation:
        """Return the explanation.

        :raises NotFound: there is no notification of this id.
        """
        now = self.clock.now()
        notification = self.notifications.get(notification_id)
        addresses = self.recipients.get(notification.recipient_id).addresses(notification.channel)
        suppressed = self.suppressions.find(notification.channel, addresses)
        context = GateContext(
            now=now,
            channel=notification.channel,
            expires_at=notification.expires_at,
            cancel_requested=notification.cancel_requested,
            addresses=addresses,
            suppressed=frozenset(suppressed),
        )
        return Explanation(
            notification=notification,
            at=now,
            lane=self.lanes.get(LaneName(notification.channel, notification.type, notification.campaign_id)).lane,
            gates=explain(context),
            hand_overs=self.notifications.history(notification_id),
            suppressions=suppressed,
            route=self._route(notification.channel),
        )

    def _route(self, channel: Channel) -> list[GatewayHealth]:
        health = self.gateways.health()
        return [health.get(name) or GatewayHealth(gateway=name) for name in self.routes.get(channel, ())]
