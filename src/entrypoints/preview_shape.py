"""What would become of a campaign, as JSON: the same over HTTP and on the command line."""

from application.sending.preview_bulk import ChannelPreview, Preview
from entrypoints.json_values import JsonObject, instant


def preview_json(preview: Preview) -> JsonObject:
    """Return whom a campaign would reach, who not, and why."""
    local = preview.campaign.local
    return {
        "would_get": preview.would_get,
        "notifications": preview.notifications,
        "local_time": None if local is None else local.time.clock,
        "fallback_timezone": None if local is None else local.fallback,
        "channels": [_channel_json(one) for one in preview.channels],
        "unknown_ids": list(preview.unknown_ids),
    }


def _channel_json(one: ChannelPreview) -> JsonObject:
    return {
        "channel": one.channel.value,
        "would_get": one.would_get,
        "on_time": one.on_time,
        "first": instant(one.first),
        "last": instant(one.last),
        "later": [
            {"gate": held.gate, "number": held.number, "first": instant(held.first), "last": instant(held.last)}
            for held in one.later
        ],
        "stopped": [{"gate": out.gate, "reason": out.reason, "number": out.number} for out in one.stopped],
        "no_address": one.no_address,
        "suppressed": one.suppressed,
        "notifications": one.notifications,
        "without_timezone": one.without_timezone,
    }
