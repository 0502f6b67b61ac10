"""Handing messages to a provider."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final, Protocol

from attrs import define, evolve, field, frozen

from application.ports.clock import Deadline
from application.ports.webhook import WebhookReader
from domain.channel import Channel
from domain.content import Content
from domain.gateway_health import scope_name
from domain.notification_type import NotificationType
from domain.outcome import Outcome
from domain.recipient import WebPushSubscription

SIMULATOR: Final = "simulator"
"""The gateway of test lanes; no configured one is called so."""

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@define(kw_only=True)
class OutboundMessage:
    """One message for one address, ready to go. Nobody changes one; see :class:`domain.claim.Claim`.

    ``content`` is filled in and checked. ``reference`` is the same on every attempt and unlike that of any other store;
    it travels where the provider echoes it. ``headers`` are further ones of an email, beside those
    that every email has. ``subscription`` has the keys of a web push, whose ``address`` is its endpoint.
    """

    notification_id: int
    fence: int
    channel: Channel
    type: NotificationType
    recipient_id: str
    address: str
    content: Content
    reference: str
    expires_at: datetime
    recipient_name: str | None = None
    topic: str | None = None
    headers: Mapping[str, str] = field(default=_NO_HEADERS, hash=False)
    subscription: WebPushSubscription | None = None

    @property
    def echo(self) -> str:
        """What the provider is to give back with its receipts (:class:`domain.reference.Reference` as text)."""
        number, _, store_id = self.reference.partition(".")
        return f"{number}.{self.fence}.{store_id}"


class Sender(Protocol):
    """Hands messages to one provider.

    Called from several threads at once. Answers within its timeout a message: a provider that does not answer is an
    Unknown or a GatewayDown, never a hang. Retries nothing; that is the retry policy's work. Raises only on a bug.
    """

    @property
    def batch_size(self) -> int:
        """The most messages that one call takes."""
        ...

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
        """Return one outcome a message, in the order given; NotStarted for those the deadline left untouched.

        After a Throttled or a GatewayDown the rest of the call is not tried and has NotStarted.
        """
        ...


class Check(Protocol):
    """Connects and logs in for real, without sending anything."""

    def __call__(self, deadline: Deadline) -> Outcome:
        """Return Accepted if a message could be sent now, else the GatewayDown that it would have met."""
        ...


@frozen(kw_only=True)
class Gateway:
    """A sender as the configuration names it.

    ``slots`` calls may run at once; ``rate`` is in messages a second over all dispatchers, None for no limit.
    ``repeats_are_harmless``: sending a message again shows it once, so a lost answer is always sent again. ``check`` is
    None where a gateway of one's own has none. Without ``has_health`` there is nothing that could be down: whatever it
    answers, it does not rest. ``read_webhook`` is None where its provider calls nobody.

    ``scope_of`` says to which of several services behind one gateway an address belongs, where there are such: each is
    up or down by itself, so it has slots, calls and health of its own, under the name that :meth:`scoped` gives it.
    ``base`` is set on such a scope alone: the name of the gateway that it is a part of.
    """

    name: str
    kind: str
    sender: Sender
    slots: int = 4
    rate: float | None = None
    repeats_are_harmless: bool = False
    has_health: bool = True
    check: Check | None = None
    read_webhook: WebhookReader | None = None
    scope_of: Callable[[str], str] | None = None
    base: str | None = None
    close: Callable[[], None] = lambda: None

    def scoped(self, scope: str) -> "Gateway":
        """Return the part of this gateway for *scope*."""
        return evolve(self, name=scope_name(self.name, scope), base=self.name, scope_of=None)


Routes = Mapping[Channel, tuple[Gateway, ...]]
"""The gateways of each channel, in the order in which they take over; a channel without a route is absent."""

RouteNames = Mapping[Channel, Sequence[str]]
"""The same by name alone, for those who only look."""
