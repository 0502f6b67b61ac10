"""What people hear while a dispatcher runs, and at its end."""

import traceback
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import click
from attrs import define, field

from application.sending.dispatch_run import DispatchSummary
from domain.campaign import Campaign, CampaignStatus
from domain.claim import Conclusion
from domain.errors import StoreUnavailable
from domain.lane import LaneStanding, LaneState
from domain.lifecycle import Event
from entrypoints.cli.lane_view import how_to_resume
from entrypoints.cli.output import print_table
from entrypoints.cli.plain_text import counted, shown, visible
from entrypoints.cli.progress import Advance
from entrypoints.cli.session import Session
from entrypoints.json_values import JsonObject, instant

WORDS: Mapping[Event, str] = MappingProxyType(
    {
        Event.ACCEPT: "sent",
        Event.DEFER: "deferred",
        Event.POSTPONE: "postponed",
        Event.REJECT: "failed",
        Event.LOSE: "unknown",
        Event.SUPPRESS: "suppressed",
        Event.EXPIRE: "expired",
        Event.CANCEL: "cancelled",
    }
)
"""How an attempt can end, as people say it."""


@define(eq=False)
class DispatchNotes:
    """Says in sentences what a person at the terminal wants to know (:class:`DispatchObserver`)."""

    session: Session
    advance: Advance
    _concluded: int = field(default=0, init=False)
    _has_store_failed: bool = field(default=False, init=False)

    def concluded(self, conclusions: Sequence[Conclusion]) -> None:
        """Move the bar."""
        self._concluded += len(conclusions)
        self._has_store_failed = False
        self.advance(self._concluded, None)

    def rescued(self, conclusions: Sequence[Conclusion]) -> None:
        """Say that a dispatcher had died."""
        self.session.note(f"rescued {counted(len(conclusions), 'notification')} of a dispatcher that died")

    def advanced(self, campaign: Campaign) -> None:
        """Say when a campaign that was begun elsewhere is complete."""
        if campaign.status is CampaignStatus.FINISHED:
            self.session.note(f"campaign {campaign.id}: {counted(campaign.created, 'notification')} written")

    def gateway_rests(self, gateway: str, until: datetime, reason: str) -> None:
        """Say that a gateway is not used for a while."""
        self.session.note(f"{gateway} rests until {shown(until)}: {visible(reason)}")

    def sender_failed(self, gateway: str, error: Exception) -> None:
        """Say that a sender has a bug, and where; not its text, which may hold an address."""
        frames = traceback.extract_tb(error.__traceback__)
        where = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
        kind = type(error).__name__
        click.echo(f"error: the gateway {gateway} raised {kind}{where}, which is a bug of its own", err=True)

    def store_failed(self, error: StoreUnavailable) -> None:
        """Say once that the store cannot be used."""
        if not self._has_store_failed:
            self._has_store_failed = True
            self.session.note(f"the store cannot be used, trying again: {visible(str(error))}")


def paused_lanes(standings: Iterable[LaneStanding]) -> list[str]:
    """Return a sentence for each lane that is paused and has something to send."""
    return [
        f"{counted(one.waiting, 'notification')} wait{'s' if one.waiting == 1 else ''} in the paused lane "
        f"{one.lane.name}; {how_to_resume(one.lane)}"
        for one in standings
        if one.lane.state is LaneState.PAUSED and one.waiting
    ]


def summary_json(summary: DispatchSummary) -> JsonObject:
    """Return what a run did."""
    return {
        **{word: summary.events.get(event, 0) for event, word in WORDS.items()},
        "rescued": summary.rescued,
        "left_behind": list(summary.left_behind),
        "waiting": summary.waiting,
        "waiting_until": instant(summary.waiting_until),
        "next_due": instant(summary.next_due),
    }


def print_summary(summary: DispatchSummary) -> None:
    """Print what a run did, and when there is more to do."""
    rows = [(word, summary.events[event]) for event, word in WORDS.items() if summary.events.get(event)]
    if rows:
        print_table(("outcome", "notifications"), rows, numbers={"notifications"})
    else:
        click.echo("nothing was due")
    if summary.waiting_until is not None:
        wait = f"{counted(summary.waiting, 'notification')} wait{'s' if summary.waiting == 1 else ''}"
        until = f"{'' if summary.waiting == 1 else ', the next one'} until {shown(summary.waiting_until)}"
        click.echo(f"{wait} for quiet hours or a frequency cap{until}")
    if summary.next_due is not None:
        click.echo(f"next due: {shown(summary.next_due)}")
