"""Claims, rules and moments for the tests of what follows an attempt."""

from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import evolve

from domain.channel import Channel
from domain.claim import Claim, LostClaim, Rules
from domain.frequency_cap import FrequencyCap
from domain.hand_over import HandOver
from domain.notification_type import TYPE_POLICIES, NotificationType
from domain.outcome import Outcome, name_of
from domain.recipient import Recipient
from domain.retry_policy import RetryPolicy

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BUDGET = 3
RESEND = Rules(policy=TYPE_POLICIES[NotificationType.TRANSACTIONAL], retry=RetryPolicy(attempts_max=BUDGET))
HOLD = Rules(policy=TYPE_POLICIES[NotificationType.PROMOTIONAL], retry=RetryPolicy(attempts_max=BUDGET))
CAPPED = Rules(
    policy=evolve(TYPE_POLICIES[NotificationType.INFORMATIONAL], frequency_cap=FrequencyCap.parse("1/day")),
    retry=RESEND.retry,
)
HARMLESS = Rules(policy=HOLD.policy, retry=HOLD.retry, harmless=True)


def a_claim(**changes: Any) -> Claim:
    fields: dict[str, Any] = {
        "notification_id": 7,
        "fence": 4,
        "attempts": 1,
        "losses": 0,
        "channel": Channel.PUSH,
        "type": NotificationType.TRANSACTIONAL,
        "recipient": Recipient(id="ada", push_tokens=("one", "two")),
        "recipient_number": 1,
        "content_id": 1,
        "expires_at": NOW + timedelta(days=1),
    }
    return Claim(**{**fields, **changes})


def a_lost_claim(**changes: Any) -> LostClaim:
    fields: dict[str, Any] = {
        "notification_id": 7,
        "fence": 4,
        "attempts": 1,
        "losses": 0,
        "channel": Channel.PUSH,
        "type": NotificationType.TRANSACTIONAL,
        "expires_at": NOW + timedelta(days=1),
        "begun": True,
        "owner_is_dead": True,
    }
    return LostClaim(**{**fields, **changes})


def a_hand_over(outcome: Outcome) -> HandOver:
    return HandOver(
        notification_id=7, fence=4, attempt=1, gateway="fcm", address="one", outcome=name_of(outcome), at=NOW
    )
