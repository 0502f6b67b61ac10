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
from domain.lifecycle import Event

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
class Outlook:
    """The ``waits`` one after the other; then it goes out ``at`` some moment through ``gateway``, or ends with ``end``.

    Without either, somebody has to resume something first. ``stopped_by`` is the gate that ends it, if it was one.
    """

    waits: Sequence[Wait] = ()
    at: datetime | None = None
    gateway: str | None = None
    end: Stop | None = None
    stopped_by: str | None = None

    @property
    def fate(self) -> Fate:
        """Return it in a word."""
        if self.end is not None:
            return Fate.NEVER
        return Fate.WAITS if self.waits else Fate.SENDS

    def discreet(self) -> "Outlook":
        """Return it without words that are personal."""
        end = self.end
        if end is not None and self.stopped_by is not None:
            reason = in_general(self.stopped_by, end.reason)
            end = evolve(end, reason=f"{_LATE}; {reason}" if end.reason.startswith(_LATE) else reason)
        waits = [evolve(one, reason=in_general(one.gate, one.reason)) for one in self.waits]
        return evolve(self, waits=waits, end=end)

    def sentence(self, now: datetime) -> str:
        """Return it in a sentence that begins with its verb, for somebody who reads it at *now*."""
        return ", then ".join([*(_told(one) for one in self.waits), *self._last(now)])

    def _last(self, now: datetime) -> list[str]:
        if self.end is not None:
            it = "it " if self.end.event is Event.EXPIRE else ""  # as in: it expires before its time comes
            return [f"never goes out, because {it}{self.end.reason}"]
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
            return Outlook(waits=waits, end=verdict, stopped_by=gate)
        wait = _lane_wait(lane) or _gateway_wait(route, context.now)
        if wait is None:
            if isinstance(verdict, Pass):
                return Outlook(waits=waits, at=context.now, gateway=first_usable(route, context.now))
            wait = Wait(until=verdict.until, reason=verdict.reason, gate=gate)
        if wait.until is None:
            return Outlook(waits=[*waits, wait])
        if wait.until >= context.expires_at:
            late = Stop(Event.EXPIRE, f"{_LATE}; {wait.reason}")
            return Outlook(waits=waits, end=late, stopped_by=wait.gate)
        waits.append(wait)
        context = evolve(context, now=wait.until)


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
    return f"waits until {until}, because {wait.reason}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
