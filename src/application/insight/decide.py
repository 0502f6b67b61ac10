"""What would become of a notification if it were asked for now; nothing is written."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import TypeAlias

from attrs import evolve, field, frozen

from application.insight.gate_context import Case, Gathering
from application.insight.outlook import End, Outlook, look_ahead
from application.insight.route_health import GatewayStanding, RouteHealth
from application.ports.clock import Clock
from application.ports.lane_repository import LaneRepository
from application.ports.notification_repository import NotificationRepository
from application.ports.recipient_repository import RecipientRepository
from application.ports.template_renderer import TemplateFault
from application.sending.admission import Admission, NotificationRequest
from application.sending.filling import Filling
from domain.discretion import IN_TEMPLATE, discreet
from domain.errors import InvalidInput, TocsinError
from domain.gates import GateFinding, explain
from domain.lane import Lane, LaneName
from domain.lifecycle import Status
from domain.notification import NewNotification, Notification
from domain.recipient import Recipient, no_address

Asked: TypeAlias = NewNotification | Notification
"""What would be stored, or what was stored before under the same key."""


@frozen(kw_only=True)
class Decision:
    """What would become of it, and what that was decided by.

    The gates are judged at ``due_at``, when it would fall due, with what is known at ``at``. ``addresses`` are those it
    would go to; ``rates`` are in messages a second, by gateway. ``earlier`` was accepted before under its key, so that
    nothing new would be stored; everything else is about that one then.
    """

    asked: Asked
    at: datetime
    due_at: datetime
    lane: Lane
    gates: Sequence[GateFinding]
    addresses: Sequence[str]
    route: Sequence[GatewayStanding]
    rates: Mapping[str, float | None]
    outlook: Outlook
    earlier: Notification | None = None

    @property
    def sentence(self) -> str:
        """Return the verdict in one sentence, which begins with its verb."""
        if self.earlier is not None:
            return f"sends nothing new, because {_accepted_before(self.earlier)}"
        return self.outlook.sentence(self.at)

    def without_addresses(self) -> "Decision":
        """Return this decision for somebody who must not see what is known of the recipient."""
        return evolve(self, gates=discreet(self.gates), addresses=(), outlook=self.outlook.discreet())


@frozen(kw_only=True)
class Decide:
    """Say what would become of one notification, and write nothing."""

    admission: Admission
    notifications: NotificationRepository
    recipients: RecipientRepository
    lanes: LaneRepository
    gather: Gathering
    route: RouteHealth
    rates: Mapping[str, float | None]
    fill_in: Filling
    clock: Clock
    _one_at_a_time: Lock = field(factory=Lock, init=False, eq=False)  # what fills in is made for one thread

    def __call__(self, request: NotificationRequest) -> Decision:
        """Return what would become of *request*.

        :raises InvalidInput: it would not be accepted: a field is wrong, or the recipient lacks what it needs.
        :raises NotFound: the recipient is not known.
        :raises KeyReused: its key was used for something else.
        """
        now = self.clock.now()
        asked, earlier = self._asked(request)
        recipient = self._recipient(asked, may_lack_address=earlier is not None)
        due_at = max(now, asked.send_at if earlier is None else earlier.next_attempt_at)
        context = self.gather(_case(asked, recipient, earlier), due_at).context
        lane = self.lanes.get(LaneName(asked.channel, asked.type, _campaign_of(asked), asked.test)).lane
        route = self.route(asked.channel, test=asked.test)
        if earlier is not None and earlier.finished_at is not None:
            outlook = _past(earlier)
        else:
            outlook = look_ahead(context, lane, [one.health for one in route])
        return Decision(
            asked=asked,
            at=now,
            due_at=due_at,
            lane=lane,
            gates=explain(context),
            addresses=tuple(dict.fromkeys(context.usable)),
            route=route,
            rates=self.rates,
            outlook=outlook if outlook.at is None else self._filled_in(asked, recipient, outlook),
            earlier=earlier,
        )

    def _asked(self, request: NotificationRequest) -> tuple[Asked, Notification | None]:
        """Return what would be stored, or what was stored before under the key of *request*, which is then both."""
        answer = self.admission.admit([request])[0]
        if isinstance(answer, TocsinError):
            raise answer
        if isinstance(answer, Notification):
            return answer, answer
        earlier = None if answer.key is None else self.notifications.find_by_key(answer.key)
        return (answer, None) if earlier is None else (earlier, earlier)

    def _recipient(self, asked: Asked, *, may_lack_address: bool) -> Recipient:
        recipient = self.recipients.get(asked.recipient_id)
        if not (may_lack_address or recipient.addresses(asked.channel)):
            raise InvalidInput([no_address(recipient.id, asked.channel)])
        return recipient

    def _filled_in(self, asked: Asked, recipient: Recipient, outlook: Outlook) -> Outlook:
        """Return *outlook*, or that it is rejected because its template cannot be filled in for *recipient*."""
        if isinstance(asked, Notification) or asked.content_id is None:
            return outlook
        try:
            with self._one_at_a_time:
                self.fill_in(asked.content_id, asked.content, recipient, asked.channel, asked.variables)
        except TemplateFault as fault:
            end = End(status=Status.FAILED, reason=f"template: {fault}", in_general=IN_TEMPLATE)
            return evolve(outlook, at=None, gateway=None, end=end)
        return outlook


def _case(asked: Asked, recipient: Recipient, earlier: Notification | None) -> Case:
    return Case(
        recipient=recipient,
        channel=asked.channel,
        type=asked.type,
        expires_at=asked.expires_at,
        topic=asked.topic,
        test=asked.test,
        cancel_requested=earlier is not None and earlier.cancel_requested,
        notification_id=None if earlier is None else earlier.id,
    )


def _past(earlier: Notification) -> Outlook:
    """Return what is left to come of a notification that is finished: nothing."""
    told = _accepted_before(earlier)
    return Outlook(end=End(status=earlier.status, reason=told, in_general=told))


def _accepted_before(earlier: Notification) -> str:
    return f"notification {earlier.id} was accepted before under this key, and is {earlier.status}"


def _campaign_of(asked: Asked) -> int | None:
    return asked.campaign_id if isinstance(asked, Notification) else None
