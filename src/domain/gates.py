"""The rules that may hold back or stop a notification just before it is sent.

One list serves sending and ``why``. Adding a gate is adding one function and one row of :data:`GATES`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

from attrs import define, frozen

from domain.channel import Channel
from domain.lifecycle import Event
from domain.recipient import FIELD_OF_CHANNEL


@define(kw_only=True)
class GateContext:
    """What the gates look at; everything was fetched with the claim.

    Nobody changes one; see :class:`domain.claim.Claim`.
    """

    now: datetime
    channel: Channel
    expires_at: datetime
    cancel_requested: bool
    addresses: tuple[str, ...]
    suppressed: frozenset[str]

    @property
    def usable(self) -> tuple[str, ...]:
        """Return the addresses that are not suppressed."""
        if not self.suppressed:
            return self.addresses
        return tuple(address for address in self.addresses if address not in self.suppressed)


@frozen
class Pass:
    """Nothing against it."""


@frozen
class Postpone:
    """Not now; ask again at *until*."""

    until: datetime
    reason: str


@frozen
class Stop:
    """Never; *event* is the step of the lifecycle that it takes."""

    event: Event
    reason: str


Verdict: TypeAlias = Pass | Postpone | Stop

_PASS = Pass()


def _cancellation(context: GateContext) -> Verdict:
    return Stop(Event.CANCEL, "cancelled") if context.cancel_requested else _PASS


def _expiry(context: GateContext) -> Verdict:
    if context.now < context.expires_at:
        return _PASS
    return Stop(Event.EXPIRE, f"expired at {context.expires_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z")


def _address(context: GateContext) -> Verdict:
    if context.addresses:
        return _PASS
    return Stop(Event.REJECT, f"the recipient has no {FIELD_OF_CHANNEL[context.channel]} any more")


def _suppression(context: GateContext) -> Verdict:
    if context.usable or not context.addresses:
        return _PASS
    return Stop(Event.SUPPRESS, "the address is suppressed")


@frozen(kw_only=True)
class Gate:
    """One rule: what it decides and, for people, the values it looked at."""

    name: str
    judge: Callable[[GateContext], Verdict]
    values: Callable[[GateContext], Mapping[str, str | datetime]]


GATES: tuple[Gate, ...] = (
    Gate(
        name="cancellation",
        judge=_cancellation,
        values=lambda context: {"cancel_requested": str(context.cancel_requested).lower()},
    ),
    Gate(
        name="expiry",
        judge=_expiry,
        values=lambda context: {"expires_at": context.expires_at, "now": context.now},
    ),
    Gate(
        name="address",
        judge=_address,
        values=lambda context: {FIELD_OF_CHANNEL[context.channel]: ", ".join(context.addresses) or "none"},
    ),
    Gate(
        name="suppression",
        judge=_suppression,
        values=lambda context: {"suppressed": ", ".join(sorted(context.suppressed)) or "none"},
    ),
)
"""Every gate, in the order in which they decide."""


def judge(context: GateContext) -> Verdict:
    """Return the first verdict that is not a pass, or a pass."""
    for gate in GATES:
        verdict = gate.judge(context)
        if verdict is not _PASS and not isinstance(verdict, Pass):
            return verdict
    return _PASS


@frozen(kw_only=True)
class GateFinding:
    """What one gate says of a context, with the values it used."""

    gate: str
    verdict: Verdict
    values: Mapping[str, str | datetime]


def explain(context: GateContext) -> tuple[GateFinding, ...]:
    """Return what every gate says, in order, for people who ask why."""
    return tuple(
        GateFinding(gate=gate.name, verdict=gate.judge(context), values=gate.values(context)) for gate in GATES
    )
