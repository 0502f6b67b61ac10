"""The operations of the inbox; those that a person's browser calls take a token as well as a key."""

from collections.abc import Mapping
from types import MappingProxyType

from domain.api_key import Scope
from domain.inbox import Mark
from entrypoints.http_api.event_stream import EVENT_STREAM
from entrypoints.http_api.openapi import examples
from entrypoints.http_api.openapi.operation import Answer, Body, Operation, Parameter
from entrypoints.http_api.openapi.parameters import AFTER_NUMBER, LIMIT, NOTIFICATION_ID, RECIPIENT_ID, query
from entrypoints.http_api.openapi.schema_words import number, ref, text
from entrypoints.http_api.rendering import JSON

# What is asked for with a test key comes into no inbox, so such a key has nothing to look for in one: for_tests=False.
_TAG = "inbox"
_TOKEN = query("token", "A token for this inbox, instead of a key", text(minLength=1))
_YES_OR_NO = {"type": "boolean", "default": False}
_EVENT_ID = number(minimum=0, maximum=10**18 - 1)

READ_INBOX = Operation(
    id="readInbox",
    summary="Look at what the in-app channel shows a recipient, the newest first; this changes nothing",
    tag=_TAG,
    scope=Scope.READ,
    parameters=[
        RECIPIENT_ID,
        query("unread", "Only what was not read", _YES_OR_NO),
        query("archived", "What was put away, instead of the rest", _YES_OR_NO),
        LIMIT,
        AFTER_NUMBER,
        _TOKEN,
    ],
    answers={200: Answer(description="A page", schema=ref("InboxItems"))},
    problems=[404, 422],
    inbox_token=True,
    for_tests=False,
)
STREAM_INBOX = Operation(
    id="streamInbox",
    summary="Follow what happens in an inbox",
    tag=_TAG,
    scope=Scope.READ,
    parameters=[
        RECIPIENT_ID,
        query("last_event_id", "Go on after this event, where the header cannot be set", _EVENT_ID),
        _TOKEN,
        Parameter(
            name="Last-Event-ID",
            place="header",
            description="Go on after this event; a browser sends it",
            schema=_EVENT_ID,
        ),
    ],
    answers={
        200: Answer(
            description="Server-sent events: counts first, or what was missed; then new, seen, unseen, read, unread, "
            "archived and unarchived as they happen, each with data {id, counts}, where id is null if all were marked. "
            "After reset, fetch the list: what was missed is not known any more. The stream ends within an hour, or "
            "with its token, and the client connects again. Of more than 20 streams of one inbox, or where the server "
            "has no place for one more, each further one says what was missed, has retry 30000 and ends: the client "
            "comes back every 30 seconds, and misses nothing",
            schema={
                "type": "object",
                "properties": {"id": text(), "event": text(), "data": text("JSON: {id, counts}")},
            },
            media_type=EVENT_STREAM,
        )
    },
    problems=[404, 422],
    inbox_token=True,
    for_tests=False,
)
MAKE_TOKEN = Operation(
    id="makeInboxToken",
    summary="Make a token with which a person's browser reads, marks and follows that person's inbox, and nothing else",
    tag=_TAG,
    scope=Scope.MANAGE,
    parameters=[RECIPIENT_ID],
    body=Body(content={JSON: ref("InboxTokenLifetime")}, example=examples.INBOX_TOKEN, required=False),
    answers={200: Answer(description="The token; it cannot be taken back", schema=ref("InboxToken"))},
    problems=[400, 404, 413, 415, 422],
    for_tests=False,
)

VERBS: Mapping[str, Mark] = MappingProxyType(
    {
        "seen": Mark.SEEN,
        "read": Mark.READ,
        "archive": Mark.ARCHIVED,
        "unseen": Mark.UNSEEN,
        "unread": Mark.UNREAD,
        "unarchive": Mark.UNARCHIVED,
    }
)
"""How a path says what to do with a message."""

VERBS_OF_ALL = ("seen", "read", "archive")
"""What can be done with all messages at once."""

_SUMMARIES: Mapping[str, str] = MappingProxyType(
    {
        "seen": "Mark {} as seen",
        "read": "Mark {} as read, and so as seen",
        "archive": "Put {} away",
        "unseen": "Mark {} as never seen, and so as never read",
        "unread": "Mark {} as not read",
        "unarchive": "Fetch {} back",
    }
)


def _marking(prefix: str, verb: str, what: str, *more: Parameter) -> Operation:
    return Operation(
        id=f"{prefix}{VERBS[verb].capitalize()}",
        summary=f"{_SUMMARIES[verb].format(what)}; twice is no mistake",
        tag=_TAG,
        scope=Scope.SEND,
        parameters=[RECIPIENT_ID, *more, _TOKEN],
        answers={200: Answer(description="What it changed", schema=ref("InboxMarked"))},
        problems=[400, 404, 413, 415, 422],
        inbox_token=True,
        for_tests=False,
    )


MARK_ONE: Mapping[str, Operation] = MappingProxyType(
    {verb: _marking("markInboxItem", verb, "one message", NOTIFICATION_ID) for verb in VERBS}
)
MARK_ALL: Mapping[str, Operation] = MappingProxyType(
    {verb: _marking("markInbox", verb, "all messages that are not put away") for verb in VERBS_OF_ALL}
)
