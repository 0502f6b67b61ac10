"""Taking addresses out of use, within a transaction."""

from attrs import evolve

from adapters.memory.erased_suppressions import keep_hidden
from adapters.memory.state import MemoryState
from domain.channel import Channel
from domain.receipt import LIFTED_BY_THE_PERSON
from domain.recipient import is_erased
from domain.suppression import Suppression

DEVICES = frozenset({Channel.PUSH, Channel.WEB_PUSH})
"""The channels whose dead addresses leave their recipient; those of the others are suppressed."""


def suppress(state: MemoryState, suppression: Suppression, recipient_id: str | None = None) -> None:
    """Take the address of *suppression* out of use.

    A dead device leaves the recipient it was sent to; any other address, and a device of which nobody says to whom it
    was sent, goes to the list. Of two for the same reason and scope the first stays, but of opt-outs the later one.

    That of somebody who was erased is kept under a keyed hash.
    """
    if recipient_id is not None and is_erased(recipient_id):
        keep_hidden(state, suppression)
        return
    if suppression.channel in DEVICES and recipient_id is not None:
        recipient = state.recipients[recipient_id]
        state.recipients[recipient_id] = recipient.without(suppression.channel, suppression.address)
        return
    name = suppression.name
    listed = state.suppressions.setdefault((name.channel, name.address), {})
    key = name.reason, str(name.scope)
    known = listed.get(key)
    if known is None or (suppression.at > known.at and name.reason in LIFTED_BY_THE_PERSON):
        listed[key] = evolve(suppression, address=name.address)


def lift(state: MemoryState, suppression: Suppression) -> None:
    """Take away one that is on the list."""
    name = suppression.name
    listed = state.suppressions[name.channel, name.address]
    del listed[name.reason, str(name.scope)]
    if not listed:
        del state.suppressions[name.channel, name.address]
