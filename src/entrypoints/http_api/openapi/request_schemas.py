"""What callers send, as JSON Schema, by name."""

from collections.abc import Mapping
from types import MappingProxyType

from application.inbox.tokens import LIFETIME_MAX
from application.recipients.suppressions import DETAIL_MAX
from application.sending.admission import KEY_MAX
from application.sending.bulk import NAME_MAX as CAMPAIGN_NAME_MAX
from domain.address import RECIPIENT_ID_MAX
from domain.audience import TEXT_MAX as AUDIENCE_MAX
from domain.channel import Channel
from domain.content import BODY_MAX_BYTES, SUBJECT_MAX
from domain.notification_type import NotificationType
from domain.preferences import CHOICES_MAX, TOPIC_MAX
from domain.suppression_reason import SuppressionReason
from domain.template import NAME_PATTERN
from entrypoints.http_api.openapi.operation import JsonSchema
from entrypoints.http_api.openapi.schema_fields import (
    ATTACHMENTS,
    DATA,
    LANE_NAME,
    PREFERENCE_CHOICE,
    QUIET_HOURS,
    RATE,
    RECIPIENT_FIELDS,
    RECIPIENT_ID,
    TEMPLATE,
    TEMPLATE_SOURCE,
    VARIABLES,
)
from entrypoints.http_api.openapi.schema_words import (
    listed,
    maybe,
    moment,
    number,
    shape,
    suppression_scope,
    text,
    when,
    words,
)
from entrypoints.http_api.reading.strict import ENTRIES_MAX

REQUESTS: Mapping[str, JsonSchema] = MappingProxyType(
    {
        "NewNotification": shape(
            "A notification as it is sent in: body, html (email) or data (push, web_push, in_app)",
            {"to": RECIPIENT_ID, "channel": words(Channel), "type": words(NotificationType)},
            subject=text("One line; email needs it", maxLength=SUBJECT_MAX),
            body=text(f"Plain text; at most {BODY_MAX_BYTES} bytes, far fewer for sms and push"),
            html=text("HTML, for email, beside or instead of body"),
            data=DATA,
            attachments=ATTACHMENTS,
            template=TEMPLATE,
            variables=VARIABLES,
            send_at=when("When to send it; without it, or with a past time, at once"),
            expires_at=moment("When it is too late to send it; must be ahead"),
            topic=text("What it is about", minLength=1, maxLength=TOPIC_MAX),
            key=text("The idempotency key, instead of the header", minLength=1, maxLength=KEY_MAX),
        ),
        "RecipientToPut": shape(
            "A recipient as it is sent in; what is left out is emptied",
            {},
            id={**RECIPIENT_ID, "description": "The same as in the path, if it is given"},
            **RECIPIENT_FIELDS,
        ),
        "RecipientToMerge": shape(
            "A recipient as it is sent in; what is left out stays as it was", {"id": RECIPIENT_ID}, **RECIPIENT_FIELDS
        ),
        "PreferencesToPut": shape(
            "What a recipient wants, as it is sent in: all of it; no choices forget what was said before",
            {"choices": listed(PREFERENCE_CHOICE, maxItems=CHOICES_MAX), "quiet_hours": maybe(QUIET_HOURS)},
            effect={"type": "object", "description": "Of an answer that is sent back; nothing is read from it"},
        ),
        "Retry": shape("How to retry", {}, expires_at=moment("A new expiry")),
        "NewCampaign": shape(
            "A campaign as it is sent in; its texts are Jinja2 templates in which recipient is who gets it",
            {
                "audience": {
                    "description": (
                        "all, recipient ids, or conditions: =, !=, <, <=, >, >=, in (…), not in (…) and exists, joined "
                        "by and, or, not and parentheses, such as country = DE and not tags = churned"
                    ),
                    "anyOf": [text(maxLength=AUDIENCE_MAX), listed(RECIPIENT_ID, maxItems=ENTRIES_MAX)],
                    "examples": ["plan = pro"],
                },
                "channels": listed(words(Channel), minItems=1),
                "type": words(NotificationType),
            },
            name=text("What people call it; there is one of a name", minLength=1, maxLength=CAMPAIGN_NAME_MAX),
            subject=text("One line; email needs it", maxLength=SUBJECT_MAX),
            body=text(f"Plain text; at most {BODY_MAX_BYTES} bytes, far fewer for sms and push"),
            html=text("HTML, for email, beside or instead of body"),
            data=DATA,
            attachments=ATTACHMENTS,
            template=TEMPLATE,
            variables=VARIABLES,
            send_at=when("When to send it; without it, or with a past time, at once"),
            expires_at=moment("When it is too late to send it; must be ahead"),
            rate={**RATE, "description": "No faster than so many a second on each channel"},
            topic=text("What it is about", minLength=1, maxLength=TOPIC_MAX),
        ),
        "NewTemplate": shape(
            "A template as it is sent in",
            {},
            name=text("The same as in the path, if it is given", pattern=NAME_PATTERN),
            **TEMPLATE_SOURCE,
        ),
        "TemplatePreviewFor": shape(
            "Who a template is looked at for",
            {},
            recipient=text("Without it, somebody made up", minLength=1, maxLength=RECIPIENT_ID_MAX, examples=["ada"]),
            locale=text("Instead of theirs", examples=["de-AT"]),
            variables=VARIABLES,
        ),
        "InboxTokenLifetime": shape(
            "How long a token is good for",
            {},
            seconds=number("Without it, an hour", minimum=1, maximum=int(LIFETIME_MAX.total_seconds())),
        ),
        "LaneName": shape("Which lane is meant", {"name": LANE_NAME}),
        "LanePace": shape("How fast which lane may go", {"name": LANE_NAME, "rate": maybe(RATE)}),
        "NewSuppression": shape(
            "An address that must not be used from now on",
            {"channel": words(Channel), "address": text("As a recipient has it", examples=["ada@example.com"])},
            reason=words(SuppressionReason, "Why; without it, manual"),
            scope=suppression_scope("What it must not be used for: a type or a topic alone; without it, everything"),
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
