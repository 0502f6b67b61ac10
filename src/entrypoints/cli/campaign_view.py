"""Campaigns as people see them."""

from application.sending.bulk import Preview
from domain.campaign import Campaign
from entrypoints.cli.output import print_details, print_table
from entrypoints.wire_format import JsonObject, reach_json

REACH_COLUMNS = ("channel", "would get it", "no address", "suppressed")


def print_campaign(campaign: Campaign) -> None:
    """Print all that is known of one."""
    print_details(
        (
            ("id", campaign.id),
            ("name", campaign.name),
            ("channels", ", ".join(campaign.channels)),
            ("type", campaign.type),
            ("status", campaign.status),
            ("send at", campaign.send_at),
            ("expires at", campaign.expires_at),
            ("recipients", campaign.total),
            ("notifications", campaign.created),
            ("no address", campaign.no_address),
            ("suppressed", campaign.suppressed),
        )
    )


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
