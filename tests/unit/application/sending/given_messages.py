"""Gateways, messages and calls for the tests of what happens between a claim and an answer."""

from collections.abc import Sequence
from datetime import UTC, timedelta

from attrs import evolve, field, frozen

from application.ports.clock import Clock, Deadline
from application.ports.sender import Gateway, OutboundMessage
from application.sending.attempt import Attempt
from application.sending.ready import Item
from application.sending.sender_pool import SenderCall
from domain.channel import Channel
from domain.claim import Claim, Rules
from domain.content import Content
from domain.gates import GateContext
from domain.notification_type import TYPE_POLICIES, NotificationType
from domain.outcome import Accepted, Outcome
from domain.recipient import Recipient
from domain.retry_policy import RetryPolicy
from tests.unit.application.sending.desk import LEASE, START


@frozen
class Taking:
    """A sender that takes whatever it is given."""

    batch_size: int = 500
    taken: list[int] = field(factory=list)

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
        self.taken.extend(message.notification_id for message in messages)
        return [Accepted()] * len(messages)


def a_gateway(slots: int = 4, batch_size: int = 500, rate: float | None = None) -> Gateway:
    return Gateway(name="mail", kind="own", sender=Taking(batch_size), slots=slots, rate=rate)


def an_item(
    number: int,
    clock: Clock,
    type_: NotificationType = NotificationType.TRANSACTIONAL,
    channel: Channel = Channel.EMAIL,
    within_s: float = LEASE.total_seconds() / 2,
) -> Item:
    """Return notification *number* as it is ready to go, until *within_s* seconds from now."""
    claim = Claim(
        notification_id=number,
        fence=1,
        attempts=1,
        losses=0,
        channel=channel,
        type=type_,
        recipient=Recipient(id=f"p{number}", email=f"p{number}@example.com"),
        recipient_number=1,
        content_id=1,
        expires_at=START + timedelta(days=1),
    )
    message = OutboundMessage(
        notification_id=number,
        fence=1,
        channel=channel,
        type=type_,
        recipient_id=claim.recipient.id,
        address=f"p{number}@example.com",
        content=Content(body="Hello"),
        reference=f"{number}.store",
        expires_at=claim.expires_at,
    )
    rules = Rules(policy=TYPE_POLICIES[type_], retry=RetryPolicy())
    context = GateContext(
        now=START,
        channel=channel,
        type=type_,
        policy=rules.policy,
        expires_at=claim.expires_at,
        addresses=(message.address,),
        zone=UTC,
    )
    return Attempt(claim, rules, context, [message]), message, Deadline.after(within_s, clock)


def a_call(gateway: Gateway, items: Sequence[Item]) -> SenderCall:
    return SenderCall(
        gateway=gateway,
        attempts=[attempt for attempt, _, _ in items],
        messages=[message for _, message, _ in items],
        deadline=items[0][2],
    )


def renamed(gateway: Gateway, name: str) -> Gateway:
    return evolve(gateway, name=name)
