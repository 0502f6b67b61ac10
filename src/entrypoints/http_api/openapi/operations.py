"""Every operation of the API: what it does, what a key needs for it, what goes in and what comes out."""

from application.insight.report import DAYS_MAX
from application.sending.enqueue import BATCH_MAX
from domain.api_key import Scope
from domain.channel import Channel
from domain.lifecycle import Status
from domain.suppression_reason import SuppressionReason
from entrypoints.http_api.openapi import examples
from entrypoints.http_api.openapi.answer_schemas import GROUPINGS
from entrypoints.http_api.openapi.operation import Answer, Body, JsonSchema, Operation
from entrypoints.http_api.openapi.parameters import (
    ADDRESS,
    AFTER_NUMBER,
    AFTER_SUPPRESSION,
    AFTER_TEXT,
    CAMPAIGN_ID,
    CHANNEL,
    GATEWAY,
    GATEWAY_KIND,
    LIMIT,
    NOTIFICATION_ID,
    READ_BEFORE,
    RECIPIENT_ID,
    TEMPLATE_NAME,
    idempotency_key,
    query,
)
from entrypoints.http_api.openapi.schema_words import batch_results, listed, number, ref, suppression_scope, text, words
from entrypoints.http_api.reading.contents import NDJSON
from entrypoints.http_api.rendering import FORM, JSON
from entrypoints.http_api.repeats import BATCH_KEY_MAX

_NOTIFICATIONS, _RECIPIENTS, _INSIGHT, _HEALTH = "notifications", "recipients", "insight", "health"
_CAMPAIGNS, _STEERING, _RECEIPTS = "campaigns", "steering", "receipts"
_SUPPRESSIONS, _TEMPLATES = "suppressions", "templates"
_REPLAYED: JsonSchema = text("true, where this is the answer of an earlier request with the same key")

_ETAG: JsonSchema = text("Which state this is; a PUT with it as If-Match changes no other", examples=['"7"'])


def _answer(description: str, schema: str) -> Answer:
    return Answer(description=description, schema=ref(schema))


def _batch_body(schema: str, example: object) -> Body:
    items = listed(ref(schema), maxItems=BATCH_MAX)
    lines = text("One object a line; a line that cannot be read is refused alone")
    return Body(content={JSON: items, NDJSON: lines}, example=example)


