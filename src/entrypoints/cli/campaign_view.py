"""Campaigns as people see them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from domain.campaign import Basis, Campaign, CampaignProgress
from entrypoints.cli.lane_view import print_lanes
from entrypoints.cli.output import print_details, print_table, print_title
from entrypoints.cli.plain_text import shown, span
from entrypoints.wire_format import whole_percent

COLUMNS = ("id", "name", "status", "type", "channels", "send at", "recipients", "considered", "notifications")
NUMBERS = frozenset({"id", "recipients", "considered", "notifications"})
BASES = {
    Basis.RATE: "at the rate of its lanes",
    Basis.PACE: "at the pace so far",
    Basis.DUE: "until the last of them falls due",
}

_MILLISECOND = timedelta(milliseconds=1)


def print_campaign(campaign: Campaign, *more: tuple[str, object]) -> None:
    """Print all that is known of one, and *more*."""
    template = campaign.template
    print_details(
        (
            ("id", campaign.id),
            ("name", campaign.name),
            ("channels", ", ".join(campaign.channels)),
            ("type", campaign.type),
            *([("template", f"{template.name}, version {template.version}")] if template else []),
            ("status", f"{campaign.status}{' (test: reaches no gateway)' * campaign.test}"),
            ("send at", _send_at(campaign)),
            *([("begun at", campaign.send_at)] if campaign.local else []),
            ("expires at", campaign.expires_at),
            ("recipients", campaign.total),
            ("considered", campaign.considered),
            ("notifications", campaign.created),
            ("no address", campaign.no_address),
            ("suppressed", campaign.suppressed),
            *more,
        )
    )


def print_campaigns(campaigns: Iterable[Campaign]) -> None:
    """Print one a line."""
    print_table(
        COLUMNS,
        (
            (
                one.id,
                one.name,
                f"{one.status}{' (test)' * one.test}",
                one.type,
                ", ".join(one.channels),
                one.send_at if one.local is None else one.local.time,
                one.total,
                one.considered,
                one.created,
            )
            for one in campaigns
        ),
        NUMBERS,
        spare=("considered", "type", "send at"),
    )


def print_progress(progress: CampaignProgress, now: datetime) -> None:
    """Print how far one came, how long it takes, how its notifications stand, and its lanes."""
    share, estimate = progress.share_done, progress.estimate(now)
    more = [] if share is None else [("done", f"{whole_percent(share)} %")]
    if estimate is not None:
        left = span(estimate.left // _MILLISECOND)
        more.append(("time left", f"{left}, {BASES[estimate.basis]}"))
    print_campaign(progress.campaign, *more)
    standing = [(status, number) for status, number in progress.statuses.items() if number]
    if standing:
        print_title("notifications now")
        print_table(("status", "notifications"), standing, {"notifications"})
    print_title("lanes")
    print_lanes(progress.lanes)


def _send_at(campaign: Campaign) -> str:
    if campaign.local is None:
        return shown(campaign.send_at)
    return f"{campaign.local.time}, {campaign.local.fallback} for those without a timezone"
