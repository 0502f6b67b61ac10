"""What all dispatchers together know of the gateways."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from domain.gateway_health import GatewayHealth
from domain.outcome import Outcome


class GatewayRepository(Protocol):
    """Stores the health and the pace of gateways. Each method is one transaction; called from several threads.

    Every method may raise StoreUnavailable; then nothing of the call was written.
    """

    def health(self) -> Mapping[str, GatewayHealth]:
        """Return what is known of each gateway by name; one that never failed may be missing."""
        ...

    def observe(self, gateway: str, outcome: Outcome, now: datetime, culprit: int | None = None) -> GatewayHealth:
        """Record how a call ended and return the health after it (:meth:`GatewayHealth.observe`).

        *culprit* is the notification that met *outcome*.
        """
        ...

    def take(self, gateway: str, rate: float, wanted: int, now: datetime) -> int:
        """Return how many of *wanted* messages the pace of *rate* a second allows now, and count them as used.

        For what is passed on to another gateway; a claim takes the tokens of its own gateway itself.
        """
        ...

    def probe(self, gateway: str, now: datetime, until: datetime) -> bool:
        """Say whether a message may probe *gateway* now (:meth:`GatewayHealth.admits`); then it is under way *until*.

        For the scopes of a gateway; a claim does the same for the gateway itself.
        """
        ...

    def rest(self, gateways: Sequence[str], until: datetime | None, reason: str | None) -> None:
        """Let *gateways* rest until *until* by hand; None wakes them."""
        ...
