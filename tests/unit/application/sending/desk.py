"""A dispatcher over the memory store, with a clock that stands still until it is moved."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import define, field

from adapters.memory.memory_sender import MemorySender
from adapters.memory.store import MemoryStore
from application.ports.clock import Clock
from application.ports.dispatch_queue import DispatchQueue
from application.ports.sender import SIMULATOR, Gateway, Sender
from application.ports.template_renderer import TemplateFault, TemplateRenderer
from application.sending.dispatch_due import DispatchDue
from application.sending.dispatch_run import DispatchCommand, DispatchSummary
from application.sending.preparation import Preparation
from application.sending.rulebook import Rulebook
from application.zones import Zones
from domain.campaign import Campaign
from domain.channel import Channel
from domain.claim import Conclusion
from domain.content import Content, Markup
from domain.errors import StoreUnavailable
from domain.lifecycle import Event
from domain.notification import NewNotification, Notification
from domain.notification_type import TYPE_POLICIES, NotificationType, TypePolicies
from domain.preferences import Defaults
from domain.recipient import Recipient
from domain.retry_policy import RetryPolicy
from domain.template import NO_VARIABLES
from tests.contracts.given import only

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BASE = timedelta(seconds=30)
LEASE = timedelta(seconds=120)


@define(eq=False)
class ManualClock:
    """Stands still until it is moved."""

    moment: datetime = START
    span_s: float = 0.0

    def now(self) -> datetime:
        return self.moment

    def elapsed_s(self) -> float:
        return self.span_s

    def forward(self, by: timedelta) -> None:
        self.moment += by
        self.span_s += by.total_seconds()


class NoJitter:
    """Draws the largest spread every time."""

    def spread(self) -> float:
        return 1.0

    def secret(self) -> str:
        return "secret"


class PlainRenderer:
    """Fills in ``{name}``, and says so where a person has none."""

    def problems(self, content: Content, variables: Collection[str] = ()) -> list[tuple[str, str]]:
        return []

    def render(
        self,
        content_id: int,
        content: Content,
        recipient: Recipient,
        channel: Channel,
        variables: Mapping[str, Any] = NO_VARIABLES,
    ) -> Content:
        if recipient.name is None:
            raise TemplateFault("body: the recipient has no name")
        body = (content.body or "").replace("{name}", recipient.name)
        return Content(subject=content.subject, body=body, markup=Markup.LITERAL)


class NoFinisher:
    """Leaves every email as it is."""

    def __call__(self, content_id: int, filled: Content, *, is_same_for_all: bool) -> Content:
        return filled


@define(eq=False)
class Journal:
    """Keeps what a dispatcher says of its work."""

    conclusions: list[Conclusion] = field(factory=list)
    rescues: list[Conclusion] = field(factory=list)
    campaigns: list[Campaign] = field(factory=list)
    rests: list[str] = field(factory=list)
    sender_errors: list[str] = field(factory=list)
    store_errors: list[str] = field(factory=list)

    def concluded(self, conclusions: Sequence[Conclusion]) -> None:
        self.conclusions += conclusions

    def rescued(self, conclusions: Sequence[Conclusion]) -> None:
        self.rescues += conclusions

    def advanced(self, campaign: Campaign) -> None:
        self.campaigns.append(campaign)

    def gateway_rests(self, gateway: str, until: datetime, reason: str) -> None:
        self.rests.append(gateway)

    def sender_failed(self, gateway: str, error: Exception) -> None:
        self.sender_errors.append(str(error))

    def store_failed(self, error: StoreUnavailable) -> None:
        self.store_errors.append(str(error))


def a_simulator(sender: Sender) -> Gateway:
    """Return the gateway of test lanes."""
    return Gateway(name=SIMULATOR, kind=SIMULATOR, sender=sender, has_health=False)


@define(eq=False)
class Desk:
    """A store with people in it, gateways to send through, and a dispatcher between them."""

    clock: Clock = field(factory=ManualClock)
    store: MemoryStore = field(factory=lambda: MemoryStore(new_id=lambda: "store"))
    senders: dict[str, Sender] = field(factory=dict)
    routes: dict[Channel, tuple[Gateway, ...]] = field(factory=dict)
    simulator: Gateway = field(factory=lambda: a_simulator(MemorySender()))
    journal: Journal = field(factory=Journal)
    renderer: TemplateRenderer = field(factory=PlainRenderer)
    lease: timedelta = LEASE
    batch: int = 500
    policies: TypePolicies = TYPE_POLICIES
    defaults: Defaults = ()

    def gateway(
        self,
        name: str,
        sender: Sender | None = None,
        *,
        slots: int = 2,
        rate: float | None = None,
        repeats_are_harmless: bool = False,
    ) -> Gateway:
        """Return a gateway; its sender keeps messages in memory unless another is given."""
        self.senders[name] = sender or MemorySender()
        return Gateway(
            name=name,
            kind="memory",
            sender=self.senders[name],
            slots=slots,
            rate=rate,
            repeats_are_harmless=repeats_are_harmless,
        )

    def route(self, channel: Channel, *gateways: Gateway) -> None:
        """Send *channel* through *gateways*, in that order."""
        self.routes[channel] = gateways

    def memory_sender(self, name: str) -> MemorySender:
        """Return the memory sender behind the gateway *name*."""
        sender = self.senders[name]
        assert isinstance(sender, MemorySender)
        return sender

    def add(
        self,
        to: str = "ada",
        *,
        channel: Channel = Channel.EMAIL,
        type_: NotificationType = NotificationType.TRANSACTIONAL,
        content: Content | None = None,
        due_in: timedelta = timedelta(0),
        lives: timedelta = timedelta(days=1),
        test: bool = False,
        topic: str | None = None,
    ) -> int:
        """Store a notification for *to*, who is made if missing, and return its id."""
        if not self.store.recipients.get_many([to]):
            self.store.recipients.put([a_recipient(to)])
        now = self.clock.now()
        subject = None if channel is Channel.SMS else "Hello"
        added = only(
            self.store.notifications.add(
                [
                    NewNotification(
                        recipient_id=to,
                        channel=channel,
                        type=type_,
                        content=content or Content(subject=subject, body="Hello there"),
                        send_at=now + due_in,
                        expires_at=now + due_in + lives,
                        created_at=now,
                        topic=topic,
                        test=test,
                    )
                ]
            )
        )
        assert not isinstance(added, Exception)
        return added.notification.id

    def get(self, notification_id: int) -> Notification:
        return self.store.notifications.get(notification_id)

    def outcomes(self, notification_id: int) -> list[tuple[str, str]]:
        """Return the gateway and the outcome of every hand-over of one notification."""
        return [(line.gateway, line.outcome) for line in self.store.notifications.history(notification_id)]

    def dispatcher(self, queue: DispatchQueue | None = None) -> DispatchDue:
        """Return the dispatcher; *queue* may stand in for the store's own."""
        retries: Mapping[Channel, RetryPolicy] = {
            channel: RetryPolicy(base=BASE, attempts_max=3) for channel in Channel
        }
        return DispatchDue(
            queue=queue or self.store.queue,
            campaigns=self.store.campaigns,
            gateways=self.store.gateways,
            routes=self.routes,
            simulator=self.simulator,
            rulebook=Rulebook(self.policies, retries, self.routes),
            preparation=Preparation(
                renderer=self.renderer,
                finisher=NoFinisher(),
                store_id=self.store.identity,
                zones=Zones(),
                defaults=self.defaults,
            ),
            clock=self.clock,
            randomness=NoJitter(),
            observer=self.journal,
            lease=self.lease,
            batch=self.batch,
        )

    def dispatch(self, command: DispatchCommand | None = None) -> DispatchSummary:
        """Run a dispatcher until nothing is due."""
        return self.dispatcher()(command or DispatchCommand())


def a_recipient(recipient_id: str) -> Recipient:
    return Recipient(
        id=recipient_id,
        name=recipient_id.title(),
        email=f"{recipient_id}@example.com",
        phone="+14155550100",
        push_tokens=(f"{recipient_id}-phone", f"{recipient_id}-tablet"),
    )


def events(summary: DispatchSummary) -> dict[Event, int]:
    return dict(summary.events)
