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


EVERY_REASON = frozenset(SuppressionReason)

BY_THE_PERSON = frozenset({SuppressionReason.COMPLAINT, SuppressionReason.UNSUBSCRIBE, SuppressionReason.STOP})
"""What the person behind the address decided; a type may be spared by it (``TypePolicy.complaint_spares``)."""


@frozen(kw_only=True)
class Suppression:
    """One address of one channel that must not be used, and one reason why; it may have others beside it.

    ``detail`` has the provider's words.
    """

    channel: Channel
    address: str
    reason: SuppressionReason
    at: datetime
    detail: str | None = None

    @property
    def name(self) -> "SuppressionName":
        """Return what names it."""
        return SuppressionName(self.channel, suppression_key(self.channel, self.address), self.reason)


@frozen
class SuppressionName:
    """What names a suppression: its channel, the address as the list has it, and its reason.

    As text ``email/ada@example.com/stop``.
    """

    channel: Channel
    address: str
    reason: SuppressionReason

    @classmethod
    def parse(cls, text: str) -> "SuppressionName":
        """Return what *text* names; an address may have slashes of its own.

        :raises ValueError: it does not begin with a channel and a slash, or not end with a slash and a reason.
        """
        channel, _, rest = text.partition("/")
        address, slash, reason = rest.rpartition("/")
        if not slash or channel not in list(Channel) or reason not in list(SuppressionReason):
            raise ValueError("must be a channel, an address and a reason, such as email/ada@example.com/stop")
        return cls(Channel(channel), address, SuppressionReason(reason))

    def __str__(self) -> str:
        return f"{self.channel}/{self.address}/{self.reason}"


def opt_out_reason(channel: Channel) -> SuppressionReason:
    """Return what it is called that a person wants no more messages over *channel*."""
    return SuppressionReason.STOP if channel is Channel.SMS else SuppressionReason.UNSUBSCRIBE


def suppression_key(channel: Channel, address: str) -> str:
    """Return *address* as the list of suppressions knows it: mail addresses without regard to case."""
    return address.lower() if channel is Channel.EMAIL else address
