"""What Tocsin answers, as JSON Schema, by name."""

from collections.abc import Mapping
from types import MappingProxyType

from application.ports.report_repository import Grouping
from domain.campaign import Basis
from domain.channel import Channel
from domain.lane import LaneState
from domain.lifecycle import Status
from domain.notification_type import NotificationType
from domain.outcome import NAMES
from domain.suppression_reason import SuppressionReason
from entrypoints.http_api.openapi.operation import JsonSchema
from entrypoints.http_api.openapi.schema_fields import (
    AT,
    CAMPAIGN_FIELDS,
    COUNT,
    DATA,
    ID,
    LATENCY,
    PREFERENCE_CHOICE,
    PREFERENCE_EFFECT,
    QUIET_HOURS,
    RATE,
    RECIPIENT_FIELDS,
    TEMPLATE_ANSWER,
    TEMPLATE_FIELDS,
    TEST,
)
from entrypoints.http_api.openapi.schema_words import (
    listed,
    maybe,
    number,
    page_of,
    ref,
    shape,
    suppression_scope,
    text,
    words,
)

_HEALTH_FIELDS: Mapping[str, JsonSchema] = {
    "gateway": text(),
    "failures": COUNT,
    "unknowns": COUNT,
    "paused_until": maybe(AT),
    "reason": maybe(text()),
}

