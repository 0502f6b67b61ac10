"""The type table: everything that differs between transactional, informational and promotional."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from attrs import frozen

from domain.channel import Channel
from domain.frequency_cap import FrequencyCap
from domain.quiet_hours import QuietHours
from domain.suppression_reason import BY_THE_PERSON, SuppressionReason


class NotificationType(StrEnum):
    """Why a person is told. The value is the word used everywhere outside."""

    TRANSACTIONAL = "transactional"
    INFORMATIONAL = "informational"
    PROMOTIONAL = "promotional"


class LostAnswer(StrEnum):
    """What follows when nobody knows whether a message went out."""

    RESEND = "resend"  # at least once
    HOLD = "hold"  # at most once


@frozen(kw_only=True)
class TypePolicy:
    """One column of the type table.

    ``priority`` 0 goes first. ``complaint_spares`` names the channels on which the type goes on after a complaint,
    an unsubscribe or a STOP. ``time_to_live`` counts from ``send_at`` and applies where no expiry is given.
    ``quiet_hours`` are for those who have none of their own, and only for a type that respects them; a
    ``frequency_cap`` only for one that is capped.
    """

    priority: int
    may_opt_out: bool
    complaint_spares: frozenset[Channel]
    respects_quiet_hours: bool
    is_capped: bool
    unsubscribe_headers: bool
    lost_answer: LostAnswer
    time_to_live: timedelta
    quiet_hours: QuietHours | None = None
    frequency_cap: FrequencyCap | None = None

    def __attrs_post_init__(self) -> None:
        assert self.respects_quiet_hours or self.quiet_hours is None, "quiet hours of a type that ignores them"
        assert self.is_capped or self.frequency_cap is None, "a frequency cap for a type that is not counted"

    def stopped_by(self, channel: Channel) -> frozenset[SuppressionReason]:
        """Return the reasons for which a suppressed address of *channel* must not be used for this type."""
        every = frozenset(SuppressionReason)
        return every - BY_THE_PERSON if channel in self.complaint_spares else every


TypePolicies = Mapping[NotificationType, TypePolicy]

TYPE_POLICIES: TypePolicies = MappingProxyType(
    {
        NotificationType.TRANSACTIONAL: TypePolicy(
            priority=0,
            may_opt_out=False,
            complaint_spares=frozenset({Channel.EMAIL}),
            respects_quiet_hours=False,
            is_capped=False,
            unsubscribe_headers=False,
            lost_answer=LostAnswer.RESEND,
            time_to_live=timedelta(days=1),
        ),
        NotificationType.INFORMATIONAL: TypePolicy(
            priority=1,
            may_opt_out=True,
            complaint_spares=frozenset(),
            respects_quiet_hours=True,
            is_capped=True,
            unsubscribe_headers=True,
            lost_answer=LostAnswer.RESEND,
            time_to_live=timedelta(days=3),
        ),
        NotificationType.PROMOTIONAL: TypePolicy(
            priority=2,
            may_opt_out=True,
            complaint_spares=frozenset(),
            respects_quiet_hours=True,
            is_capped=True,
            unsubscribe_headers=True,
            lost_answer=LostAnswer.HOLD,
            time_to_live=timedelta(days=7),
        ),
    }
)
"""The defaults; an operator may override a cell in the configuration."""