SEND = Operation(
    id="sendNotification",
    summary="Accept one notification, for now or for later",
    tag=_NOTIFICATIONS,
    scope=Scope.SEND,
    parameters=[idempotency_key()],
    body=Body(content={JSON: ref("NewNotification")}, example=examples.NOTIFICATION),
    answers={
        202: Answer(
            description="It is kept, and sent when its time comes",
            schema=ref("Notification"),
            headers={"Idempotency-Replayed": _REPLAYED},
        )
    },
    problems=[400, 413, 415, 422],
)
SEND_BATCH = Operation(
    id="sendNotifications",
    summary=f"Accept up to {BATCH_MAX} notifications; a wrong one does not keep the others out",
    tag=_NOTIFICATIONS,
    scope=Scope.SEND,
    parameters=[idempotency_key(BATCH_KEY_MAX)],
    body=_batch_body("NewNotification", examples.NOTIFICATIONS),
    answers={
        200: Answer(
            description="One result an item, in order",
            schema=batch_results("AcceptedItem"),
            headers={"Idempotency-Replayed": _REPLAYED},
        )
    },
    problems=[400, 413, 415, 422],
)
LIST_NOTIFICATIONS = Operation(
    id="listNotifications",
    summary="Look at notifications, the newest first",
    tag=_NOTIFICATIONS,
    scope=Scope.READ,
    parameters=[
        query("status", "Only those of this status", words(Status)),
        query("recipient", "Only those to this recipient", text()),
        query("channel", "Only those over this channel", words(Channel)),
        query("campaign", "Only those of the campaign with this name or id", text()),
        LIMIT,
        AFTER_NUMBER,
    ],
    answers={200: _answer("A page", "Notifications")},
    problems=[422],
)
GET_NOTIFICATION = Operation(
    id="getNotification",
    summary="Look at one notification",
    tag=_NOTIFICATIONS,
    scope=Scope.READ,
    parameters=[NOTIFICATION_ID],
    answers={200: _answer("The notification", "Notification")},
    problems=[404],
)
WHY = Operation(
    id="explainNotification",
    summary="Explain why a notification stands where it stands",
    tag=_NOTIFICATIONS,
    scope=Scope.READ,
    parameters=[NOTIFICATION_ID],
    answers={200: _answer("Every gate, attempt and suppression with the values used", "Explanation")},
    problems=[404],
)
DECIDE = Operation(
    id="decide",
    summary="Say what would become of a notification, gate by gate; nothing is stored, and nothing sent",
    tag=_NOTIFICATIONS,
    scope=Scope.READ,
    body=Body(content={JSON: ref("NewNotification")}, example=examples.TO_DECIDE),
    answers={200: _answer("When it would go out and over which gateway, or why not", "Decision")},
    problems=[400, 413, 415, 422],
)
CANCEL = Operation(
    id="cancelNotification",
    summary="Withdraw a notification that has not been sent; cancelling twice is no mistake",
    tag=_NOTIFICATIONS,
    scope=Scope.SEND,
    parameters=[NOTIFICATION_ID],
    answers={200: _answer("The notification; one that is being sent is withdrawn if it comes back", "Notification")},
    problems=[400, 404, 409, 413, 415, 422],
)
RETRY = Operation(
    id="retryNotification",
    summary="Put a failed or unknown notification back, with a new budget of attempts",
    tag=_NOTIFICATIONS,
    scope=Scope.SEND,
    parameters=[NOTIFICATION_ID],
    body=Body(content={JSON: ref("Retry")}, example=examples.RETRY, required=False),
    answers={200: _answer("The notification", "Notification")},
    problems=[400, 404, 409, 413, 415, 422],
)
PUT_RECIPIENT = Operation(
    id="putRecipient",
    summary="Create a recipient, or replace it whole",
    tag=_RECIPIENTS,
    scope=Scope.MANAGE,
    parameters=[RECIPIENT_ID],
    body=Body(content={JSON: ref("RecipientToPut")}, example=examples.RECIPIENT),
    answers={200: _answer("It was replaced", "Recipient"), 201: _answer("It was created", "Recipient")},
    problems=[400, 413, 415, 422],
)
MERGE_RECIPIENTS = Operation(
    id="mergeRecipients",
    summary=f"Create or change up to {BATCH_MAX} recipients; what one leaves out stays as it was",
    tag=_RECIPIENTS,
    scope=Scope.MANAGE,
    parameters=[idempotency_key(BATCH_KEY_MAX)],
    body=_batch_body("RecipientToMerge", examples.RECIPIENTS),
    answers={
        200: Answer(
            description="One result an item, in order",
            schema=batch_results("StoredItem"),
            headers={"Idempotency-Replayed": _REPLAYED},
        )
    },
    problems=[400, 413, 415, 422],
)
LIST_RECIPIENTS = Operation(
    id="listRecipients",
    summary="Look at recipients, by id",
    tag=_RECIPIENTS,
    scope=Scope.READ,
    parameters=[LIMIT, AFTER_TEXT],
    answers={200: _answer("A page", "Recipients")},
    problems=[422],
)
ERASE_RECIPIENT = Operation(
    id="eraseRecipient",
    summary="Erase a recipient for good: addresses, what was written to them, their inbox; counts stay",
    tag=_RECIPIENTS,
    scope=Scope.MANAGE,
    parameters=[RECIPIENT_ID],
    answers={204: Answer(description="They are erased, and what was pending is cancelled")},
    problems=[404],
)
EXPORT_RECIPIENT = Operation(
    id="exportRecipient",
    summary="Get everything that is known of a recipient: notifications with attempts and receipts, and the inbox too",
    tag=_RECIPIENTS,
    scope=Scope.MANAGE,
    parameters=[RECIPIENT_ID],
    answers={200: _answer("All of it", "RecipientExport")},
    problems=[404],
)
GET_RECIPIENT = Operation(
    id="getRecipient",
    summary="Look at one recipient",
    tag=_RECIPIENTS,
    scope=Scope.READ,
    parameters=[RECIPIENT_ID],
    answers={200: _answer("The recipient", "Recipient")},
    problems=[404],
)
_PREFERENCES = Answer(description="What they said, and its effect", schema=ref("Preferences"), headers={"ETag": _ETAG})
GET_PREFERENCES = Operation(
    id="getPreferences",
    summary="Look at what a recipient wants to be told, and at what follows from it",
    tag=_RECIPIENTS,
    scope=Scope.READ,
    parameters=[RECIPIENT_ID],
    answers={200: _PREFERENCES},
    problems=[404],
)
PUT_PREFERENCES = Operation(
    id="putPreferences",
    summary="Store what a recipient wants to be told, in the place of all that was said before",
    tag=_RECIPIENTS,
    scope=Scope.MANAGE,
    parameters=[RECIPIENT_ID, READ_BEFORE],
    body=Body(content={JSON: ref("PreferencesToPut")}, example=examples.PREFERENCES),
    answers={200: _PREFERENCES},
    problems=[400, 404, 412, 413, 415, 422],
)
REPORT = Operation(
    id="getReport",
    summary="Count what happened to notifications; with a test key, to tests alone",
    tag=_INSIGHT,
    scope=Scope.READ,
    parameters=[
        query(
            "days",
            "Only what happened on so many UTC days, today included; without it, ever",
            number(minimum=1, maximum=DAYS_MAX),
        ),
        query("by", "What a row stands for", GROUPINGS),
    ],
    answers={200: _answer("A row a group", "ReportRows")},
    problems=[422],
)
LIST_GATEWAYS = Operation(
    id="listGateways",
    summary="Look at the gateways and their health",
    tag=_INSIGHT,
    scope=Scope.READ,
    answers={200: _answer("Every gateway of the configuration", "Gateways")},
)
START_CAMPAIGN = Operation(
    id="startCampaign",
    summary="Start a campaign: one text for many people; dispatchers write and send its notifications",
    tag=_CAMPAIGNS,
    scope=Scope.SEND,
    parameters=[idempotency_key()],
    body=Body(content={JSON: ref("NewCampaign")}, example=examples.CAMPAIGN),
    answers={
        202: Answer(
            description="It is started",
            schema=ref("Campaign"),
            headers={"Idempotency-Replayed": _REPLAYED},
        )
    },
    problems=[400, 409, 413, 415, 422],
)
PREVIEW_CAMPAIGN = Operation(
    id="previewCampaign",
    summary="Say what would become of a campaign: who would get it, who not, and why; nothing is started",
    tag=_CAMPAIGNS,
    scope=Scope.SEND,
    body=Body(content={JSON: ref("NewCampaign")}, example=examples.CAMPAIGN_BY_LOCAL_TIME),
    answers={200: _answer("What would become of it now", "CampaignPreview")},
    problems=[400, 413, 415, 422],
)
LIST_CAMPAIGNS = Operation(
    id="listCampaigns",
    summary="Look at campaigns, the newest first",
    tag=_CAMPAIGNS,
    scope=Scope.READ,
    parameters=[LIMIT, AFTER_NUMBER],
    answers={200: _answer("A page", "Campaigns")},
    problems=[422],
)
GET_CAMPAIGN = Operation(
    id="getCampaign",
    summary="Look at one campaign, and how its notifications stand now",
    tag=_CAMPAIGNS,
    scope=Scope.READ,
    parameters=[CAMPAIGN_ID],
    answers={200: _answer("How far it came", "CampaignProgress")},
    problems=[404],
)


