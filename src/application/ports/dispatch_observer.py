"""Hearing what a dispatcher does, for progress bars and logs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.campaign import Campaign
from domain.claim import Conclusion
from domain.errors import StoreUnavailable


class DispatchObserver(Protocol):
    """Hears of a dispatcher's work, in its own thread; raises nothing and returns at once."""

    def concluded(self, conclusions: Sequence[Conclusion]) -> None:
        """These were recorded."""
        ...

    def rescued(self, conclusions: Sequence[Conclusion]) -> None:
        """These were taken from dispatchers that died."""
        ...

    def advanced(self, campaign: Campaign) -> None:
        """A campaign came one chunk further."""
        ...

    def gateway_rests(self, gateway: str, until: datetime, reason: str) -> None:
        """A gateway is not used until then."""
        ...

    def sender_failed(self, gateway: str, error: Exception) -> None:
        """A sender raised, which is a bug of its own; its messages count as lost answers."""
        ...

    def store_failed(self, error: StoreUnavailable) -> None:
        """The store could not be used; nothing is sent until it can."""
        ...
