"""What a provider says of a message later, and what follows from it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from attrs import evolve, frozen

from domain.channel import Channel
from domain.lifecycle import Event, Status, sources
from domain.suppression_reason import SuppressionReason, opt_out_reason

HARD: Final = 1
"""The strikes of a bounce that says that the address is dead."""

SOFT: Final = 3
"""The strikes of a bounce that may pass: a full mailbox, a phone that is off."""

STRIKES_WITHIN: Final = timedelta(days=7)
"""Bounces that lie further back count no more."""

RAW_MAX: Final = 16_384
"""The most characters that are kept of what the provider sent."""


class ReceiptKind(StrEnum):
    """What a receipt tells."""

    ACCEPTED = "accepted"  # the provider has it
    DEFERRED = "deferred"  # the provider goes on trying
    DELIVERED = "delivered"
    BOUNCED = "bounced"  # it did not arrive, and will not
    OPENED = "opened"
    CLICKED = "clicked"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"  # by the provider's own way out, such as STOP
    RESUBSCRIBED = "resubscribed"  # such as START


@frozen(kw_only=True)
class Receipt:
    """One thing that a provider said.

    ``event_id`` is the provider's name for it, unique within the gateway: what is said twice counts once. ``at`` is
    when it happened. ``echo`` is what we gave the message along (:class:`domain.reference.Reference` as text).
    ``strikes`` is how many such bounces within a week put the address out of use, this one included; None where the
    address is not to blame. ``by_machine`` marks what the provider takes for a scanner and not a person. ``of_address``
    says that it tells of the address alone, and nothing of the message that it names. ``raw`` is what it sent.
    """

    gateway: str
    event_id: str
    kind: ReceiptKind
    channel: Channel
    at: datetime
    echo: str | None = None
    address: str | None = None
    provider_id: str | None = None
    reason: str | None = None
    strikes: int | None = None
    by_machine: bool = False
    of_address: bool = False
    raw: str = ""

    def of_nobody(self) -> "Receipt":
        """Return what is left of this receipt where its person was erased: that it came, from whom and when."""
        return evolve(self, address=None, provider_id=None, reason=None, raw="")

    @property
    def is_about_address(self) -> bool:
        """Say whether it may put an address out of use, or back into use."""
        return self.kind in _ABOUT_ADDRESS or (self.kind is ReceiptKind.BOUNCED and self.strikes is not None)


_ABOUT_ADDRESS = frozenset({ReceiptKind.COMPLAINED, ReceiptKind.UNSUBSCRIBED, ReceiptKind.RESUBSCRIBED})


_ARRIVED = frozenset({ReceiptKind.DELIVERED, ReceiptKind.OPENED, ReceiptKind.CLICKED, ReceiptKind.COMPLAINED})
"""What shows that the message arrived."""


_BOUNCE_WAITS: Final = sources(Event.ACCEPT) - sources(Event.BOUNCE) - {Status.FAILED}
"""Where the message is not known to be out, yet may turn out to be: only then does a bounce say how it ended."""


def step(kind: ReceiptKind, status: Status, *, is_latest: bool, has_bounced: bool = False) -> Event | None:
    """Return the step that a notification standing at *status* takes, or None if it takes none.

    Evidence that it arrived counts from any attempt. That the provider has it, or that it bounced, counts of the latest
    attempt only (*is_latest*), and a bounce only where the message may be out. Once a bounce of that attempt had its
    say (*has_bounced*), it is nothing new that the provider had it: providers tell such things out of order.
    """
    if waits(kind, status, is_latest=is_latest):
        return None
    if kind in _ARRIVED:
        return Event.DELIVER if status in sources(Event.DELIVER) else None
    if not is_latest:
        return None
    if kind is ReceiptKind.ACCEPTED:
        return Event.ACCEPT if status in sources(Event.ACCEPT) and not has_bounced else None
    if kind is ReceiptKind.BOUNCED:
        return Event.BOUNCE if status in sources(Event.BOUNCE) else None
    return None


def waits(kind: ReceiptKind, status: Status, *, is_latest: bool) -> bool:
    """Say whether a receipt is kept until its hand-over is concluded: it came before we recorded the send.

    Else what is sent and delivered would count as delivered alone. A bounce waits on where the message is thought
    unsent, and has its say once it turns out to have been accepted.
    """
    if not is_latest:
        return False
    if kind is ReceiptKind.BOUNCED:
        return status in _BOUNCE_WAITS
    return status is Status.SENDING and (kind is ReceiptKind.ACCEPTED or kind in _ARRIVED)


def address_of(receipt: Receipt, went_to: Sequence[tuple[str, str | None]], present: Sequence[str]) -> str | None:
    """Return the address that *receipt* is about, or None if nobody knows.

    *went_to* are the addresses that the hand-over went to, with the provider's ids; *present* those that the recipient
    has now. The hand-over's comes first, then that of the receipt, then the present one. Of several, the devices of one
    person, only the one counts that the provider's id or the receipt names.
    """
    named = {address for address, provider_id in went_to if provider_id and provider_id == receipt.provider_id}
    known = named or {address for address, _ in went_to}
    if len(known) == 1:
        return known.pop()
    if receipt.address or known:
        return receipt.address
    return present[0] if len(present) == 1 else None


def bounces_beside(at: datetime, others: Sequence[datetime]) -> int:
    """Return how many of *others* lie within :data:`STRIKES_WITHIN` together with a bounce *at*.

    Where there are several such spans the fullest one counts, so that the order in which they are told does not matter.
    """
    near = [one for one in others if abs(one - at) <= STRIKES_WITHIN]
    begins = [at, *(one for one in near if one < at)]
    return max(sum(begin <= one <= begin + STRIKES_WITHIN for one in near) for begin in begins)


def suppression_reason(receipt: Receipt, earlier_bounces: int) -> SuppressionReason | None:
    """Return why the address of *receipt* must not be used any more, or None if it may.

    *earlier_bounces* counts those of the same address that had strikes (:func:`bounces_beside`).
    """
    match receipt.kind:
        case ReceiptKind.BOUNCED if receipt.strikes is not None and earlier_bounces + 1 >= receipt.strikes:
            return SuppressionReason.UNREACHABLE
        case ReceiptKind.COMPLAINED:
            return SuppressionReason.COMPLAINT
        case ReceiptKind.UNSUBSCRIBED:
            return opt_out_reason(receipt.channel)
        case _:
            return None


LIFTED_BY_THE_PERSON: Final = frozenset({SuppressionReason.STOP, SuppressionReason.UNSUBSCRIBE})
"""The suppressions that a RESUBSCRIBED ends. Of two alike the later one stands, so that one in between ends neither."""
