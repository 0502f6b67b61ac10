"""What the memory store holds: plain tables, and one lock that makes every call a transaction."""

from collections import Counter, deque
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from threading import RLock

from attrs import define, evolve, field, frozen

from application.ports.link_repository import FIRST_LINKS, LinkGenerations
from application.ports.report_repository import CREATED, LATENCY
from domain.api_key import ApiKey
from domain.campaign import Campaign, NewCampaign
from domain.channel import Channel
from domain.content import Content
from domain.errors import NotFound
from domain.gates import Suppressed
from domain.gateway_health import GatewayHealth
from domain.hand_over import HandOver
from domain.inbox import InboxEvent, InboxItem
from domain.lane import Lane
from domain.latency import bound_of
from domain.lifecycle import Event, Status, after
from domain.notification import Notification
from domain.notification_type import NotificationType
from domain.outcome import NAMES, Accepted
from domain.preferences import Preferences
from domain.receipt import Receipt, ReceiptKind
from domain.recipient import Recipient
from domain.suppression import Suppression, suppressed_for, suppression_key
from domain.suppression_reason import SuppressionReason
from domain.template import Template
from domain.token_bucket import TokenBucket

_ACCEPTED = NAMES[Accepted]
_MILLISECOND = timedelta(milliseconds=1)
_NOT_ENDED = frozenset({Status.PENDING, Status.SENDING, Status.CANCELLED})


@frozen
class CounterKey:
    """What one counter counts; the words are those of :class:`application.ports.report_repository.Tally`."""

    day: date
    lane_id: int
    gateway: str
    what: str
    bound_ms: int = 0


@frozen
class KeptInboxEvent:
    """Something that happened, and whose inbox it was."""

    recipient_id: str
    event: InboxEvent


@define(kw_only=True)
class StoredNotification:
    """A notification, and what only the queue needs to know of it.

    ``budget_began_at`` is the fence at which the present budget of attempts began: 0, or that of the last revival.
    ``capped_on`` is the day of the recipient's calendar on which it took a place under a frequency cap.
    """

    notification: Notification
    lane_id: int
    content_id: int
    losses: int = 0
    may_be_out: bool = False
    begun: bool = False
    owner: int | None = None
    lease_until: datetime | None = None
    budget_began_at: int = 0
    capped_on: date | None = None


@define(kw_only=True)
class StoredCampaign:
    """A campaign, who belongs to it (ids, in the order of the cursor), and how it becomes notifications.

    One of a template has no ``content_id`` of its own.
    """

    campaign: Campaign
    order: NewCampaign
    content_id: int | None
    members: tuple[str, ...]


@define(kw_only=True)
class StoredKey:
    """What an idempotency key stands for: one notification, one campaign, or the answer of a request for several."""

    digest: bytes
    notification_id: int | None = None
    campaign_id: int | None = None
    answer: str | None = None


@define(kw_only=True)
class StoredReceipt:
    """A receipt, and the hand-over it belongs to; ``waits`` as long as that is not concluded."""

    receipt: Receipt
    notification_id: int | None
    fence: int | None
    waits: bool = False