def _steering_campaign(word: str, summary: str) -> Operation:
    return Operation(
        id=f"{word}Campaign",
        summary=summary,
        tag=_CAMPAIGNS,
        scope=Scope.MANAGE,
        parameters=[CAMPAIGN_ID],
        answers={200: _answer("The campaign", "Campaign")},
        problems=[400, 404, 409, 413, 415, 422],
    )


PAUSE_CAMPAIGN = _steering_campaign(
    "pause", "Hold a campaign back; what is being sent goes out. Pausing twice is no mistake"
)
RESUME_CAMPAIGN = _steering_campaign("resume", "Let a paused campaign go on. Resuming twice is no mistake")
CANCEL_CAMPAIGN = _steering_campaign(
    "cancel", "Stop a campaign for good; what waits is withdrawn by and by. Cancelling twice is no mistake"
)
PUT_TEMPLATE = Operation(
    id="putTemplate",
    summary="Store a template as the next version of its name; what says the same as the latest makes no new one",
    tag=_TEMPLATES,
    scope=Scope.MANAGE,
    parameters=[TEMPLATE_NAME],
    body=Body(content={JSON: ref("NewTemplate")}, example=examples.TEMPLATE),
    answers={
        200: _answer("It says the same as the latest version, which stands", "StoredTemplate"),
        201: _answer("A new version", "StoredTemplate"),
    },
    problems=[400, 413, 415, 422],
    for_tests=False,
)
LIST_TEMPLATES = Operation(
    id="listTemplates",
    summary="Look at templates, by name, with their latest version",
    tag=_TEMPLATES,
    scope=Scope.READ,
    parameters=[LIMIT, AFTER_TEXT],
    answers={200: _answer("A page", "Templates")},
    problems=[422],
)
GET_TEMPLATE = Operation(
    id="getTemplate",
    summary="Look at a template as it was written",
    tag=_TEMPLATES,
    scope=Scope.READ,
    parameters=[
        TEMPLATE_NAME,
        query("version", "This version, instead of the latest one", number(minimum=1, maximum=10**18 - 1)),
    ],
    answers={200: _answer("The template", "Template")},
    problems=[404, 422],
)
DELETE_TEMPLATE = Operation(
    id="deleteTemplate",
    summary="Let nobody send by a template any more; what was accepted is sent all the same",
    tag=_TEMPLATES,
    scope=Scope.MANAGE,
    parameters=[TEMPLATE_NAME],
    answers={204: Answer(description="It is deleted")},
    problems=[404],
    for_tests=False,
)
PREVIEW_TEMPLATE = Operation(
    id="previewTemplate",
    summary="Look at what somebody would get of a template, on every channel; nothing is sent",
    tag=_TEMPLATES,
    scope=Scope.READ,
    parameters=[TEMPLATE_NAME],
    body=Body(content={JSON: ref("TemplatePreviewFor")}, example=examples.TEMPLATE_PREVIEW, required=False),
    answers={200: _answer("A text a channel", "TemplatePreview")},
    problems=[400, 404, 413, 415, 422],
)
LIST_LANES = Operation(
    id="listLanes",
    summary="Look at the lanes: the standing ones, and those of campaigns in which something may happen",
    tag=_STEERING,
    scope=Scope.READ,
    answers={200: _answer("Every such lane", "Lanes")},
)


