"""Why a notification stands where it stands."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import evolve, frozen

from application.ports.clock import Clock
from application.ports.gateway_repository import GatewayRepository
from application.ports.lane_repository import LaneRepository
from application.ports.notification_repository import NotificationRepository
from application.ports.receipt_repository import ReceiptRepository
from application.ports.recipient_repository import RecipientRepository
from application.ports.sender import SIMULATOR, RouteNames
from application.ports.suppression_repository import SuppressionRepository
from application.zones import Zones
from domain.gates import GateContext, GateFinding, explain
from domain.gateway_health import GatewayHealth, scopes_of
from domain.hand_over import HandOver
from domain.lane import Lane, LaneName
from domain.notification import Notification
from domain.notification_type import TypePolicies
from domain.preferences import Defaults
from domain.receipt import Receipt
from domain.suppression import Suppression, suppressed_for
from domain.suppression_reason import SuppressionReason

_SHOWING_ADDRESSES = frozenset({"address", "suppression"})
"""The gates whose values are addresses."""


@frozen(kw_only=True)
class Explanation:
    """Its lane, every gate in order with the values used, every hand-over, every receipt, and how its gateways are.

    ``suppressions`` are all of its addresses; those for a reason in ``stopped_by`` stop a notification of its type.
    """

    notification: Notification
    at: datetime
    lane: Lane
    gates: Sequence[GateFinding]
    hand_overs: Sequence[HandOver]
    receipts: Sequence[Receipt]
    suppressions: Mapping[str, Sequence[Suppression]]
    stopped_by: frozenset[SuppressionReason]
    route: Sequence[GatewayHealth]

    def without_addresses(self) -> "Explanation":
        """Return this explanation for somebody who must not see where the recipient can be reached."""
        return evolve(
            self,
            gates=[evolve(gate, values={}) if gate.gate in _SHOWING_ADDRESSES else gate for gate in self.gates],
            hand_overs=[evolve(line, address="") for line in self.hand_overs],
            receipts=[evolve(receipt, address=None) for receipt in self.receipts],
            suppressions={},
        )


@frozen(kw_only=True)
class Why:
    """Explain one notification, with what is known now."""

    notifications: NotificationRepository
    recipients: RecipientRepository
    receipts: ReceiptRepository
    suppressions: SuppressionRepository
    gateways: GatewayRepository
    lanes: LaneRepository
    routes: RouteNames
    policies: TypePolicies
    defaults: Defaults
    zones: Zones
    clock: Clock

    def __call__(self, notification_id: int) -> Explanation:
        """Return the explanation.

        :raises NotFound: there is no notification of this id.
        """
        now = self.clock.now()
        notification = self.notifications.get(notification_id)
        recipient = self.recipients.get(notification.recipient_id)
        addresses = recipient.addresses(notification.channel)
        listed = self.suppressions.find(notification.channel, addresses)
        policy = self.policies[notification.type]
        stopped_by = policy.stopped_by(notification.channel)
        context = GateContext(
            now=now,
            channel=notification.channel,
            type=notification.type,
            policy=policy,
            expires_at=notification.expires_at,
            addresses=addresses,
            zone=self.zones(recipient.timezone),
            topic=notification.topic,
            cancel_requested=notification.cancel_requested,
            suppressed=suppressed_for(listed, stopped_by, notification.type, notification.topic),
            defaults=self.defaults,
        )
        return Explanation(
            notification=notification,
            at=now,
            lane=self.lanes.get(_lane_of(notification)).lane,
            gates=explain(context),
            hand_overs=self.notifications.history(notification_id),
            receipts=self.receipts.of_notification(notification_id),
            suppressions=listed,
            stopped_by=stopped_by,
            route=self._route(notification),
        )

    def _route(self, notification: Notification) -> list[GatewayHealth]:
        names = [SIMULATOR] if notification.test else self.routes.get(notification.channel, ())
        health = self.gateways.health()
        return [
            one for name in names for one in (health.get(name) or GatewayHealth(gateway=name), *scopes_of(name, health))
        ]


def _lane_of(notification: Notification) -> LaneName:
    return LaneName(notification.channel, notification.type, notification.campaign_id, notification.test)
