"""Gateways: letting them rest by hand, and waking them."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from attrs import frozen

from application.ports.clock import Clock
from application.ports.gateway_repository import GatewayRepository
from domain.errors import InvalidInput, NotFound
from domain.gateway_health import BY_HAND, UNTIL_RESUMED, GatewayHealth, scopes_of

PAUSE_MIN: Final = timedelta(seconds=1)
PAUSE_MAX: Final = timedelta(days=366)


@frozen(kw_only=True)
class PauseGateway:
    """Let a gateway rest: routes pass it over, and what has no other way waits."""

    configured: Collection[str]
    gateways: GatewayRepository
    clock: Clock

    def __call__(self, name: str, span: timedelta | None = None) -> GatewayHealth:
        """Return the gateway's health after it; without *span* it rests until it is resumed.

        :raises InvalidInput: the span is shorter than a second or longer than a year.
        :raises NotFound: no gateway of this name is configured.
        """
        _require(name, self.configured)
        if span is not None and not PAUSE_MIN <= span <= PAUSE_MAX:
            raise InvalidInput.of("for", "must be between 1s and 366d; leave it out to pause until it is resumed")
        until = UNTIL_RESUMED if span is None else self.clock.now() + span
        self.gateways.rest([name], until, BY_HAND)
        return self.gateways.health()[name]


@frozen(kw_only=True)
class ResumeGateway:
    """Wake a gateway that rests, whoever paused it."""

    configured: Collection[str]
    gateways: GatewayRepository

    def __call__(self, name: str) -> GatewayHealth:
        """Return the gateway's health after it; its failures and those of its scopes are forgotten.

        :raises NotFound: no gateway of this name is configured.
        """
        _require(name, self.configured)
        scopes = [one.gateway for one in scopes_of(name, self.gateways.health())]
        self.gateways.rest([name, *scopes], None, None)
        return self.gateways.health()[name]


def _require(name: str, configured: Collection[str]) -> None:
    if name not in configured:
        raise NotFound("gateway", name, configured)
