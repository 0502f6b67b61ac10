"""Why an address must not be used any more."""

from enum import StrEnum

from domain.channel import Channel


class SuppressionReason(StrEnum):
    """Why an address is out of use."""

    UNREACHABLE = "unreachable"  # a provider said so of the address: hard bounce, invalid, gone
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    STOP = "stop"
    MANUAL = "manual"


EVERY_REASON = frozenset(SuppressionReason)

BY_THE_PERSON = frozenset({SuppressionReason.COMPLAINT, SuppressionReason.UNSUBSCRIBE, SuppressionReason.STOP})
"""What the person behind the address decided; a type may be spared by it (``TypePolicy.complaint_spares``)."""


def opt_out_reason(channel: Channel) -> SuppressionReason:
    """Return what it is called that a person wants no more messages over *channel*."""
    return SuppressionReason.STOP if channel is Channel.SMS else SuppressionReason.UNSUBSCRIBE
