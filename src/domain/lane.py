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
    """A lane, and how its notifications stand now. ``next_due`` is when the next one that waits falls due."""

    lane: Lane
    statuses: Mapping[Status, int]
    next_due: datetime | None = None

    @property
    def waiting(self) -> int:
        """Return how many wait to be sent."""
        return self.statuses.get(Status.PENDING, 0)

    @property
    def sending(self) -> int:
        """Return how many are being sent."""
        return self.statuses.get(Status.SENDING, 0)


def rate_problems(rate: float | None) -> list[FieldError]:
    """Return what is wrong with a pace in notifications a second; None stands for no limit."""
    if rate is None or 0 < rate <= RATE_MAX:
        return []
    return [FieldError("rate", f"must be more than 0 and at most {RATE_MAX:.0f} a second")]