@define(eq=False)
class MemoryState:
    """The tables. Whoever reads or writes them holds ``lock``, and checks everything before changing anything.

    The lock may be taken again by the thread that has it, so that a change of a recipient may look at the store.
    """

    lock: RLock = field(factory=RLock)
    recipients: dict[str, Recipient] = field(factory=dict)  # in the order in which they came
    erased: dict[str, Recipient] = field(factory=dict)  # who stands for those who were erased, by the id of that
    recipient_numbers: dict[str, int] = field(factory=dict)  # by recipient; after an erasure it is another one
    preferences: dict[str, Preferences] = field(factory=dict)  # by recipient, of those who said something
    revisions: Counter[str] = field(factory=Counter)  # by recipient: what they want, and their timezone
    contents: dict[int, Content] = field(factory=dict)
    lanes: dict[int, Lane] = field(factory=dict)
    lane_paces: dict[int, TokenBucket] = field(factory=dict)
    lanes_paused_by_hand: set[int] = field(factory=set)
    lane_begins: dict[int, tuple[datetime, int]] = field(factory=dict)  # of campaigns: when, and how many had ended
    notifications: dict[int, StoredNotification] = field(factory=dict)
    waiting: dict[int, dict[int, StoredNotification]] = field(factory=dict)  # the pending ones by lane
    hand_overs: dict[int, dict[tuple[int, str, str], HandOver]] = field(factory=dict)
    keys: dict[tuple[str, str], StoredKey] = field(factory=dict)
    # By address, and there by reason and the text of the scope.
    suppressions: dict[tuple[Channel, str], dict[tuple[SuppressionReason, str], Suppression]] = field(factory=dict)
    # Of those who were erased: by the keyed hash of the address, and there by reason and scope, since when.
    erased_suppressions: dict[str, dict[tuple[SuppressionReason, str], datetime]] = field(factory=dict)
    secret: str = ""  # what such hashes are made with
    receipts: dict[tuple[str, str], StoredReceipt] = field(factory=dict)  # by gateway and event id
    receipts_of: dict[int, list[StoredReceipt]] = field(factory=dict)  # by notification
    campaigns: dict[int, StoredCampaign] = field(factory=dict)
    templates: dict[str, list[Template]] = field(factory=dict)  # by name, every version from 1
    deleted_templates: set[str] = field(factory=set)
    inbox: dict[int, InboxItem] = field(factory=dict)
    inbox_events: deque[KeptInboxEvent] = field(factory=deque)  # by number
    inbox_listeners: list[Callable[[], None]] = field(factory=list)
    health: dict[str, GatewayHealth] = field(factory=dict)
    gateway_paces: dict[str, TokenBucket] = field(factory=dict)
    api_keys: dict[int, ApiKey] = field(factory=dict)
    links: LinkGenerations = FIRST_LINKS
    living_owners: set[int] = field(factory=set)
    listeners: list[Callable[[], None]] = field(factory=list)
    last_ids: Counter[str] = field(factory=Counter)
    counters: Counter[CounterKey] = field(factory=Counter)
    gauges: Counter[tuple[int, Status]] = field(factory=Counter)  # by lane and status

    def __attrs_post_init__(self) -> None:
        for test in (False, True):
            for channel in Channel:
                for type_ in NotificationType:
                    self.open_lane(channel, type_, test=test)

    def new_id(self, kind: str) -> int:
        """Return an id that no other thing of this *kind* ever had, counting from 1."""
        self.last_ids[kind] += 1
        return self.last_ids[kind]

    def open_lane(
        self,
        channel: Channel,
        type_: NotificationType,
        campaign_id: int | None = None,
        rate: float | None = None,
        *,
        test: bool,
    ) -> None:
        """Store a new lane."""
        lane = Lane(id=self.new_id("lane"), channel=channel, type=type_, campaign_id=campaign_id, rate=rate, test=test)
        self.lanes[lane.id] = lane

    def health_of(self, gateway: str) -> GatewayHealth:
        """Return what is known of one gateway."""
        return self.health.get(gateway) or GatewayHealth(gateway=gateway)

    def gateway_pace(self, gateway: str, rate: float, now: datetime) -> TokenBucket:
        """Return the bucket of a gateway at its present *rate*."""
        known = self.gateway_paces.get(gateway)
        return TokenBucket.full(rate, now) if known is None else known.at_rate(rate)

    def begin_lane(self, lane: Lane, now: datetime) -> None:
        """Note when a campaign's lane is first claimed from, or again after a pause, and how many had ended by then."""
        if lane.campaign_id is not None and lane.id not in self.lane_begins:
            ended = sum(self.gauges[lane.id, status] for status in Status if status not in _NOT_ENDED)
            self.lane_begins[lane.id] = (now, ended)

    def tell(self) -> None:
        """Let those who listen know that something may be due now."""
        for heard in tuple(self.listeners):
            heard()

    def keep_content(self, content: Content) -> int:
        """Store *content* and return its id."""
        content_id = self.new_id("content")
        self.contents[content_id] = content
        return content_id

    def standing_lane(self, channel: Channel, type_: NotificationType, *, test: bool) -> Lane:
        """Return the lane of all that belongs to no campaign, or that of tests."""
        return next(
            lane
            for lane in self.lanes.values()
            if lane.campaign_id is None and lane.channel is channel and lane.type is type_ and lane.test is test
        )

    def insert(self, stored: StoredNotification) -> None:
        """Store a new notification, which is pending."""
        assert stored.notification.status is Status.PENDING
        self.notifications[stored.notification.id] = stored
        self.waiting.setdefault(stored.lane_id, {})[stored.notification.id] = stored
        self.count(stored, stored.notification.created_at, CREATED)
        self.gauges[stored.lane_id, Status.PENDING] += 1

    def step(self, stored: StoredNotification, event: Event, to: Status, now: datetime, gateway: str = "") -> None:
        """Move *stored* from its status to *to*, where *event* leads; *gateway* is named if a receipt said so."""
        known = stored.notification
        assert after(known.status, event) is to
        finished_at = None if to in (Status.PENDING, Status.SENDING) else now
        stored.notification = evolve(known, status=to, finished_at=finished_at)
        lane = self.waiting.setdefault(stored.lane_id, {})
        if to is Status.PENDING:
            lane[known.id] = stored
        else:
            lane.pop(known.id, None)
        if to is not Status.SENDING:
            stored.owner, stored.lease_until, stored.begun = None, None, False
        self.count(stored, now, event.value, gateway)
        self.gauges[stored.lane_id, known.status] -= 1
        self.gauges[stored.lane_id, to] += 1

    def cancel(self, stored: StoredNotification, now: datetime) -> None:
        """Withdraw *stored* if it is pending; mark it if it is being sent."""
        if stored.notification.status is Status.PENDING:
            self.step(stored, Event.CANCEL, Status.CANCELLED, now)
        elif stored.notification.status is Status.SENDING:
            stored.notification = evolve(stored.notification, cancel_requested=True)

    def keep_hand_over(self, stored: StoredNotification, one: HandOver, now: datetime) -> None:
        """Add to the history; said twice it stays, but an acceptance takes the place of anything else."""
        lines = self.hand_overs.setdefault(one.notification_id, {})
        key = (one.fence, one.gateway, one.address)
        if key in lines and (one.outcome != _ACCEPTED or lines[key].outcome == _ACCEPTED):
            return
        lines[key] = one
        self.count(stored, now, one.outcome, one.gateway)
        if one.outcome == _ACCEPTED:
            due_at = max(stored.notification.send_at, stored.notification.created_at)
            self.count(stored, now, LATENCY, one.gateway, bound_of((one.at - due_at) // _MILLISECOND))

    def count(self, stored: StoredNotification, now: datetime, what: str, gateway: str = "", bound_ms: int = 0) -> None:
        """Count that *what* happened to *stored*, on the UTC day of *now*."""
        day = now.astimezone(UTC).date()
        self.counters[CounterKey(day, stored.lane_id, gateway, what, bound_ms)] += 1

    def history(self, notification_id: int) -> list[HandOver]:
        """Return the hand-overs of one notification, the earliest first."""
        known = self.hand_overs.get(notification_id, {}).values()
        return sorted(known, key=lambda one: (one.fence, one.at, one.gateway, one.address))

    def accepted(self, notification_id: int) -> list[HandOver]:
        """Return the hand-overs of one notification that were accepted and did not come back."""
        known = self.hand_overs.get(notification_id, {}).values()
        return [one for one in known if one.outcome == _ACCEPTED and not self.has_bounced(notification_id, one.fence)]

    def has_bounced(self, notification_id: int, fence: int) -> bool:
        """Say whether a bounce of one hand-over had its say."""
        return any(
            one.receipt.kind is ReceiptKind.BOUNCED and one.fence == fence and not one.waits
            for one in self.receipts_of.get(notification_id, ())
        )

    def suppressed(
        self,
        recipient: Recipient,
        channel: Channel,
        stopped_by: frozenset[SuppressionReason],
        type_: NotificationType,
        topic: str | None,
    ) -> Suppressed:
        """Return the addresses of *recipient* that are out of use for one of the reasons in *stopped_by*, and which."""
        listed = {address: self.suppressions_of(channel, address) for address in recipient.addresses(channel)}
        return suppressed_for(listed, stopped_by, type_, topic)

    def suppressions_of(self, channel: Channel, address: str) -> tuple[Suppression, ...]:
        """Return why *address* must not be used, by reason and scope; nothing if it may."""
        known = self.suppressions.get((channel, suppression_key(channel, address)), {})
        return tuple(known[name] for name in sorted(known))

    def recipient(self, recipient_id: str) -> Recipient:
        """Return one recipient.

        :raises NotFound: there is none of this id.
        """
        try:
            return self.recipients[recipient_id]
        except KeyError:
            raise NotFound("recipient", recipient_id) from None

    def whom(self, recipient_id: str) -> Recipient:
        """Return whom a notification is for; of somebody who was erased nothing but an id is left."""
        return self.recipients.get(recipient_id) or self.erased[recipient_id]

    def template(self, name: str) -> Template | None:
        """Return the latest version of a template, or None where there is none that was not deleted."""
        if name in self.deleted_templates or name not in self.templates:
            return None
        return self.templates[name][-1]

    def campaign(self, campaign_id: int) -> StoredCampaign:
        """Return one campaign.

        :raises NotFound: there is none of this id.
        """
        try:
            return self.campaigns[campaign_id]
        except KeyError:
            raise NotFound("campaign", campaign_id) from None
