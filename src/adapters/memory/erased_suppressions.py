"""Suppressions of people who were erased: kept under a keyed hash, and put back when an address comes back."""

from collections.abc import Collection
from datetime import datetime
from typing import Final, TypeAlias

from adapters.memory.state import MemoryState
from domain.channel import Channel
from domain.recipient import Recipient
from domain.sealing import seal
from domain.suppression import Suppression, SuppressionScope, suppression_key
from domain.suppression_reason import SuppressionReason

Address: TypeAlias = tuple[Channel, str]
"""A channel, and an address as the list of suppressions has it."""

_PURPOSE: Final = "address of somebody who was erased"
_DIGITS: Final = 64


def addresses_of(recipient: Recipient) -> list[Address]:
    """Return every address of *recipient*."""
    return [
        (channel, suppression_key(channel, address)) for channel in Channel for address in recipient.addresses(channel)
    ]


def hide(state: MemoryState, addresses: Collection[Address]) -> None:
    """Take the suppressions of *addresses* off the list, but for those that a recipient has still."""
    suppressed = [address for address in addresses if address in state.suppressions]
    held = held_of(state) if suppressed else frozenset()
    for address in suppressed:
        if address not in held:
            for one in state.suppressions.pop(address, {}).values():
                keep_hidden(state, one)


def held_of(state: MemoryState) -> frozenset[Address]:
    """Return every address that a recipient has."""
    return frozenset(address for one in state.recipients.values() for address in addresses_of(one))


def keep_hidden(state: MemoryState, suppression: Suppression) -> None:
    """Keep what turned out of the address of somebody who was erased."""
    kept = state.erased_suppressions.setdefault(_digest(state, suppression.channel, suppression.address), {})
    key = suppression.reason, str(suppression.scope)
    kept[key] = max(suppression.at, kept.get(key, suppression.at))


def put_back(state: MemoryState, recipient: Recipient) -> None:
    """Let what is kept of the addresses of *recipient*, who is just stored, stand on the list again."""
    if not state.erased_suppressions:
        return
    for channel, address in addresses_of(recipient):
        for (reason, scope), at in state.erased_suppressions.pop(_digest(state, channel, address), {}).items():
            listed = state.suppressions.setdefault((channel, address), {})
            listed.setdefault(
                (reason, scope),
                Suppression(
                    channel=channel, address=address, reason=reason, at=at, scope=SuppressionScope.parse(scope)
                ),
            )


def lift_hidden(
    state: MemoryState, channel: Channel, address: str, at: datetime, reasons: Collection[SuppressionReason]
) -> None:
    """Let the person behind the address of somebody who was erased come back, as far as they had left until *at*."""
    kept = state.erased_suppressions.get(_digest(state, channel, address), {})
    for reason, scope in [key for key, since in kept.items() if key[0] in reasons and since <= at]:
        del kept[reason, scope]


def _digest(state: MemoryState, channel: Channel, address: str) -> str:
    return seal(state.secret, _PURPOSE, f"{channel}\0{suppression_key(channel, address)}", length=_DIGITS)
