"""What a dispatcher does, as structured log events. No address and no body above debug."""

import traceback
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import define, field

from application.ports.clock import Clock
from domain.campaign import Campaign
from domain.claim import Conclusion
from domain.errors import StoreUnavailable

REPEAT_AFTER_S = 60.0
"""A store that stays unavailable is said again so often, and not every time it is tried."""


def _logger() -> Any:
    import structlog  # only where something is logged

    return structlog.get_logger("tocsin.dispatch")


@define(eq=False)
class DispatchLog:
    """Logs what it hears (:class:`application.ports.dispatch_observer.DispatchObserver`).

    What an error says might quote a message, so above debug only its kind and its place are logged.
    """

    clock: Clock
    log: Any = field(factory=_logger)
    _store_failed: tuple[str, float] | None = field(default=None, init=False)

    def concluded(self, conclusions: Sequence[Conclusion]) -> None:
        """Log how many came to what, and each one at debug."""
        self._store_failed = None
        if not conclusions:
            return
        counts = Counter(conclusion.event.value for conclusion in conclusions)
        self.log.info("concluded", total=len(conclusions), **counts)
        self._each("conclusion", conclusions)

    def rescued(self, conclusions: Sequence[Conclusion]) -> None:
        """Log that dispatchers died, and what became of what they held."""
        counts = Counter(conclusion.event.value for conclusion in conclusions)
        self.log.warning("rescued", total=len(conclusions), **counts)
        self._each("rescue", conclusions)

    def advanced(self, campaign: Campaign) -> None:
        """Log the end of a campaign's audience, and each chunk at debug."""
        say = self.log.info if campaign.is_complete else self.log.debug
        say(
            "campaign",
            campaign=campaign.id,
            status=campaign.status.value,
            considered=campaign.considered,
            total=campaign.total,
            created=campaign.created,
        )

    def gateway_rests(self, gateway: str, until: datetime, reason: str) -> None:
        """Log that a gateway is not used for a while."""
        self.log.warning("gateway_rests", gateway=gateway, until=until.isoformat(), reason=reason)

    def sender_failed(self, gateway: str, error: Exception) -> None:
        """Log the kind and the place of a sender's bug, and all of it at debug."""
        self.log.error("sender_failed", gateway=gateway, **_kind_and_place(error))
        self.log.debug("sender_failure", gateway=gateway, exc_info=error)

    def store_failed(self, error: StoreUnavailable) -> None:
        """Log that the store cannot be used; the same again only once a minute."""
        now_s = self.clock.elapsed_s()
        said = str(error)
        if self._store_failed is not None:
            before, at_s = self._store_failed
            if said == before and now_s - at_s < REPEAT_AFTER_S:
                return
        self._store_failed = (said, now_s)
        self.log.warning("store_unavailable", error=said)

    def crashed(self, error: Exception) -> None:
        """Log that the dispatcher itself ended with a bug."""
        self.log.critical("dispatcher_crashed", **_kind_and_place(error))
        self.log.debug("dispatcher_crash", exc_info=error)

    def _each(self, event: str, conclusions: Sequence[Conclusion]) -> None:
        for conclusion in conclusions:
            self.log.debug(
                event,
                notification=conclusion.notification_id,
                fence=conclusion.fence,
                what=conclusion.event.value,
                status=conclusion.status.value,
                reason=conclusion.reason,
            )


def _kind_and_place(error: Exception) -> dict[str, str]:
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno} in {frames[-1].name}" if frames else "unknown"
    return {"error": type(error).__name__, "place": place}
