"""The shapes of requests and answers as JSON Schema 2020-12, by name."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from application.inbox.tokens import LIFETIME_MAX
from application.ports.report_repository import Grouping
from application.recipients.checking import LOCALE_MAX, NAME_MAX, PUSH_TOKENS_MAX, WEB_PUSH_MAX
from application.recipients.suppressions import DETAIL_MAX
from application.sending.admission import KEY_MAX, TOPIC_MAX
from application.sending.bulk import NAME_MAX as CAMPAIGN_NAME_MAX
from application.sending.enqueue import BATCH_MAX
from domain.address import EMAIL_MAX, PUSH_TOKEN_MAX, RECIPIENT_ID_MAX
from domain.audience import TEXT_MAX as AUDIENCE_MAX
from domain.campaign import CampaignStatus
from domain.channel import Channel
from domain.content import ATTACHMENTS_MAX, ATTACHMENTS_MAX_BYTES, BODY_MAX_BYTES, SUBJECT_MAX
from domain.lane import RATE_MAX, LaneState
from domain.lifecycle import Status
from domain.notification_type import NotificationType
from domain.outcome import NAMES
from domain.receipt import ReceiptKind
from domain.recipient import ATTRIBUTES_MAX_BYTES
from domain.suppression import SuppressionReason
from domain.template import NAME_PATTERN, VARIABLES_MAX, VARIABLES_MAX_BYTES
from entrypoints.http_api.openapi.operation import JsonSchema
from entrypoints.http_api.reading.strict import ENTRIES_MAX

INSTANT_EXAMPLE = "2026-06-01T09:00:00+02:00"


def ref(name: str) -> JsonSchema:
    """Return a reference to the schema called *name*."""
    return {"$ref": f"#/components/schemas/{name}"}


def text(description: str = "", **limits: Any) -> JsonSchema:
    """Return the schema of a text."""
    return {"type": "string", **({"description": description} if description else {}), **limits}


def words(kind: type[StrEnum], description: str = "") -> JsonSchema:
    """Return the schema of one word of a closed list."""
    return text(description, enum=[word.value for word in kind])


def number(description: str = "", **limits: Any) -> JsonSchema:
    """Return the schema of a whole number."""
    return {"type": "integer", **({"description": description} if description else {}), **limits}


def listed(items: JsonSchema, **limits: Any) -> JsonSchema:
    """Return the schema of a list."""
    return {"type": "array", "items": items, **limits}


def maybe(schema: JsonSchema) -> JsonSchema:
    """Return *schema* where null may stand as well."""
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    nullable = {**schema, "type": [schema["type"], "null"]}
    return {**nullable, "enum": [*schema["enum"], None]} if "enum" in schema else nullable


def shape(description: str, required: Mapping[str, JsonSchema], **optional: JsonSchema) -> JsonSchema:
    """Return the schema of an object that has no other fields than these."""
    return {
        "type": "object",
        "description": description,
        "properties": {**required, **{name: maybe(schema) for name, schema in optional.items()}},
        "required": list(required),
        "additionalProperties": False,
    }


def _time(description: str) -> JsonSchema:
    return text(f"{description}; ISO 8601 with offset", format="date-time", examples=[INSTANT_EXAMPLE])


def page_of(name: str, description: str, **more: JsonSchema) -> JsonSchema:
    """Return the schema of one page of a list."""
    cursor = maybe(text("Where the next page begins: send it as ?after=; null at the end"))
    return shape(description, {"items": listed(ref(name)), "next": cursor, **more})


_AT = text(format="date-time")
_ID = number(minimum=1)
_COUNT = number(minimum=0)
_TEST: JsonSchema = {"type": "boolean", "description": "Asked for with a test key: it reaches no gateway"}
_LATENCY = number("From due to accepted; up to 10 % above the exact value", minimum=1)
_DATA: JsonSchema = {
    "type": "object",
    "additionalProperties": {"type": "string"},
    "description": "Names and values for an app (push, web_push, in_app)",
}
_ATTACHMENTS = listed(
    shape(
        "A file that goes with an email",
        {
            "filename": text("Without a path", minLength=1, examples=["invoice.pdf"]),
            "media_type": text("RFC 6838, perhaps with parameters", examples=["application/pdf"]),
            "content": text("base64", contentEncoding="base64", examples=["JVBERi0xLjQK"]),
        },
    ),
    maxItems=ATTACHMENTS_MAX,
    description=f"At most {ATTACHMENTS_MAX_BYTES} bytes together",
)
_TEMPLATE = text("A template, instead of subject, body, html and data", pattern=NAME_PATTERN, examples=["shipped"])
_VARIABLES: JsonSchema = {
    "type": "object",
    "description": f"A value for each variable of the template; at most {VARIABLES_MAX_BYTES} bytes of JSON",
}
_TEMPLATE_FIELDS: Mapping[str, JsonSchema] = {
    "template": maybe(text("The template that it was made of")),
    "template_version": maybe(number(minimum=1)),
    "variables": maybe(_VARIABLES),
}
_TEMPLATE_TEXT: Mapping[str, JsonSchema] = {
    "subject": maybe(text("Jinja2, like body and html")),
    "body": maybe(text()),
    "html": maybe(text()),
    "data": maybe(_DATA),
}
_TEMPLATE_SECTION: JsonSchema = {
    "type": "object",
    "description": "What everybody gets over a channel; in it, by locale (BCP 47), what others get: de serves de-AT",
    "properties": _TEMPLATE_TEXT,
    "additionalProperties": {"type": "object", "properties": _TEMPLATE_TEXT, "additionalProperties": False},
}
_LAYOUT: JsonSchema = {
    "description": "The layout that its html is put into; or, of a layout, html with {{ content }} in it, by locale",
    "anyOf": [
        text(pattern=NAME_PATTERN),
        {
            "type": "object",
            "properties": {"html": text()},
            "required": ["html"],
            "additionalProperties": {
                "type": "object",
                "properties": {"html": text()},
                "required": ["html"],
                "additionalProperties": False,
            },
        },
    ],
}
_TEMPLATE_SOURCE: Mapping[str, JsonSchema] = {
    "variables": listed(text(), maxItems=VARIABLES_MAX, description="The names that every request gives a value for"),
    "layout": _LAYOUT,
    **{channel.value: _TEMPLATE_SECTION for channel in Channel},
}
_TEMPLATE_ANSWER: Mapping[str, JsonSchema] = {
    "name": text(),
    "version": number(minimum=1),
    "created_at": _AT,
    "variables": listed(text(), description="Those of its layout too"),
    "channels": listed(words(Channel)),
    "is_layout": {"type": "boolean"},
    "layout": maybe(text()),
    "layout_version": maybe(number("The version of the layout that is in it", minimum=1)),
    "source": ref("NewTemplate"),
}
_RECIPIENT_ID = text("The caller's own id of the recipient", minLength=1, maxLength=RECIPIENT_ID_MAX, examples=["ada"])
_SUBSCRIPTION = shape(
    "A browser's push subscription, as PushSubscription.toJSON() gives it",
    {
        "endpoint": text("An https URL", format="uri", pattern="^https://"),
        "keys": shape("Its two keys, base64url", {"p256dh": text(), "auth": text()}),
    },
)
_RECIPIENT_FIELDS: Mapping[str, JsonSchema] = {
    "name": text(minLength=1, maxLength=NAME_MAX, examples=["Ada Lovelace"]),
    "email": text("RFC 5321", format="email", maxLength=EMAIL_MAX, examples=["ada@example.com"]),
    "phone": text("E.164, with the plus sign", pattern=r"^\+[1-9][0-9]{6,14}$", examples=["+14155550100"]),
    "push_tokens": listed(text(minLength=1, maxLength=PUSH_TOKEN_MAX + len("fid:")), maxItems=PUSH_TOKENS_MAX),
    "web_push": listed(_SUBSCRIPTION, maxItems=WEB_PUSH_MAX),
    "locale": text("BCP 47", minLength=1, maxLength=LOCALE_MAX, examples=["de-AT"]),
    "timezone": text("A name of the IANA time zone database", examples=["Europe/Vienna"]),
    "attributes": {
        "type": "object",
        "description": f"Whatever else is known; at most {ATTRIBUTES_MAX_BYTES} bytes of JSON",
    },
}

_RATE: JsonSchema = {"type": "number", "exclusiveMinimum": 0, "maximum": RATE_MAX, "description": "So many a second"}
_LANE_NAME = text("As GET /v1/lanes names it", examples=["email/promotional", "sms/promotional/campaign-7"])
_CAMPAIGN_FIELDS: Mapping[str, JsonSchema] = {
    "id": _ID,
    "name": text(),
    "channels": listed(words(Channel)),
    "type": words(NotificationType),
    "test": _TEST,
    **_TEMPLATE_FIELDS,
    "status": words(CampaignStatus, "finished: every notification exists; they are sent in their own time"),
    "send_at": _AT,
    "expires_at": _AT,
    "created_at": _AT,
    "total": number("How many recipients it looks at", minimum=0),
    "considered": number("How many of them it has looked at", minimum=0),
    "created": number("How many notifications there are of it", minimum=0),
    "no_address": number("How many recipients had no address, counted on each channel", minimum=0),
    "suppressed": number("How many had one that must not be used", minimum=0),
}

REQUESTS: Mapping[str, JsonSchema] = MappingProxyType(
    {
        "NewNotification": shape(
            "A notification as it is sent in: body, html (email) or data (push, web_push, in_app)",
            {"to": _RECIPIENT_ID, "channel": words(Channel), "type": words(NotificationType)},
            subject=text("One line; email needs it", maxLength=SUBJECT_MAX),
            body=text(f"Plain text; at most {BODY_MAX_BYTES} bytes, far fewer for sms and push"),
            html=text("HTML, for email, beside or instead of body"),
            data=_DATA,
            attachments=_ATTACHMENTS,
            template=_TEMPLATE,
            variables=_VARIABLES,
            send_at=_time("When to send it; without it, or with a past time, at once"),
            expires_at=_time("When it is too late to send it; must be ahead"),
            topic=text("What it is about", minLength=1, maxLength=TOPIC_MAX),
            key=text("The idempotency key, instead of the header", minLength=1, maxLength=KEY_MAX),
        ),
        "RecipientToPut": shape(
            "A recipient as it is sent in; what is left out is emptied",
            {},
            id={**_RECIPIENT_ID, "description": "The same as in the path, if it is given"},
            **_RECIPIENT_FIELDS,
        ),
        "RecipientToMerge": shape(
            "A recipient as it is sent in; what is left out stays as it was", {"id": _RECIPIENT_ID}, **_RECIPIENT_FIELDS
        ),
        "Retry": shape("How to retry", {}, expires_at=_time("A new expiry")),
        "NewCampaign": shape(
            "A campaign as it is sent in; its texts are Jinja2 templates in which recipient is who gets it",
            {
                "audience": {
                    "description": "all, conditions such as plan = pro and country in (AT, DE), or recipient ids",
                    "anyOf": [text(maxLength=AUDIENCE_MAX), listed(_RECIPIENT_ID, maxItems=ENTRIES_MAX)],
                    "examples": ["plan = pro"],
                },
                "channels": listed(words(Channel), minItems=1),
                "type": words(NotificationType),
            },
            name=text("What people call it; there is one of a name", minLength=1, maxLength=CAMPAIGN_NAME_MAX),
            subject=text("One line; email needs it", maxLength=SUBJECT_MAX),
            body=text(f"Plain text; at most {BODY_MAX_BYTES} bytes, far fewer for sms and push"),
            html=text("HTML, for email, beside or instead of body"),
            data=_DATA,
            attachments=_ATTACHMENTS,
            template=_TEMPLATE,
            variables=_VARIABLES,
            send_at=_time("When to send it; without it, or with a past time, at once"),
            expires_at=_time("When it is too late to send it; must be ahead"),
            rate={**_RATE, "description": "No faster than so many a second on each channel"},
            topic=text("What it is about", minLength=1, maxLength=TOPIC_MAX),
        ),
        "NewTemplate": shape(
            "A template as it is sent in",
            {},
            name=text("The same as in the path, if it is given", pattern=NAME_PATTERN),
            **_TEMPLATE_SOURCE,
        ),
        "TemplatePreviewFor": shape(
            "Who a template is looked at for",
            {},
            recipient=text("Without it, somebody made up", minLength=1, maxLength=RECIPIENT_ID_MAX, examples=["ada"]),
            locale=text("Instead of theirs", examples=["de-AT"]),
            variables=_VARIABLES,
        ),
        "InboxTokenLifetime": shape(
            "How long a token is good for",
            {},
            seconds=number("Without it, an hour", minimum=1, maximum=int(LIFETIME_MAX.total_seconds())),
        ),
        "LaneName": shape("Which lane is meant", {"name": _LANE_NAME}),
        "LanePace": shape("How fast which lane may go", {"name": _LANE_NAME, "rate": maybe(_RATE)}),
        "NewSuppression": shape(
            "An address that must not be used from now on",
            {"channel": words(Channel), "address": text("As a recipient has it", examples=["ada@example.com"])},
            reason=words(SuppressionReason, "Why; without it, manual"),
            detail=text("What people should know of it", minLength=1, maxLength=DETAIL_MAX),
        ),
        "GatewayPause": shape(
            "How long a gateway rests",
            {},
            seconds=number("Without it, until it is resumed", minimum=1, maximum=366 * 86_400),
        ),
    }
)
"""What callers send in."""

_HEALTH_FIELDS: Mapping[str, JsonSchema] = {
    "gateway": text(),
    "failures": _COUNT,
    "unknowns": _COUNT,
    "paused_until": maybe(_AT),
    "reason": maybe(text()),
}

ANSWERS: Mapping[str, JsonSchema] = MappingProxyType(
    {
        "Notification": shape(
            "One message to one recipient over one channel",
            {
                "id": _ID,
                "to": text(),
                "channel": words(Channel),
                "type": words(NotificationType),
                "subject": maybe(text()),
                "body": maybe(text()),
                "html": maybe(text()),
                "data": maybe(_DATA),
                "attachments": listed(
                    shape(
                        "A file that goes with it",
                        {"filename": text(), "media_type": text(), "size": number("In bytes", minimum=0)},
                    )
                ),
                **_TEMPLATE_FIELDS,
                "topic": maybe(text()),
                "key": maybe(text()),
                "campaign": maybe(_ID),
                "test": _TEST,
                "status": words(Status),
                "scheduled": {"type": "boolean", "description": "Pending, and its time has not come"},
                "retrying": {"type": "boolean", "description": "Pending, with attempts behind it"},
                "attempts": _COUNT,
                "created_at": _AT,
                "send_at": _AT,
                "next_attempt_at": maybe(_AT),
                "expires_at": _AT,
                "provider_id": maybe(text()),
                "reason": maybe(text("Why it did not go out")),
            },
        ),
        "Explanation": shape(
            "Why a notification stands where it stands",
            {
                "notification": ref("Notification"),
                "at": _AT,
                "lane": shape(
                    "The queue that it is in",
                    {
                        "name": _LANE_NAME,
                        "state": text(enum=[state.value for state in LaneState]),
                        "rate": maybe(_RATE),
                    },
                ),
                "gates": listed(
                    shape(
                        "What one gate decides now",
                        {
                            "gate": text(),
                            "verdict": text(enum=["pass", "postpone", "stop"]),
                            "reason": maybe(text()),
                            "until": maybe(_AT),
                            "values": {"type": "object", "additionalProperties": {"type": "string"}},
                        },
                    )
                ),
                "attempts": listed(
                    shape(
                        "One hand-over to a gateway",
                        {
                            "attempt": _COUNT,
                            "fence": _COUNT,
                            "gateway": maybe(text()),
                            "address": maybe(text()),
                            "outcome": text(),
                            "at": _AT,
                            "duration_ms": maybe(_COUNT),
                            "provider_id": maybe(text()),
                            "reason": maybe(text()),
                        },
                    )
                ),
                "receipts": listed(
                    shape(
                        "What its provider said later",
                        {
                            "kind": words(ReceiptKind),
                            "at": _AT,
                            "gateway": text(),
                            "fence": maybe(_COUNT),
                            "address": maybe(text()),
                            "provider_id": maybe(text()),
                            "reason": maybe(text()),
                            "by_machine": {"type": "boolean", "description": "A scanner's rather than a person's"},
                        },
                    )
                ),
                "suppressions": listed(
                    shape(
                        "An address that is suppressed, and one reason why",
                        {
                            "address": text(),
                            "reason": words(SuppressionReason),
                            "at": _AT,
                            "detail": maybe(text()),
                            "stops": {
                                "type": "boolean",
                                "description": "Whether this reason stops a notification of this type",
                            },
                        },
                    )
                ),
                "route": listed(ref("GatewayHealth")),
            },
        ),
        "Recipient": shape(
            "Who is told, and where; what is not known is null or empty",
            {
                "id": text(),
                **{name: maybe(one) if one["type"] == "string" else one for name, one in _RECIPIENT_FIELDS.items()},
            },
        ),
        "InboxItem": shape(
            "One message of an inbox",
            {
                "id": _ID,
                "type": words(NotificationType),
                "subject": maybe(text()),
                "body": maybe(text()),
                "data": maybe(_DATA),
                "topic": maybe(text()),
                "at": _AT,
                "seen_at": maybe(_AT),
                "read_at": maybe(_AT),
                "archived_at": maybe(_AT),
            },
        ),
        "InboxCounts": shape(
            "How many messages an inbox shows; those put away are in none of the numbers",
            {"total": _COUNT, "unseen": _COUNT, "unread": _COUNT},
        ),
        "InboxMarked": shape(
            "What marking did", {"changed": number("How many messages", minimum=0), "counts": ref("InboxCounts")}
        ),
        "InboxToken": shape("What opens one inbox for a while", {"token": text(), "expires_at": _AT}),
        "ReportRow": shape(
            "What happened to the notifications of one group; of a gateway, what its hand-overs led to",
            {
                "group": text(),
                "total": maybe(number("How many there are now; null for a gateway and a day", minimum=0)),
                "pending": maybe(number("How many wait now; null for a gateway and a day", minimum=0)),
                "sending": maybe(number("How many are being sent now; null for a gateway and a day", minimum=0)),
                "created": _COUNT,
                "sent": _COUNT,
                "delivered": _COUNT,
                "unknown": _COUNT,
                "failed": _COUNT,
                "bounced": number("Of the failed, those that had been sent", minimum=0),
                "opened": number("Notifications that people opened, each once", minimum=0),
                "clicked": number("Notifications in which people followed a link, each once", minimum=0),
                "suppressed": _COUNT,
                "expired": _COUNT,
                "cancelled": _COUNT,
                "retried": number("How often one went back to be tried again", minimum=0),
                "attempts": number("How often a message was given to a gateway", minimum=0),
                "outcomes": shape("These by their outcome", dict.fromkeys(NAMES.values(), _COUNT)),
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
                "latency_p50_ms": maybe(_LATENCY),
                "latency_p95_ms": maybe(_LATENCY),
                "now": maybe(
                    shape(
                        "How many stand in each status now; null for a gateway and a day",
                        {status.value: _COUNT for status in Status},
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
                "failures": _COUNT,
                "paused_until": maybe(_AT),
                "reason": maybe(text()),
                "scopes": listed(ref("GatewayHealth")),
                "public_key": maybe(text("What browsers subscribe with; null of every kind but web_push")),
            },
        ),
        "Campaign": shape("One content for an audience, and how far it came", _CAMPAIGN_FIELDS),
        "CampaignProgress": shape(
            "How far a campaign came, and how its notifications stand now",
            {
                **_CAMPAIGN_FIELDS,
                "statuses": shape("How many notifications stand so", {status.value: _COUNT for status in Status}),
                "seconds_left": maybe(number("What waits takes at least so long at its pace", minimum=0)),
                "lanes": listed(ref("Lane")),
            },
        ),
        "Template": shape("One version of a template", _TEMPLATE_ANSWER),
        "StoredTemplate": shape(
            "The version that stands",
            {
                **_TEMPLATE_ANSWER,
                "to_put_again": listed(text(), description="What has an earlier version of this layout in it"),
            },
        ),
        "TemplateEntry": shape(
            "A template as a list shows it",
            {
                "name": text(),
                "version": number("The latest", minimum=1),
                "created_at": _AT,
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
                            "data": maybe(_DATA),
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
                "campaign": maybe(_ID),
                "test": _TEST,
                "state": words(LaneState),
                "rate": maybe(_RATE),
                "waiting": _COUNT,
                "sending": _COUNT,
                "next_due": maybe(_AT),
            },
        ),
        "Suppression": shape(
            "An address that must not be used, and one reason why",
            {
                "channel": words(Channel),
                "address": text(),
                "reason": words(SuppressionReason),
                "detail": maybe(text("The provider's words, or those of whoever added it")),
                "at": _AT,
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
        "AcceptedItem": shape("An item that was accepted", {"id": _ID, "status": words(Status)}),
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
        "Suppressions": page_of("Suppression", "Suppressions by channel, address and reason"),
        "Lanes": page_of("Lane", "The standing lanes, then those of campaigns"),
    }
)
"""Lists."""

GROUPINGS = words(Grouping, "Without it, there is one row for all")


def batch_results(name: str) -> JsonSchema:
    """Return the schema of the answer to a batch whose good items become *name*."""
    return shape(
        "One result an item, in order",
        {"results": listed({"anyOf": [ref(name), ref("RefusedItem")]}, maxItems=BATCH_MAX)},
    )