ANSWERS: Mapping[str, JsonSchema] = MappingProxyType(
    {
        "Notification": shape(
            "One message to one recipient over one channel",
            {
                "id": ID,
                "to": text(),
                "channel": words(Channel),
                "type": words(NotificationType),
                "subject": maybe(text()),
                "body": maybe(text()),
                "html": maybe(text()),
                "data": maybe(DATA),
                "attachments": listed(
                    shape(
                        "A file that goes with it",
                        {"filename": text(), "media_type": text(), "size": number("In bytes", minimum=0)},
                    )
                ),
                **TEMPLATE_FIELDS,
                "topic": maybe(text()),
                "key": maybe(text()),
                "campaign": maybe(ID),
                "test": TEST,
                "status": words(Status),
                "scheduled": {"type": "boolean", "description": "Pending, and its time has not come"},
                "retrying": {"type": "boolean", "description": "Pending, with attempts behind it"},
                "attempts": COUNT,
                "created_at": AT,
                "send_at": AT,
                "next_attempt_at": maybe(AT),
                "expires_at": AT,
                "provider_id": maybe(text()),
                "reason": maybe(text("Why it did not go out")),
            },
        ),
        "Recipient": shape(
            "Who is told, and where; what is not known is null or empty",
            {
                "id": text(),
                **{name: maybe(one) if one["type"] == "string" else one for name, one in RECIPIENT_FIELDS.items()},
            },
        ),
        "Preferences": shape(
            "What a recipient wants to be told, and what follows from it",
            {"choices": listed(PREFERENCE_CHOICE), "quiet_hours": maybe(QUIET_HOURS), "effect": PREFERENCE_EFFECT},
        ),
        "InboxItem": shape(
            "One message of an inbox",
            {
                "id": ID,
                "type": words(NotificationType),
                "subject": maybe(text()),
                "body": maybe(text()),
                "data": maybe(DATA),
                "topic": maybe(text()),
                "at": AT,
                "seen_at": maybe(AT),
                "read_at": maybe(AT),
                "archived_at": maybe(AT),
            },
        ),
        "InboxCounts": shape(
            "How many messages an inbox shows; those put away are in none of the numbers",
            {"total": COUNT, "unseen": COUNT, "unread": COUNT},
        ),
        "InboxMarked": shape(
            "What marking did", {"changed": number("How many messages", minimum=0), "counts": ref("InboxCounts")}
        ),
        "InboxToken": shape("What opens one inbox for a while", {"token": text(), "expires_at": AT}),
        "ReportRow": shape(
            "What happened to the notifications of one group; of a gateway, what its hand-overs led to",
            {
                "group": text(),
                "total": maybe(number("How many there are now; null for a gateway and a day", minimum=0)),
                "pending": maybe(number("How many wait now; null for a gateway and a day", minimum=0)),
                "sending": maybe(number("How many are being sent now; null for a gateway and a day", minimum=0)),
                "created": COUNT,
                "sent": COUNT,
                "delivered": COUNT,
                "unknown": COUNT,
                "failed": COUNT,
                "bounced": number("Of the failed, those that had been sent", minimum=0),
                "opened": number("Notifications that people opened, each once", minimum=0),
                "clicked": number("Notifications in which people followed a link, each once", minimum=0),
                "suppressed": COUNT,
                "expired": COUNT,
                "cancelled": COUNT,
                "retried": number("How often one went back to be tried again", minimum=0),
                "attempts": number("How often a message was given to a gateway", minimum=0),
                "outcomes": shape("These by their outcome", dict.fromkeys(NAMES.values(), COUNT)),
                "rates": shape(
                    "The share of each among all that ended and was not cancelled; what receipts told, of the sent",
                    dict.fromkeys(
                        (
                            *("sent", "failed", "unknown", "suppressed", "expired"),
                            *("delivered", "bounced", "opened", "clicked"),
                        ),
                        maybe({"type": "number", "minimum": 0}),
                    ),
                ),
                "latency_p50_ms": maybe(LATENCY),
                "latency_p95_ms": maybe(LATENCY),
                "now": maybe(
                    shape(
                        "How many stand in each status now; null for a gateway and a day",
                        {status.value: COUNT for status in Status},
                    )
                ),
            },
        ),
        "Gateway": shape(
            "A gateway, its place in the routes, and its health",
            {
                "name": text(),
                "kind": text(),
                "channels": listed(words(Channel)),
                "rate": maybe({"type": "number", "exclusiveMinimum": 0, "description": "Messages a second"}),
                "failures": COUNT,
                "paused_until": maybe(AT),
                "reason": maybe(text()),
                "scopes": listed(ref("GatewayHealth")),
                "public_key": maybe(text("What browsers subscribe with; null of every kind but web_push")),
            },
        ),
        "Campaign": shape("One content for an audience, and how far it came", CAMPAIGN_FIELDS),
        "CampaignProgress": shape(
            "How far a campaign came, and how its notifications stand now",
            {
                **CAMPAIGN_FIELDS,
                "statuses": shape("How many notifications stand so", {status.value: COUNT for status in Status}),
                "percent": maybe(number("How much of it came to an end", minimum=0, maximum=100)),
                "seconds_left": maybe(number("At least so long until nothing of it waits", minimum=0)),
                "estimated_by": maybe(words(Basis, "What says so: the rate of a lane, the pace so far, the last due")),
                "lanes": listed(ref("Lane")),
            },
        ),
        "CampaignPreview": shape(
            "What would become of a campaign now",
            {
                "would_get": number("How many would get it, on time or later, counted on each channel", minimum=0),
                "notifications": number("How many notifications it would be", minimum=0),
                "local_time": CAMPAIGN_FIELDS["local_time"],
                "fallback_timezone": CAMPAIGN_FIELDS["fallback_timezone"],
                "channels": listed(ref("ChannelPreview")),
                "unknown_ids": listed(text(), description="Of a list, those that name nobody"),
            },
        ),
        "ChannelPreview": shape(
            "What would become of a campaign on one channel",
            {
                "channel": words(Channel),
                "would_get": number("How many would get it, on time or later", minimum=0),
                "on_time": number("How many when it is due", minimum=0),
                "first": maybe(AT),
                "last": maybe(AT),
                "later": listed(
                    shape(
                        "Some whom a gate would put off",
                        {"gate": text(), "number": COUNT, "first": AT, "last": AT},
                    )
                ),
                "stopped": listed(
                    shape("Some who would not get it", {"gate": text(), "reason": text(), "number": COUNT})
                ),
                "no_address": number("Of these, those without an address; they get no notification", minimum=0),
                "suppressed": number("Those with one that must not be used; they get none either", minimum=0),
                "notifications": number("How many it would be, with those that end unsent and say why", minimum=0),
                "without_timezone": number("By local time, how many would get it by the fallback", minimum=0),
            },
        ),
        "Template": shape("One version of a template", TEMPLATE_ANSWER),
        "StoredTemplate": shape(
            "The version that stands",
            {
                **TEMPLATE_ANSWER,
                "to_put_again": listed(text(), description="What has an earlier version of this layout in it"),
            },
        ),
        "TemplateEntry": shape(
            "A template as a list shows it",
            {
                "name": text(),
                "version": number("The latest", minimum=1),
                "created_at": AT,
                "variables": listed(text()),
                "locales": {
                    "type": "object",
                    "description": "By channel, the locales that it has a text for; null for everybody else",
                    "additionalProperties": listed(maybe(text())),
                },
                "is_layout": {"type": "boolean"},
                "layout": maybe(text()),
                "layout_behind": {"type": "boolean", "description": "The layout has a later version than it has in it"},
            },
        ),
        "TemplatePreview": shape(
            "What somebody would get of a template",
            {
                "name": text(),
                "version": number(minimum=1),
                "texts": listed(
                    shape(
                        "What they would get over one channel, or why it cannot be filled in",
                        {
                            "channel": words(Channel),
                            "locale": maybe(text("Whose text it is; null for everybody else's")),
                            "subject": maybe(text()),
                            "body": maybe(text()),
                            "html": maybe(text()),
                            "data": maybe(DATA),
                            "fault": maybe(text()),
                        },
                    )
                ),
            },
        ),
        "Lane": shape(
            "One queue: a channel and a type, or a channel of one campaign",
            {
                "name": text(),
                "channel": words(Channel),
                "type": words(NotificationType),
                "campaign": maybe(ID),
                "test": TEST,
                "state": words(LaneState),
                "rate": maybe(RATE),
                "waiting": COUNT,
                "sending": COUNT,
                "next_due": maybe(AT),
            },
        ),
        "Suppression": shape(
            "An address that must not be used, one reason why, and for what",
            {
                "channel": words(Channel),
                "address": text(),
                "reason": words(SuppressionReason),
                "scope": suppression_scope("What it must not be used for: everything, a type or a topic"),
                "detail": maybe(text("The provider's words, or those of whoever added it")),
                "at": AT,
            },
        ),
        "SuppressionRemoval": shape(
            "What no longer stands against an address, and what still does; with nothing left it may be used again",
            {"removed": listed(ref("Suppression")), "left": listed(ref("Suppression"))},
        ),
        "GatewayHealth": shape("The health of one gateway", _HEALTH_FIELDS),
        "Health": shape("How the process is", {"status": text(enum=["ok"])}),
        "Problem": shape(
            "What went wrong (RFC 9457)",
            {
                "type": text("What kind of problem it is", format="uri-reference"),
                "title": text(),
                "status": number(minimum=400, maximum=599),
                "detail": text("This time"),
                "errors": listed(
                    shape("One wrong field", {"field": text("As the caller spells it"), "message": text()}),
                ),
            },
        ),
        "RefusedItem": shape("An item that was not taken", {"error": ref("Problem")}),
        "AcceptedItem": shape("An item that was accepted", {"id": ID, "status": words(Status)}),
        "StoredItem": shape("A recipient that was stored", {"id": text()}),
    }
)
"""What Tocsin answers."""

PAGES: Mapping[str, JsonSchema] = MappingProxyType(
    {
        "Notifications": page_of("Notification", "Notifications, the newest first"),
        "Recipients": page_of("Recipient", "Recipients by id"),
        "InboxItems": page_of(
            "InboxItem", "Messages of an inbox, the newest first, and how many it has", counts=ref("InboxCounts")
        ),
        "ReportRows": page_of("ReportRow", "The rows of a report"),
        "Gateways": page_of("Gateway", "Gateways in the order of the configuration"),
        "Campaigns": page_of("Campaign", "Campaigns, the newest first"),
        "Templates": page_of("TemplateEntry", "Templates by name"),
        "Suppressions": page_of("Suppression", "Suppressions by channel, address, reason and scope"),
        "Lanes": page_of("Lane", "The standing lanes, then those of campaigns"),
    }
)
"""Lists."""


GROUPINGS = words(Grouping, "Without it, there is one row for all")
