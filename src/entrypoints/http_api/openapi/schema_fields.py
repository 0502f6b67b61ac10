"""The fields that requests and answers share."""

from collections.abc import Mapping

from application.recipients.checking import LOCALE_MAX, NAME_MAX, PUSH_TOKENS_MAX, WEB_PUSH_MAX
from domain.address import EMAIL_MAX, PUSH_TOKEN_MAX, RECIPIENT_ID_MAX
from domain.campaign import CampaignStatus
from domain.channel import Channel
from domain.content import ATTACHMENTS_MAX, ATTACHMENTS_MAX_BYTES
from domain.lane import RATE_MAX
from domain.notification_type import NotificationType
from domain.preferences import TOPIC_MAX
from domain.recipient import ATTRIBUTES_MAX_BYTES
from domain.template import NAME_PATTERN, VARIABLES_MAX, VARIABLES_MAX_BYTES
from entrypoints.http_api.openapi.operation import JsonSchema
from entrypoints.http_api.openapi.schema_words import listed, maybe, number, ref, shape, text, words

AT = text(format="date-time")
ID = number(minimum=1)
COUNT = number(minimum=0)
TEST: JsonSchema = {"type": "boolean", "description": "Asked for with a test key: it reaches no gateway"}
LATENCY = number("From due to accepted; up to 10 % above the exact value", minimum=1)
DATA: JsonSchema = {
    "type": "object",
    "additionalProperties": {"type": "string"},
    "description": "Names and values for an app (push, web_push, in_app)",
}
ATTACHMENTS = listed(
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
TEMPLATE = text("A template, instead of subject, body, html and data", pattern=NAME_PATTERN, examples=["shipped"])
VARIABLES: JsonSchema = {
    "type": "object",
    "description": f"A value for each variable of the template; at most {VARIABLES_MAX_BYTES} bytes of JSON",
}
TEMPLATE_FIELDS: Mapping[str, JsonSchema] = {
    "template": maybe(text("The template that it was made of")),
    "template_version": maybe(number(minimum=1)),
    "variables": maybe(VARIABLES),
}
TEMPLATE_TEXT: Mapping[str, JsonSchema] = {
    "subject": maybe(text("Jinja2, like body and html")),
    "body": maybe(text()),
    "html": maybe(text()),
    "data": maybe(DATA),
}
TEMPLATE_SECTION: JsonSchema = {
    "type": "object",
    "description": "What everybody gets over a channel; in it, by locale (BCP 47), what others get: de serves de-AT",
    "properties": TEMPLATE_TEXT,
    "additionalProperties": {"type": "object", "properties": TEMPLATE_TEXT, "additionalProperties": False},
}
LAYOUT: JsonSchema = {
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
TEMPLATE_SOURCE: Mapping[str, JsonSchema] = {
    "variables": listed(text(), maxItems=VARIABLES_MAX, description="The names that every request gives a value for"),
    "layout": LAYOUT,
    **{channel.value: TEMPLATE_SECTION for channel in Channel},
}
TEMPLATE_ANSWER: Mapping[str, JsonSchema] = {
    "name": text(),
    "version": number(minimum=1),
    "created_at": AT,
    "variables": listed(text(), description="Those of its layout too"),
    "channels": listed(words(Channel)),
    "is_layout": {"type": "boolean"},
    "layout": maybe(text()),
    "layout_version": maybe(number("The version of the layout that is in it", minimum=1)),
    "source": ref("NewTemplate"),
}
RECIPIENT_ID = text("The caller's own id of the recipient", minLength=1, maxLength=RECIPIENT_ID_MAX, examples=["ada"])
SUBSCRIPTION = shape(
    "A browser's push subscription, as PushSubscription.toJSON() gives it",
    {
        "endpoint": text("An https URL", format="uri", pattern="^https://"),
        "keys": shape("Its two keys, base64url", {"p256dh": text(), "auth": text()}),
    },
)
RECIPIENT_FIELDS: Mapping[str, JsonSchema] = {
    "name": text(minLength=1, maxLength=NAME_MAX, examples=["Ada Lovelace"]),
    "email": text("RFC 5321", format="email", maxLength=EMAIL_MAX, examples=["ada@example.com"]),
    "phone": text("E.164, with the plus sign", pattern=r"^\+[1-9][0-9]{6,14}$", examples=["+14155550100"]),
    "push_tokens": listed(text(minLength=1, maxLength=PUSH_TOKEN_MAX + len("fid:")), maxItems=PUSH_TOKENS_MAX),
    "web_push": listed(SUBSCRIPTION, maxItems=WEB_PUSH_MAX),
    "locale": text("BCP 47", minLength=1, maxLength=LOCALE_MAX, examples=["de-AT"]),
    "timezone": text("A name of the IANA time zone database", examples=["Europe/Vienna"]),
    "attributes": {
        "type": "object",
        "description": f"Whatever else is known; at most {ATTRIBUTES_MAX_BYTES} bytes of JSON",
    },
}

PREFERENCE_CHOICE = shape(
    "Whether they want what this is about; null, or what is left out, means every one. The most specific choice that "
    "fits a notification decides: one with the topic before one with the channel, that before one with the type alone",
    {"wanted": {"type": "boolean"}},
    channel=words(Channel),
    type=words(NotificationType, "Transactional cannot be refused, and goes on whatever is said of everything"),
    topic=text("As notifications have it", minLength=1, maxLength=TOPIC_MAX, examples=["news"]),
)
QUIET_HOURS = text(
    "When they are left alone, by the clock of their time zone; none: at no hour; null: what the type says",
    pattern="^(none|[0-9]{1,2}:[0-9]{2} *- *[0-9]{1,2}:[0-9]{2})$",
    examples=["21:00-08:00"],
)
PREFERENCE_EFFECT = shape(
    "What follows from it and from the defaults, for what has no topic",
    {
        "always": listed(words(NotificationType), description="Types that nobody can refuse"),
        "wanted": listed(
            shape(
                "Whether they get a type over a channel",
                {
                    "channel": words(Channel),
                    "type": words(NotificationType),
                    "wanted": {"type": "boolean"},
                    "by": maybe(
                        text("Whose word it is; null where nothing speaks against it", enum=["recipient", "default"])
                    ),
                },
            )
        ),
        "quiet_hours": {
            "type": "object",
            "description": "When they are left alone, by type; null at no hour",
            "additionalProperties": maybe(text()),
        },
        "timezone": text("By whose clock; where they have none, that of the configuration"),
    },
)

RATE: JsonSchema = {"type": "number", "exclusiveMinimum": 0, "maximum": RATE_MAX, "description": "So many a second"}
LANE_NAME = text("As GET /v1/lanes names it", examples=["email/promotional", "sms/promotional/campaign-7"])
CAMPAIGN_FIELDS: Mapping[str, JsonSchema] = {
    "id": ID,
    "name": text(),
    "channels": listed(words(Channel)),
    "type": words(NotificationType),
    "test": TEST,
    **TEMPLATE_FIELDS,
    "status": words(CampaignStatus, "finished: every notification exists; they are sent in their own time"),
    "send_at": text("When it is sent, or, by local time, from when on", format="date-time"),
    "local_time": maybe(text("What everybody's own clock shows when they get theirs", examples=["09:00"])),
    "fallback_timezone": maybe(text("By local time, that of those who have none", examples=["Europe/Vienna"])),
    "expires_at": AT,
    "created_at": AT,
    "total": number("How many recipients it looks at", minimum=0),
    "considered": number("How many of them it has looked at", minimum=0),
    "created": number("How many notifications there are of it", minimum=0),
    "no_address": number("How many recipients had no address, counted on each channel", minimum=0),
    "suppressed": number("How many had one that must not be used", minimum=0),
}
