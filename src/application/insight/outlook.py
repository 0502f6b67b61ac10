"""What would become of a notification that falls due, as far as gates, lane and gateways tell now."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from attrs import evolve, frozen

from application.sending.routing import first_usable
from domain.discretion import in_general
from domain.gates import GateContext, Pass, Stop, decisive
from domain.gateway_health import UNTIL_RESUMED, GatewayHealth
from domain.lane import Lane, LaneState
from domain.lifecycle import Status, after

_SHARED: Final = "frequency cap"
"""The gate at whose next moment others may wait too, and not all of them find a place."""

_LATE: Final = "expires before its time comes"


class Fate(StrEnum):
    """What would become of it."""

    SENDS = "sends"
    WAITS = "waits"
    NEVER = "never"


@frozen(kw_only=True)
class Wait:
    """Until when it waits, and why; *until* None means until somebody resumes what holds it back."""

    until: datetime | None
    reason: str
    gate: str | None = None  # which one said so, if it was a gate


@frozen(kw_only=True)
class End:
    """How it ends without going out, or ended before, and why; ``in_general`` says why without personal words."""

    status: Status
    reason: str
    in_general: str


@frozen(kw_only=True)
class Outlook:
    """The ``waits`` one after the other; then it goes out ``at`` some moment through ``gateway``, or ends with ``end``.

    Without either, somebody has to resume something first. ``stopped_by`` is the gate that ends it, if it was one.
    """

    waits: Sequence[Wait] = ()
    at: datetime | None = None
    gateway: str | None = None
    end: End | None = None
    stopped_by: str | None = None

    @property
    def fate(self) -> Fate:
        """Return it in a word."""
        if self.end is not None:
            return Fate.NEVER
        return Fate.WAITS if self.waits else Fate.SENDS

    def discreet(self) -> "Outlook":
        """Return it without words that are personal."""
        end = self.end and evolve(self.end, reason=self.end.in_general)
        waits = [evolve(one, reason=in_general(one.gate, one.reason)) for one in self.waits]
        return evolve(self, waits=waits, end=end)

    def sentence(self, now: datetime) -> str:
        """Return it in a sentence that begins with its verb, for somebody who reads it at *now*."""
        return ", then ".join([*([self.waiting] if self.waits else []), *self._last(now)])

    @property
    def waiting(self) -> str:
        """Return until when it waits, and why, one after the other; empty if it does not."""
        return ", then ".join(_told(one) for one in self.waits)

    @property
    def obstacle(self) -> str | None:
        """Return why it never goes out, in words that go after "because"; None if it may."""
        if self.end is None:
            return None
        return f"it {self.end.reason}" if self.end.status is Status.EXPIRED else self.end.reason

    def _last(self, now: datetime) -> list[str]:
        if self.obstacle is not None:
            return [f"never goes out, because {self.obstacle}"]
        if self.at is None:
            return []
        when = "" if self.waits else " now" if self.at <= now else f" at {_moment(self.at)}"
        return [f"goes out{when} through {self.gateway}"]


def look_ahead(context: GateContext, lane: Lane, route: Sequence[GatewayHealth]) -> Outlook:
    """Follow it from one moment at which it falls due to the next, until it goes out, ends, or waits for somebody.

    What stops it stops it whatever else it waits for; and of what holds it back, a lane or a gateway comes before the
    gates, because it is not claimed before.
    """
    waits: list[Wait] = []
    while True:
        gate, verdict = decisive(context)
        if isinstance(verdict, Stop):
            return Outlook(waits=waits, end=_stopped(gate, verdict), stopped_by=gate)
        wait = _lane_wait(lane) or _gateway_wait(route, context.now)
        if wait is None:
            if isinstance(verdict, Pass):
                return Outlook(waits=waits, at=context.now, gateway=first_usable(route, context.now))
            wait = Wait(until=verdict.until, reason=verdict.reason, gate=gate)
        if wait.until is None:
            return Outlook(waits=[*waits, wait])
        if wait.until >= context.expires_at:
            return Outlook(waits=waits, end=_too_late(wait), stopped_by=wait.gate)
        waits.append(wait)
        context = evolve(context, now=wait.until)


def _stopped(gate: str, stop: Stop) -> End:
    status = after(Status.SENDING, stop.event)
    return End(status=status, reason=stop.reason, in_general=in_general(gate, stop.reason))


def _too_late(wait: Wait) -> End:
    reason, general = (f"{_LATE}; {why}" for why in (wait.reason, in_general(wait.gate, wait.reason)))
    return End(status=Status.EXPIRED, reason=reason, in_general=general)


def _lane_wait(lane: Lane) -> Wait | None:
    if lane.state is LaneState.OPEN:
        return None
    return Wait(until=None, reason=f"the lane {lane.name} is {lane.state}")


def _gateway_wait(route: Sequence[GatewayHealth], now: datetime) -> Wait | None:
    """Return until when no gateway of *route* is used, if none is now."""
    if first_usable(route, now) is not None:
        return None
    ends = sorted(one.paused_until for one in route if one.paused_until is not None and one.paused_until > now)
    until = next((end for end in ends if end < UNTIL_RESUMED and first_usable(route, end) is not None), None)
    return Wait(until=until, reason="; ".join(f"{one.gateway} rests ({one.reason})" for one in route))


def _told(wait: Wait) -> str:
    until = "somebody resumes it" if wait.until is None else _moment(wait.until)
    at_least = " at the earliest" if wait.gate == _SHARED else ""
    return f"waits until {until}{at_least}, because {wait.reason}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
