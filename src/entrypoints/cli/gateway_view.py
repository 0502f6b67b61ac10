"""Gateways as people see them."""

from datetime import datetime

from domain.gateway_health import UNTIL_RESUMED, GatewayHealth
from entrypoints.cli.plain_text import shown


def standing(health: GatewayHealth, now: datetime) -> str:
    """Return how a gateway is, in a few words."""
    if health.paused_until == UNTIL_RESUMED:
        return "rests until it is resumed"
    if not health.is_usable(now):
        return f"rests until {shown(health.paused_until)}"
    if health.is_down:
        return "failed last; the next message is a probe"
    return "ok"
