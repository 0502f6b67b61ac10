"""The rules that may hold back or stop a notification just before it is sent.

One list serves sending, ``why``, ``decide`` and dry runs. Adding a gate is adding one function and one row of
:data:`GATES`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from types import MappingProxyType
from typing import Final, TypeAlias

from attrs import define, evolve, field, frozen

from domain.channel import Channel
from domain.lifecycle import Event
from domain.notification_type import NotificationType, TypePolicy
from domain.preferences import NO_PREFERENCES, Defaults, Preferences, Wish, wish
from domain.quiet_hours import QuietHours
from domain.recipient import FIELD_OF_CHANNEL
from domain.suppression_reason import SuppressionReason

Suppressed: TypeAlias = Mapping[str, Sequence[SuppressionReason]]
"""Addresses that must not be used for a notification, and why."""

NONE_SUPPRESSED: Final[Suppressed] = MappingProxyType({})


@define(kw_only=True)
class GateContext:
    """What the gates look at; everything was fetched with the claim.

    Nobody changes one; see :class:`domain.claim.Claim`. ``zone`` is that of the recipient; ``capped_days`` has the days
    on which others began that count for the frequency cap, ``quiet_hours`` when the recipient is left alone.
    """

    now: datetime
    channel: Channel
    type: NotificationType
    policy: TypePolicy
    expires_at: datetime
    addresses: tuple[str, ...]
    zone: tzinfo
    topic: str | None = None
    cancel_requested: bool = False
    suppressed: Suppressed = NONE_SUPPRESSED
    preferences: Preferences = NO_PREFERENCES
    defaults: Defaults = ()
    capped_days: Sequence[date] = ()
    quiet_hours: QuietHours | None = field(init=False)

    @property
    def usable(self) -> tuple[str, ...]:
        """Return the addresses that are not suppressed."""
        if not self.suppressed:
            return self.addresses
        return tuple(address for address in self.addresses if address not in self.suppressed)

    @property
    def wish(self) -> Wish:
        """Return whether the recipient wants this notification, and which choice said so."""
        return wish(self.preferences, self.defaults, self.channel, self.type, self.topic)

    @quiet_hours.default
    def _hours_of_the_recipient_or_the_type(self) -> QuietHours | None:
        if not self.policy.respects_quiet_hours:
            return None
        return self.preferences.quiet_hours_among(self.policy.quiet_hours)

    @property
    def today(self) -> date:
        """Return the day that the recipient's calendar shows."""
        return self.now.astimezone(self.zone).date()


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
    if not context.suppressed or context.usable or not context.addresses:
        return _PASS
    reasons = sorted({reason for known in context.suppressed.values() for reason in known})
    return Stop(Event.SUPPRESS, f"the address is suppressed: {', '.join(reasons)}")


def _preference(context: GateContext) -> Verdict:
    if not context.policy.may_opt_out or (context.preferences is NO_PREFERENCES and not context.defaults):
        return _PASS
    found = context.wish
    if found.wanted:
        return _PASS
    assert found.by is not None
    about = found.by.scope
    said = f"the recipient does not want {about}" if found.is_own else f"nobody gets {about} who did not ask for it"
    return Stop(Event.SUPPRESS, said)


def _quiet_hours(context: GateContext) -> Verdict:
    hours = context.quiet_hours
    over_at = None if hours is None else hours.over_at(context.now, context.zone)
    return _PASS if over_at is None else Postpone(over_at, f"quiet hours {hours} in {context.zone}")


def _frequency_cap(context: GateContext) -> Verdict:
    cap = context.policy.frequency_cap
    if cap is None or cap.used(context.capped_days, context.today) < cap.number:
        return _PASS
    return Postpone(cap.free_at(context.now, context.zone), f"the frequency cap {cap} is used up")


Values: TypeAlias = Mapping[str, str | datetime]
"""What a gate looked at, by name, for people."""


def _of_suppression(context: GateContext) -> Values:
    listed = (f"{address} ({', '.join(sorted(why))})" for address, why in sorted(context.suppressed.items()))
    return {"suppressed": ", ".join(listed) or "none"}


