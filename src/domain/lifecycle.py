"""The life of a notification: one table of transitions and one function over it."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from domain.errors import IllegalTransition


class Status(StrEnum):
    """Where a notification stands. "Scheduled" and "retrying" are derived from ``pending``, never stored."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNKNOWN = "unknown"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What can happen to a notification."""

    CLAIM = "claim"
    ACCEPT = "accept"
    DEFER = "defer"  # an attempt was spent
    POSTPONE = "postpone"  # no attempt was spent
    REJECT = "reject"
    LOSE = "lose"
    DELIVER = "deliver"
    BOUNCE = "bounce"
    REVIVE = "revive"
    CANCEL = "cancel"
    EXPIRE = "expire"
    SUPPRESS = "suppress"


TRANSITIONS: Mapping[tuple[Status, Event], Status] = MappingProxyType(
    {
        (Status.PENDING, Event.CLAIM): Status.SENDING,
        (Status.PENDING, Event.CANCEL): Status.CANCELLED,
        (Status.PENDING, Event.EXPIRE): Status.EXPIRED,
        (Status.PENDING, Event.SUPPRESS): Status.SUPPRESSED,
        (Status.SENDING, Event.ACCEPT): Status.SENT,
        (Status.SENDING, Event.DEFER): Status.PENDING,
        (Status.SENDING, Event.POSTPONE): Status.PENDING,
        (Status.SENDING, Event.REJECT): Status.FAILED,
        (Status.SENDING, Event.LOSE): Status.UNKNOWN,
        (Status.SENDING, Event.SUPPRESS): Status.SUPPRESSED,
        (Status.SENDING, Event.EXPIRE): Status.EXPIRED,
        (Status.SENDING, Event.CANCEL): Status.CANCELLED,
        (Status.SENT, Event.DELIVER): Status.DELIVERED,
        (Status.SENT, Event.BOUNCE): Status.FAILED,
        # Proof that comes later settles what nobody knew.
        (Status.UNKNOWN, Event.ACCEPT): Status.SENT,
        (Status.UNKNOWN, Event.BOUNCE): Status.FAILED,
        (Status.UNKNOWN, Event.REJECT): Status.FAILED,
        (Status.UNKNOWN, Event.DEFER): Status.PENDING,
        (Status.UNKNOWN, Event.POSTPONE): Status.PENDING,
        (Status.UNKNOWN, Event.REVIVE): Status.PENDING,
        (Status.FAILED, Event.REVIVE): Status.PENDING,
        # A late success of the current fence: the message did go out, so it must not go out again.
        (Status.PENDING, Event.ACCEPT): Status.SENT,
        (Status.FAILED, Event.ACCEPT): Status.SENT,
        (Status.CANCELLED, Event.ACCEPT): Status.SENT,
        (Status.EXPIRED, Event.ACCEPT): Status.SENT,
        # Evidence that it arrived wins over everything that was believed before.
        (Status.SENDING, Event.DELIVER): Status.DELIVERED,
        (Status.PENDING, Event.DELIVER): Status.DELIVERED,
        (Status.UNKNOWN, Event.DELIVER): Status.DELIVERED,
        (Status.FAILED, Event.DELIVER): Status.DELIVERED,
        (Status.CANCELLED, Event.DELIVER): Status.DELIVERED,
        (Status.EXPIRED, Event.DELIVER): Status.DELIVERED,
    }
)
"""Every legal step; a pair that is not here does not happen."""


def after(status: Status, event: Event) -> Status:
    """Return the status that *event* leads to from *status*.

    :raises IllegalTransition: the lifecycle has no such step.
    """
    try:
        return TRANSITIONS[status, event]
    except KeyError:
        raise IllegalTransition(f"a notification that is {status} cannot {event}") from None


def sources(event: Event) -> frozenset[Status]:
    """Return the statuses from which *event* is a legal step."""
    return frozenset(status for status, known in TRANSITIONS if known is event)
