"""What ``why`` and ``decide`` answer, as JSON Schema, by name."""

from collections.abc import Mapping
from types import MappingProxyType

from application.insight.outlook import Fate
from domain.channel import Channel
from domain.lane import LaneState
from domain.lifecycle import Status
from domain.notification_type import NotificationType
from domain.receipt import ReceiptKind
from domain.suppression_reason import SuppressionReason
from entrypoints.http_api.openapi.operation import JsonSchema
from entrypoints.http_api.openapi.schema_fields import AT, COUNT, ID, LANE_NAME, RATE, TEST
from entrypoints.http_api.openapi.schema_words import listed, maybe, ref, shape, text, words

_LANE = shape(
    "The queue that it is in",
    {"name": LANE_NAME, "state": text(enum=[state.value for state in LaneState]), "rate": maybe(RATE)},
)
_GATES = listed(ref("GateFinding"))
_ATTEMPT = shape(
    "One hand-over to a gateway",
    {
        "attempt": COUNT,
        "fence": COUNT,
        "gateway": maybe(text()),
        "address": maybe(text()),
        "outcome": text(),
        "at": AT,
        "duration_ms": maybe(COUNT),
        "provider_id": maybe(text()),
        "reason": maybe(text()),
    },
)
_RECEIPT = shape(
    "What its provider said later",
    {
        "kind": words(ReceiptKind),
        "at": AT,
        "gateway": text(),
        "fence": maybe(COUNT),
        "address": maybe(text()),
        "provider_id": maybe(text()),
        "reason": maybe(text()),
        "by_machine": {"type": "boolean", "description": "A scanner's rather than a person's"},
    },
)
_SUPPRESSION = shape(
    "An address that is suppressed, and one reason why",
    {
        "address": text(),
        "reason": words(SuppressionReason),
        "scope": text("What it is out of use for: all, type:… or topic:…"),
        "at": AT,
        "detail": maybe(text()),
        "stops": {"type": "boolean", "description": "Whether it stops this notification"},
    },
)
_WAIT = shape(
    "What it waits for, one after the other",
    {
        "until": maybe(
            {
                **AT,
                "description": "Null where somebody has to resume something first; where a frequency cap is used up, "
                "the earliest moment, because others may wait for the same place",
            }
        ),
        "reason": text(),
    },
)
_STOP_ON_ROUTE = shape(
    "One gateway of the route",
    {
        "gateway": text(),
        "takes_it": {"type": "boolean", "description": "Whether it would go through this one"},
        "rate": maybe(RATE),
        "health": ref("GatewayHealth"),
        "scopes": listed(ref("GatewayHealth")),
    },
)

EXPLANATIONS: Mapping[str, JsonSchema] = MappingProxyType(
    {
        "GateFinding": shape(
            "What one gate decides, and by which values",
            {
                "gate": text(),
                "verdict": text(enum=["pass", "postpone", "stop"]),
                "reason": maybe(text()),
                "until": maybe(AT),
                "values": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        ),
        "RecipientExport": shape(
            "Everything that is known of a recipient",
            {
                "recipient": ref("Recipient"),
                "preferences": {"type": "object", "description": "What they want, as it can be put again"},
                "suppressions": listed(ref("Suppression")),
                "notifications": listed(
                    {"type": "object", "description": "A notification as elsewhere, with its history and receipts"}
                ),
                "inbox": listed(ref("InboxItem")),
            },
        ),
        "Explanation": shape(
            "Why a notification stands where it stands. The gates decide as of now, also for one that is done: what "
            "happened then is told by its reason and its attempts",
            {
                "notification": ref("Notification"),
                "at": AT,
                "lane": _LANE,
                "gates": _GATES,
                "attempts": listed(_ATTEMPT),
                "receipts": listed(_RECEIPT),
                "suppressions": listed(_SUPPRESSION),
                "route": listed(ref("GatewayHealth")),
            },
        ),
        "Decision": shape(
            "What would become of a notification; nothing was stored",
            {
                "to": text(),
                "channel": words(Channel),
                "type": words(NotificationType),
                "topic": maybe(text()),
                "test": TEST,
                "template": maybe(text()),
                "template_version": maybe(COUNT),
                "at": AT,
                "due_at": {**AT, "description": "When it would fall due; the gates decide as of then"},
                "expires_at": AT,
                "sentence": text("All of it in a few words, for people"),
                "fate": words(Fate),
                "waits": listed(_WAIT),
                "goes_out_at": maybe({**AT, "description": "At the earliest; null where it never does"}),
                "gateway": maybe(text("Which would take it")),
                "ends": maybe(words(Status, "How it ends where it never goes out, or ended if that is past")),
                "reason": maybe(text("Why it never goes out")),
                "earlier": maybe(
                    {**ID, "description": "The notification that has its key; nothing new would be stored"}
                ),
                "lane": _LANE,
                "gates": _GATES,
                "addresses": listed(text()),
                "route": listed(_STOP_ON_ROUTE),
            },
        ),
    }
)
"""What is answered to those who ask why."""