def _of_preference(context: GateContext) -> Values:
    if not context.policy.may_opt_out:
        return {"type": f"{context.type} cannot be refused"}
    found = context.wish
    if found.by is None:
        return {"wanted": "yes", "by": "nothing speaks against it"}
    whose = "a choice of the recipient" if found.is_own else "a default"
    return {"wanted": "yes" if found.wanted else "no", "by": f"{whose}: {found.by}"}


def _of_quiet_hours(context: GateContext) -> Values:
    if not context.policy.respects_quiet_hours:
        return {"type": f"{context.type} ignores quiet hours"}
    own = context.preferences.quiet_hours
    whose = "none" if own is None and context.quiet_hours is None else "the type" if own is None else "the recipient"
    return {
        "quiet_hours": str(context.quiet_hours or "none"),
        "of": whose,
        "timezone": str(context.zone),
        "local_time": f"{context.now.astimezone(context.zone):%H:%M}",
    }


def _of_frequency_cap(context: GateContext) -> Values:
    if not context.policy.is_capped:
        return {"type": f"{context.type} is not counted"}
    cap = context.policy.frequency_cap
    if cap is None:
        return {"frequency_cap": "none"}
    used = str(cap.used(context.capped_days, context.today))
    return {"frequency_cap": str(cap), "used": used, "day": str(context.today), "timezone": str(context.zone)}


@frozen(kw_only=True)
class Gate:
    """One rule: what it decides and, for people, the values it looked at.

    One that ``reads_the_clock`` is asked once more at the moment of the hand-over. One that does not concern a type
    lets everything of it pass, and need not be asked.
    """

    name: str
    judge: Callable[[GateContext], Verdict]
    values: Callable[[GateContext], Values]
    reads_the_clock: bool = False
    concerns: Callable[[TypePolicy], bool] = lambda _: True


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
        reads_the_clock=True,
    ),
    Gate(
        name="address",
        judge=_address,
        values=lambda context: {FIELD_OF_CHANNEL[context.channel]: ", ".join(context.addresses) or "none"},
    ),
    Gate(name="suppression", judge=_suppression, values=_of_suppression),
    Gate(
        name="preference",
        judge=_preference,
        values=_of_preference,
        concerns=lambda policy: policy.may_opt_out,
    ),
    Gate(
        name="quiet hours",
        judge=_quiet_hours,
        values=_of_quiet_hours,
        reads_the_clock=True,
        concerns=lambda policy: policy.respects_quiet_hours,
    ),
    Gate(
        name="frequency cap",
        judge=_frequency_cap,
        values=_of_frequency_cap,
        concerns=lambda policy: policy.frequency_cap is not None,
    ),
)
"""Every gate, in the order in which they decide."""

_CLOCK_GATES = tuple(gate for gate in GATES if gate.reads_the_clock)


def gates_for(policy: TypePolicy) -> tuple[Gate, ...]:
    """Return the gates that may say something of a type, in their order."""
    return tuple(gate for gate in GATES if gate.concerns(policy))


def judge(context: GateContext, gates: Sequence[Gate] = GATES) -> Verdict:
    """Return the first verdict that is not a pass, or a pass; *gates* may be those that concern the type alone."""
    for gate in gates:
        verdict = gate.judge(context)
        if verdict is not _PASS:
            return verdict
    return _PASS


def decisive(context: GateContext) -> tuple[str, Verdict]:
    """Return what :func:`judge` says, and the name of the gate that said so; none of a pass."""
    for gate in GATES:
        verdict = gate.judge(context)
        if verdict is not _PASS:
            return gate.name, verdict
    return "", _PASS


def judge_again(context: GateContext, now: datetime) -> Verdict:
    """Return what the gates that read the clock say *now* of a notification that had passed them all before."""
    if now < context.expires_at and context.quiet_hours is None:  # of most, and there are many
        return _PASS
    return judge(evolve(context, now=now), _CLOCK_GATES)


@frozen(kw_only=True)
class GateFinding:
    """What one gate says of a context, with the values it used."""

    gate: str
    verdict: Verdict
    values: Values


def explain(context: GateContext) -> tuple[GateFinding, ...]:
    """Return what every gate says, in order, for people who ask why."""
    return tuple(
        GateFinding(gate=gate.name, verdict=gate.judge(context), values=gate.values(context)) for gate in GATES
    )
