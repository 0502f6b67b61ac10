"""Lanes: the claimable queues."""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import frozen

from domain.channel import Channel
from domain.errors import Conflict, FieldError, NotFound
from domain.lifecycle import Status
from domain.notification_type import NotificationType

RATE_MAX: Final = 1_000_000.0
"""The fastest pace that can be asked for, in notifications a second."""

SPAN_MIN_S: Final = 1.0
"""A pace that was measured for less long says nothing, in seconds."""

_NAME = re.compile(r"([a-z_]{1,20})/([a-z]{1,20})(?:/campaign-([1-9][0-9]{0,17}))?(/test)?\Z")


class LaneState(StrEnum):
    """Whether a lane is claimed from."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


@frozen(kw_only=True)
class Lane:
    """One claimable queue: a channel and a type, or a channel of one campaign.

    The unit of priority, pause, pace and fairness. ``rate`` is in notifications a second, None for no limit. What was
    asked for with a test key has lanes of its own (``test``), of which nothing reaches a gateway.
    """

    id: int
    channel: Channel
    type: NotificationType
    campaign_id: int | None = None
    state: LaneState = LaneState.OPEN
    rate: float | None = None
    test: bool = False

    @property
    def name(self) -> str:
        """Return what people call this lane, such as ``email/promotional/campaign-7``."""
        return str(LaneName(self.channel, self.type, self.campaign_id, self.test))

    def require_steerable(self) -> None:
        """Refuse what nobody can do with a lane that was closed for good.

        :raises Conflict: it was.
        """
        if self.state is LaneState.CLOSED:
            raise Conflict(f"the lane {self.name} is closed: its campaign was cancelled")


@frozen
class LaneName:
    """What people call a lane; that of a test ends in ``/test``."""

    channel: Channel
    type: NotificationType
    campaign_id: int | None = None
    test: bool = False

    @classmethod
    def parse(cls, text: str) -> "LaneName":
        """Return the name that *text* spells, such as ``sms/transactional``.

        :raises NotFound: no lane can be called so.
        """
        match = _NAME.match(text)
        if match is None or match[1] not in list(Channel) or match[2] not in list(NotificationType):
            raise NotFound("lane", text)
        campaign_id = int(match[3]) if match[3] else None
        return cls(Channel(match[1]), NotificationType(match[2]), campaign_id, match[4] is not None)

    def __str__(self) -> str:
        campaign = "" if self.campaign_id is None else f"/campaign-{self.campaign_id}"
        return f"{self.channel}/{self.type}{campaign}{'/test' if self.test else ''}"


@frozen(kw_only=True)
class LaneStanding:
    """A lane, and how its notifications stand now.

    ``next_due`` is when the next one that waits falls due, ``last_due`` when the last one does. Of a campaign's lane,
    ``began_at`` is when it was first claimed from since it was started or resumed, and ``ended_before`` how many had
    come to an end by then, withdrawn ones aside.
    """

    lane: Lane
    statuses: Mapping[Status, int]
    next_due: datetime | None = None
    last_due: datetime | None = None
    began_at: datetime | None = None
    ended_before: int = 0

    @property
    def waiting(self) -> int:
        """Return how many wait to be sent."""
        return self.statuses.get(Status.PENDING, 0)

    @property
    def sending(self) -> int:
        """Return how many are being sent."""
        return self.statuses.get(Status.SENDING, 0)

    @property
    def ended(self) -> int:
        """Return how many neither wait nor are being sent."""
        return sum(self.statuses.values()) - self.waiting - self.sending

    def pace(self, now: datetime) -> float | None:
        """Return how many came to an end in a second since it began, withdrawn ones aside; None if nobody can say."""
        if self.began_at is None:
            return None
        ended = self.ended - self.statuses.get(Status.CANCELLED, 0) - self.ended_before
        span_s = (now - self.began_at).total_seconds()
        return ended / span_s if ended > 0 and span_s >= SPAN_MIN_S else None


def rate_problems(rate: float | None) -> list[FieldError]:
    """Return what is wrong with a pace in notifications a second; None stands for no limit."""
    if rate is None or 0 < rate <= RATE_MAX:
        return []
    return [FieldError("rate", f"must be more than 0 and at most {RATE_MAX:.0f} a second")]
