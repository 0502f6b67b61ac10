"""Addresses that must not be used any more, and why."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from attrs import frozen

from domain.channel import Channel


class SuppressionReason(StrEnum):
    """Why an address is out of use."""

    UNREACHABLE = "unreachable"  # a provider said so of the address: hard bounce, invalid, gone
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    STOP = "stop"
    MANUAL = "manual"


STRENGTH: Mapping[SuppressionReason, int] = MappingProxyType(
    {
        SuppressionReason.UNREACHABLE: 4,
        SuppressionReason.MANUAL: 3,
        SuppressionReason.STOP: 2,
        SuppressionReason.COMPLAINT: 1,
        SuppressionReason.UNSUBSCRIBE: 0,
    }
)
"""An address has one reason; a stronger one takes the place of a weaker one, and of two alike the first stays."""

EVERY_REASON = frozenset(SuppressionReason)

BY_THE_PERSON = frozenset({SuppressionReason.COMPLAINT, SuppressionReason.UNSUBSCRIBE, SuppressionReason.STOP})
"""What the person behind the address decided; a type may be spared by it (``TypePolicy.complaint_spares``)."""


@frozen(kw_only=True)
class Suppression:
    """One address of one channel that must not be used. ``detail`` has the provider's words."""

    channel: Channel
    address: str
    reason: SuppressionReason
    at: datetime
    detail: str | None = None

    @property
    def name(self) -> "SuppressedAddress":
        """Return what names it."""
        return SuppressedAddress(self.channel, suppression_key(self.channel, self.address))


@frozen
class SuppressedAddress:
    """What names a suppression: its channel, and the address as the list has it; as text ``email/ada@example.com``."""

    channel: Channel
    address: str

    @classmethod
    def parse(cls, text: str) -> "SuppressedAddress":
        """Return what *text* names.

        :raises ValueError: it does not begin with a channel and a slash.
        """
        word, slash, address = text.partition("/")
        if not slash or word not in list(Channel):
            raise ValueError("must be a channel, a slash and an address, such as email/ada@example.com")
        return cls(Channel(word), address)

    def __str__(self) -> str:
        return f"{self.channel}/{self.address}"


def opt_out_reason(channel: Channel) -> SuppressionReason:
    """Return what it is called that a person wants no more messages over *channel*."""
    return SuppressionReason.STOP if channel is Channel.SMS else SuppressionReason.UNSUBSCRIBE


def suppression_key(channel: Channel, address: str) -> str:
    """Return *address* as the list of suppressions knows it: mail addresses without regard to case."""
    return address.lower() if channel is Channel.EMAIL else address
