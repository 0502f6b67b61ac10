"""Lanes: looking at them, pausing and pacing them."""

from collections.abc import Sequence

from attrs import frozen

from application.ports.lane_repository import LaneRepository
from domain.errors import InvalidInput
from domain.lane import LaneName, LaneStanding, rate_problems


@frozen(kw_only=True)
class ListLanes:
    """List the lanes in which something may happen."""

    lanes: LaneRepository

    def __call__(self) -> Sequence[LaneStanding]:
        """Return the standing lanes, then those of campaigns that run, are paused, or have something left to send."""
        return self.lanes.all()


@frozen(kw_only=True)
class PauseLane:
    """Let nothing be claimed from a lane."""

    lanes: LaneRepository

    def __call__(self, name: str) -> LaneStanding:
        """Return the lane after it; what is being sent goes out.

        :raises NotFound: there is no lane of this name.
        :raises Conflict: its campaign was cancelled.
        """
        return self.lanes.pause(LaneName.parse(name))


@frozen(kw_only=True)
class ResumeLane:
    """Let a lane be claimed from again."""

    lanes: LaneRepository

    def __call__(self, name: str) -> LaneStanding:
        """Return the lane after it.

        :raises NotFound: there is no lane of this name.
        :raises Conflict: its campaign is paused or was cancelled.
        """
        return self.lanes.resume(LaneName.parse(name))


@frozen(kw_only=True)
class PaceLane:
    """Let a lane give no more than so many a second."""

    lanes: LaneRepository

    def __call__(self, name: str, rate: float | None) -> LaneStanding:
        """Return the lane after it; *rate* is in notifications a second, None for no limit.

        :raises InvalidInput: the rate is none.
        :raises NotFound: there is no lane of this name.
        :raises Conflict: its campaign was cancelled.
        """
        if wrong := rate_problems(rate):
            raise InvalidInput(wrong)
        return self.lanes.pace(LaneName.parse(name), rate)
