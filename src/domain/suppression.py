"""Addresses that must not be used any more, and why."""

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from domain.channel import Channel


class SuppressionReason(StrEnum):
    """Why an address is out of use."""

    UNREACHABLE = "unreachable"  # a provider said so of the address: hard bounce, invalid, gone
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    STOP = "stop"
    MANUAL = "manual"


@frozen(kw_only=True)
class Suppression:
    """One address of one channel that must not be used. ``detail`` has the provider's words."""

    channel: Channel
    address: str
    reason: SuppressionReason
    at: datetime
    detail: str | None = None


def suppression_key(channel: Channel, address: str) -> str:
    """Return *address* as the list of suppressions knows it: mail addresses without regard to case."""
    return address.lower() if channel is Channel.EMAIL else address
