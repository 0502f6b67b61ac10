"""What the contracts start from: people, messages, claims and answers, all at one moment."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from application.ports.dispatch_queue import Claimed, ClaimRequest
from application.ports.notification_repository import Added
from domain.audience import Audience, Everybody
from domain.campaign import Campaign, NewCampaign
from domain.channel import Channel
from domain.claim import Claim, Conclusion, LostClaim, Rules, conclude, rescue
from domain.content import Content, Markup
from domain.hand_over import HandOver
from domain.lane import Lane
from domain.notification import IdempotencyKey, NewNotification, Notification
from domain.notification_type import TYPE_POLICIES, NotificationType
from domain.outcome import Accepted, Outcome, Unreachable, name_of, reason_of
from domain.recipient import Recipient
from domain.retry_policy import RetryPolicy
from domain.suppression import Suppression
from domain.suppression_reason import EVERY_REASON, SuppressionReason
from tests.contracts.stores import Stores

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
LEASE = timedelta(seconds=120)
PAUSE = timedelta(seconds=10)
RETRY = RetryPolicy(base=30 * SECOND, attempts_max=3)
SPREAD = 1.0
ADVANCES_MAX = 1000

T = TypeVar("T")


def only(items: Iterable[T]) -> T:
    """Return the single one of *items*."""
    (item,) = items
    return item


def a_person(recipient_id: str = "ada", email: str | None = None) -> Recipient:
    return Recipient(id=recipient_id, email=email or f"{recipient_id}@example.com", phone="+14155550100")


def a_key(key: str = "order-1", digest: bytes = b"digest", scope: str = "shop") -> IdempotencyKey:
    return IdempotencyKey(scope=scope, key=key, digest=digest)


def a_message(
    to: str = "ada",
    *,
    channel: Channel = Channel.EMAIL,
    type: NotificationType = NotificationType.TRANSACTIONAL,  # noqa: A002  (the word of the domain)
    body: str = "It is on its way.",
    send_at: datetime = NOW,
    expires_at: datetime = NOW + DAY,
    created_at: datetime = NOW,
    key: IdempotencyKey | None = None,
    test: bool = False,
) -> NewNotification:
    return NewNotification(
        recipient_id=to,
        channel=channel,
        type=type,
        content=Content(subject="Your order", body=body),
        send_at=send_at,
        expires_at=expires_at,
        created_at=created_at,
        key=key,
        test=test,
    )


def a_campaign(
    name: str = "spring",
    audience: Audience | None = None,
    channels: tuple[Channel, ...] = (Channel.EMAIL,),
    rate: float | None = None,
    *,
    test: bool = False,
) -> NewCampaign:
    return NewCampaign(
        name=name,
        channels=channels,
        type=NotificationType.PROMOTIONAL,
        content=Content(subject="Spring", body="Hello {{ recipient.name }}", markup=Markup.JINJA),
        audience=audience or Everybody(),
        send_at=NOW,
        expires_at=NOW + DAY,
        created_at=NOW,
        rate=rate,
        topic="news",
        test=test,
    )


def add(stores: Stores, *batch: NewNotification) -> list[Notification]:
    """Store *batch*, together with the people it is for where they are missing."""
    wanted = {one.recipient_id for one in batch}
    missing = wanted - stores.recipients.get_many(sorted(wanted)).keys()
    stores.recipients.put([a_person(one) for one in sorted(missing)])
    answers = stores.notifications.add(batch)
    added = [one for one in answers if isinstance(one, Added)]
    assert len(added) == len(answers)
    return [one.notification for one in added]


def add_one(stores: Stores, new: NewNotification | None = None) -> Notification:
    """Store one notification; without *new*, an email to Ada that is due now."""
    return only(add(stores, new or a_message()))


def due_lane(stores: Stores, now: datetime = NOW) -> Lane:
    """Return the one lane that has something due."""
    return only(stores.queue.due_lanes(now))


def claim(
    stores: Stores,
    now: datetime = NOW,
    *,
    lane: Lane | None = None,
    owner: int | None = None,
    limit: int = 100,
    lease: timedelta = LEASE,
    gateway: str = "mail",
    rate: float | None = None,
    stopped_by: frozenset[SuppressionReason] = EVERY_REASON,
    capped_since: date | None = None,
) -> Claimed:
    """Claim from *lane*, or from the only one with something due, as a dispatcher that was registered for it."""
    request = ClaimRequest(
        lane=lane or due_lane(stores, now),
        limit=limit,
        owner=stores.queue.register(now) if owner is None else owner,
        now=now,
        lease=lease,
        gateway=gateway,
        rate=rate,
        stopped_by=stopped_by,
        capped_since=capped_since,
    )
    return stores.queue.claim(request)


def claims(stores: Stores, now: datetime = NOW, *, limit: int = 100) -> Sequence[Claim]:
    return claim(stores, now, limit=limit).claims


def claimed(stores: Stores, new: NewNotification | None = None, now: datetime = NOW) -> Claim:
    """Add one notification to an idle store and claim it."""
    add_one(stores, new)
    return only(claims(stores, now))


def rules(one: Claim | LostClaim) -> Rules:
    return Rules(policy=TYPE_POLICIES[one.type], retry=RETRY)


def a_hand_over(one: Claim, outcome: Outcome, at: datetime, gateway: str, address: str) -> HandOver:
    return HandOver(
        notification_id=one.notification_id,
        fence=one.fence,
        attempt=one.attempts,
        gateway=gateway,
        address=address,
        outcome=name_of(outcome),
        at=at,
        duration_ms=12,
        provider_id=outcome.provider_id if isinstance(outcome, Accepted) else None,
        reason=reason_of(outcome),
    )


def answered(one: Claim, outcome: Outcome, at: datetime = NOW, gateway: str = "mail") -> Conclusion:
    """Return what it leads to that *gateway* said *outcome* of every address of a claim."""
    addresses = one.recipient.addresses(one.channel)
    dead = addresses if isinstance(outcome, Unreachable) else ()
    return conclude(
        one,
        outcome,
        at,
        rules(one),
        SPREAD,
        PAUSE,
        hand_overs=[a_hand_over(one, outcome, at, gateway, address) for address in addresses],
        suppressions=[
            Suppression(
                channel=one.channel,
                address=address,
                reason=SuppressionReason.UNREACHABLE,
                at=at,
                detail=reason_of(outcome),
            )
            for address in dead
        ],
    )


def answer(stores: Stores, one: Claim, outcome: Outcome, at: datetime = NOW) -> Notification:
    """Conclude one claim as *outcome* says, and return the notification after it."""
    stores.queue.conclude([answered(one, outcome, at)], at)
    return stores.notifications.get(one.notification_id)


def rescue_all(stores: Stores, now: datetime) -> None:
    """Conclude every lost claim as a rescuing dispatcher does."""
    lost = stores.queue.lost_claims(now, 100)
    stores.queue.conclude([rescue(one, now, rules(one), SPREAD) for one in lost], now)


def suppress(stores: Stores, recipient_id: str, channel: Channel = Channel.EMAIL) -> None:
    """Let the address of a recipient turn out to be dead."""
    add_one(stores, a_message(recipient_id, channel=channel))
    answer(stores, only(claims(stores)), Unreachable("550 no such user"))


def cancel_to_the_end(stores: Stores, campaign_id: int, now: datetime = NOW) -> int:
    """Cancel a campaign until nothing is left to withdraw, and return how much that was."""
    withdrawn = 0
    for _ in range(ADVANCES_MAX):
        some = stores.campaigns.cancel(campaign_id, now)
        if not some:
            return withdrawn
        withdrawn += some
    raise AssertionError(f"a campaign is not withdrawn after {ADVANCES_MAX} chunks")


def advance_to_the_end(stores: Stores, campaign_id: int) -> Campaign:
    """Advance a campaign until no more comes of it."""
    for _ in range(ADVANCES_MAX):
        campaign = stores.campaigns.advance(campaign_id, NOW)
        if campaign.is_complete:
            return campaign
    raise AssertionError(f"a campaign is not through after {ADVANCES_MAX} chunks")
