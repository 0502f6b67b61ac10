"""Campaigns as people see them."""

from collections.abc import Iterable
from datetime import timedelta

from application.sending.bulk import Preview
from domain.campaign import Campaign, CampaignProgress
from entrypoints.cli.lane_view import print_lanes
from entrypoints.cli.output import print_details, print_table, print_title
from entrypoints.cli.plain_text import span
from entrypoints.json_values import JsonObject
from entrypoints.wire_format import reach_json

COLUMNS = ("id", "name", "status", "type", "channels", "send at", "recipients", "considered", "notifications")
NUMBERS = frozenset({"id", "recipients", "considered", "notifications"})
REACH_COLUMNS = ("channel", "would get it", "no address", "suppressed")

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
            ("send at", campaign.send_at),
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
                one.send_at,
                one.total,
                one.considered,
                one.created,
            )
            for one in campaigns
        ),
        NUMBERS,
        spare=("considered", "type", "send at"),
    )


def print_progress(progress: CampaignProgress) -> None:
    """Print how far one came, how its notifications stand, and its lanes."""
    if progress.time_left is None:
        print_campaign(progress.campaign)
    else:
        print_campaign(progress.campaign, ("at its pace", f"{span(progress.time_left // _MILLISECOND)} left"))
    standing = [(status, number) for status, number in progress.statuses.items() if number]
    if standing:
        print_title("notifications now")
        print_table(("status", "notifications"), standing, {"notifications"})
    print_title("lanes")
    print_lanes(progress.lanes)


def preview_json(preview: Preview) -> JsonObject:
    """Return whom a campaign would reach."""
    return {
        "would_get": preview.would_get,
        "channels": [reach_json(reach) for reach in preview.reach],
        "unknown_ids": list(preview.unknown_ids),
    }


def reach_rows(preview: Preview) -> list[tuple[object, ...]]:
    """Return a row a channel: who would get it, who not and why."""
    return [(reach.channel, reach.would_get, reach.no_address, reach.suppressed) for reach in preview.reach]


def print_preview(preview: Preview) -> None:
    """Print whom a campaign would reach."""
    print_table(REACH_COLUMNS, reach_rows(preview), REACH_COLUMNS[1:])
    if preview.unknown_ids:
        print_table(("ids that name nobody",), [(unknown,) for unknown in preview.unknown_ids])