def _steering_lane(word: str, summary: str, schema: str, example: object) -> Operation:
    return Operation(
        id=f"{word}Lane",
        summary=summary,
        tag=_STEERING,
        scope=Scope.MANAGE,
        body=Body(content={JSON: ref(schema)}, example=example),
        answers={200: _answer("The lane", "Lane")},
        problems=[400, 409, 413, 415, 422],
    )


PAUSE_LANE = _steering_lane("pause", "Let nothing more be sent from a lane", "LaneName", examples.LANE)
RESUME_LANE = _steering_lane("resume", "Let a lane be sent from again", "LaneName", examples.LANE)
PACE_LANE = _steering_lane("pace", "Let a lane send no faster than so many a second", "LanePace", examples.PACE)
PAUSE_GATEWAY = Operation(
    id="pauseGateway",
    summary="Let a gateway rest, for so long or until it is resumed; routes pass it over",
    tag=_STEERING,
    scope=Scope.MANAGE,
    parameters=[GATEWAY],
    body=Body(content={JSON: ref("GatewayPause")}, example=examples.GATEWAY_PAUSE, required=False),
    answers={200: _answer("Its health", "GatewayHealth")},
    problems=[400, 404, 413, 415, 422],
    for_tests=False,
)
RESUME_GATEWAY = Operation(
    id="resumeGateway",
    summary="Use a gateway again that rests, whoever or whatever paused it",
    tag=_STEERING,
    scope=Scope.MANAGE,
    parameters=[GATEWAY],
    answers={200: _answer("Its health", "GatewayHealth")},
    problems=[400, 404, 413, 415, 422],
    for_tests=False,
)
LIST_SUPPRESSIONS = Operation(
    id="listSuppressions",
    summary="Look at the addresses that must not be used, an item for each reason and scope, by channel and address",
    tag=_SUPPRESSIONS,
    scope=Scope.READ,
    parameters=[
        query("channel", "Only those of this channel", words(Channel)),
        query("reason", "Only those for this reason", words(SuppressionReason)),
        query("scope", "Only those that count for exactly this", suppression_scope("")),
        query("address", "Only this address; mail addresses in any case", text()),
        LIMIT,
        AFTER_SUPPRESSION,
    ],
    answers={200: _answer("A page", "Suppressions")},
    problems=[422],
    for_tests=False,
)
ADD_SUPPRESSION = Operation(
    id="addSuppression",
    summary="Take an address out of use, for everything, a type or a topic; what it has already stays beside it",
    tag=_SUPPRESSIONS,
    scope=Scope.MANAGE,
    body=Body(content={JSON: ref("NewSuppression")}, example=examples.SUPPRESSION),
    answers={200: _answer("How the address stands on the list now for this reason and scope", "Suppression")},
    problems=[400, 413, 415, 422],
    for_tests=False,
)
REMOVE_SUPPRESSION = Operation(
    id="removeSuppression",
    summary="Let an address be used again; what the person decided, or counts for less than all, stays unless named",
    tag=_SUPPRESSIONS,
    scope=Scope.MANAGE,
    parameters=[
        CHANNEL,
        ADDRESS,
        query("reason", "Only this reason, also where the person decided it", words(SuppressionReason)),
        query("scope", "Only what counts for exactly this; without it, for everything", suppression_scope("")),
        query(
            "all",
            "Whether every reason goes, also those that the person decided, and without a scope those of every scope",
            {"type": "boolean"},
        ),
    ],
    answers={200: _answer("What was removed, and what is left", "SuppressionRemoval")},
    problems=[404, 409, 422],
    for_tests=False,
)
WEBHOOK = Operation(
    id="takeWebhook",
    summary="Take what a provider says later of messages; its signature is checked, and what it repeats counts once",
    tag=_RECEIPTS,
    scope=None,
    parameters=[GATEWAY_KIND, GATEWAY],
    body=Body(
        content={
            JSON: listed({"type": "object", "description": "An event of SendGrid's event webhook"}),
            FORM: {"type": "object", "description": "A status of Twilio's, or a message that somebody sent"},
        },
        example=examples.WEBHOOK,
        examples={FORM: examples.WEBHOOK_FORM},
    ),
    answers={204: Answer(description="It is recorded, or was recorded before")},
    problems=[400, 403, 404, 413, 503],
)
LIVE = Operation(
    id="isAlive",
    summary="Say that the process answers",
    tag=_HEALTH,
    scope=None,
    answers={200: _answer("It answers", "Health")},
)
READY = Operation(
    id="isReady",
    summary="Say whether the store answers and the dispatcher runs",
    tag=_HEALTH,
    scope=None,
    answers={200: _answer("Both do", "Health")},
    problems=[503],
)
DESCRIBE = Operation(
    id="describe",
    summary="Describe this API (OpenAPI 3.1)",
    tag=_HEALTH,
    scope=None,
    answers={200: Answer(description="The description", schema={"type": "object"})},
)
