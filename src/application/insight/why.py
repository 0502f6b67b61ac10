"""Why a notification stands where it stands."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import evolve, frozen

from application.insight.gate_context import Case, Gathering
from application.insight.outlook import Outlook, look_ahead
from application.insight.route_health import RouteHealth
from application.ports.clock import Clock
from application.ports.lane_repository import LaneRepository
from application.ports.notification_repository import NotificationRepository
from application.ports.receipt_repository import ReceiptRepository
from application.ports.recipient_repository import RecipientRepository
from domain.discretion import discreet
from domain.gates import GateFinding, explain
from domain.gateway_health import GatewayHealth
from domain.hand_over import HandOver
from domain.lane import Lane, LaneName
from domain.lifecycle import Status
from domain.notification import Notification
from domain.receipt import Receipt
from domain.recipient import Recipient
from domain.suppression import Suppression
from domain.suppression_reason import SuppressionReason


@frozen(kw_only=True)
class Explanation:
    """Its lane, every gate in order with the values used, every hand-over, every receipt, and how its gateways are.

    The gates are judged at ``at``, also of what is finished: what they said when it was, its reason and history tell.
    ``suppressions`` are all of its addresses; those for a reason in ``stopped_by`` stop a notification of its type.
    ``outlook`` is what becomes of it when it falls due, None unless it is pending.
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
    outlook: Outlook | None = None

    def is_stopped_by(self, suppression: Suppression) -> bool:
        """Say whether *suppression*, of one of its addresses, is one that counts for it."""
        told = self.notification
        return suppression.reason in self.stopped_by and suppression.scope.covers(told.type, told.topic)

    def without_addresses(self) -> "Explanation":
        """Return this explanation for somebody who must not see what is known of the recipient."""
        return evolve(
            self,
            gates=discreet(self.gates),
            hand_overs=[evolve(line, address="") for line in self.hand_overs],
            receipts=[evolve(receipt, address=None) for receipt in self.receipts],
            suppressions={},
            outlook=self.outlook and self.outlook.discreet(),
        )


@frozen(kw_only=True)
class Why:
    """Explain one notification, with what is known now."""

    notifications: NotificationRepository
    recipients: RecipientRepository
    receipts: ReceiptRepository
    lanes: LaneRepository
    gather: Gathering
    route: RouteHealth
    clock: Clock

    def __call__(self, notification_id: int) -> Explanation:
        """Return the explanation.

        :raises NotFound: there is no notification of this id.
        """
        now = self.clock.now()
        notification = self.notifications.get(notification_id)
        case = self._case(notification)
        gathered = self.gather(case, now)
        lane = self.lanes.get(_lane_of(notification)).lane
        route = self.route(notification.channel, test=notification.test)
        outlook = None
        if notification.status is Status.PENDING:
            due_at = notification.next_attempt_at
            at_that_time = gathered if due_at <= now else self.gather(case, due_at)
            outlook = look_ahead(at_that_time.context, lane, [one.health for one in route])
        return Explanation(
            notification=notification,
            at=now,
            lane=lane,
            gates=explain(gathered.context),
            hand_overs=self.notifications.history(notification_id),
            receipts=self.receipts.of_notification(notification_id),
            suppressions=gathered.suppressions,
            stopped_by=gathered.stopped_by,
            route=[health for one in route for health in (one.health, *one.scopes)],
            outlook=outlook,
        )

    def _case(self, notification: Notification) -> Case:
        known = self.recipients.get_many([notification.recipient_id])
        return Case(
            recipient=known.get(notification.recipient_id) or Recipient(id=notification.recipient_id),
            channel=notification.channel,
            type=notification.type,
            expires_at=notification.expires_at,
            topic=notification.topic,
            test=notification.test,
            cancel_requested=notification.cancel_requested,
            notification_id=notification.id,
        )


def _lane_of(notification: Notification) -> LaneName:
    return LaneName(notification.channel, notification.type, notification.campaign_id, notification.test)
