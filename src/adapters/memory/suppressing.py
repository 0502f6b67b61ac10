"""Taking addresses out of use, within a transaction."""

from attrs import evolve

from adapters.memory.state import MemoryState
from domain.channel import Channel
from domain.receipt import LIFTED_BY_THE_PERSON
from domain.suppression import Suppression

DEVICES = frozenset({Channel.PUSH, Channel.WEB_PUSH})
"""The channels whose dead addresses leave their recipient; those of the others are suppressed."""


def suppress(state: MemoryState, suppression: Suppression, recipient_id: str | None = None) -> None:
    """Take the address of *suppression* out of use.

    A dead device leaves the recipient it was sent to; any other address, and a device of which nobody says to whom it
    was sent, goes to the list. Of two for the same reason the first stays, but of opt-outs the later one.
    """
    if suppression.channel in DEVICES and recipient_id is not None:
        recipient = state.recipients[recipient_id]
        state.recipients[recipient_id] = recipient.without(suppression.channel, suppression.address)
        return
    name = suppression.name
    key = name.channel, name.address, name.reason
    known = state.suppressions.get(key)
    if known is None or (suppression.at > known.at and name.reason in LIFTED_BY_THE_PERSON):
        state.suppressions[key] = evolve(suppression, address=name.address)
