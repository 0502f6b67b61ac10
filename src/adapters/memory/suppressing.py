"""Taking addresses out of use, within a transaction."""

from attrs import evolve

from adapters.memory.state import MemoryState
from domain.channel import Channel
from domain.suppression import STRENGTH, Suppression, suppression_key

DEVICES = frozenset({Channel.PUSH, Channel.WEB_PUSH})
"""The channels whose dead addresses leave their recipient; those of the others are suppressed."""


def suppress(state: MemoryState, suppression: Suppression, recipient_id: str | None = None) -> None:
    """Take the address of *suppression* out of use.

    A dead device leaves the recipient it was sent to; any other address, and a device of which nobody says to whom it
    was sent, goes to the list. A stronger reason takes the place of a weaker one; of two alike the first stays.
    """
    if suppression.channel in DEVICES and recipient_id is not None:
        recipient = state.recipients[recipient_id]
        state.recipients[recipient_id] = recipient.without(suppression.channel, suppression.address)
        return
    key = suppression.channel, suppression_key(suppression.channel, suppression.address)
    earlier = state.suppressions.get(key)
    if earlier is None or STRENGTH[suppression.reason] > STRENGTH[earlier.reason]:
        state.suppressions[key] = evolve(suppression, address=suppression.name.address)
