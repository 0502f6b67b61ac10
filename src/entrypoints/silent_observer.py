"""For a dispatcher that nobody listens to."""

from collections.abc import Sequence
from datetime import datetime

from domain.campaign import Campaign
from domain.claim import Conclusion
from domain.errors import StoreUnavailable


class SilentObserver:
    """Hears everything and says nothing (:class:`application.ports.dispatch_observer.DispatchObserver`)."""

    def concluded(self, conclusions: Sequence[Conclusion]) -> None:
        """Say nothing."""

    def rescued(self, conclusions: Sequence[Conclusion]) -> None:
        """Say nothing."""

    def advanced(self, campaign: Campaign) -> None:
        """Say nothing."""

    def gateway_rests(self, gateway: str, until: datetime, reason: str) -> None:
        """Say nothing."""

    def sender_failed(self, gateway: str, error: Exception) -> None:
        """Say nothing."""

    def store_failed(self, error: StoreUnavailable) -> None:
        """Say nothing."""
