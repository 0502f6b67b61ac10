"""Looking at lanes and steering them."""

from collections.abc import Sequence
from typing import Protocol

from domain.lane import LaneName, LaneStanding


class LaneRepository(Protocol):
    """Stores how lanes are steered. Each method is one transaction; called from several threads and processes at once.

    What is changed holds from the next claim on. Every method may raise StoreUnavailable; then nothing of the call was
    written.
    """

    def all(self) -> Sequence[LaneStanding]:
        """Return the standing lanes, then those of campaigns that run, are paused, or have something left to send.

        A standing test lane is left out until it is used.
        """
        ...

    def get(self, name: LaneName) -> LaneStanding:
        """Return one lane.

        :raises NotFound: there is none of this name.
        """
        ...

    def pause(self, name: LaneName) -> LaneStanding:
        """Let nothing be claimed from a lane until it is resumed; pausing twice changes nothing.

        It stays paused when its campaign is paused and resumed.

        :raises NotFound: there is none of this name.
        :raises Conflict: its campaign was cancelled.
        """
        ...

    def resume(self, name: LaneName) -> LaneStanding:
        """Let a lane be claimed from again; resuming twice changes nothing.

        :raises NotFound: there is none of this name.
        :raises Conflict: its campaign was cancelled, or is paused, which keeps its lanes paused.
        """
        ...

    def pace(self, name: LaneName, rate: float | None) -> LaneStanding:
        """Let a lane give no more than *rate* notifications a second; None takes the limit away.

        What its bucket of tokens held stays, as far as the new rate has room for it.

        :raises NotFound: there is none of this name.
        :raises Conflict: its campaign was cancelled.
        """
        ...
