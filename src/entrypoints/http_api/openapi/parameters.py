"""The parameters that several operations have."""

from application.sending.admission import KEY_MAX
from domain.address import RECIPIENT_ID_MAX
from domain.channel import Channel
from domain.notification_type import NotificationType
from domain.suppression_reason import SuppressionReason
from domain.template import NAME_PATTERN
from entrypoints.configuration.gateway_kinds import CALLED_BACK
from entrypoints.http_api.openapi.operation import JsonSchema, Parameter
from entrypoints.http_api.openapi.schema_words import number, text, words
from entrypoints.http_api.reading.entity_tags import IF_MATCH
from entrypoints.http_api.reading.queries import LIMIT_DEFAULT, LIMIT_MAX

NOTIFICATION_ID = Parameter(
    name="notification_id",
    place="path",
    description="The id of a notification",
    schema=number(minimum=1, maximum=10**18 - 1),
    required=True,
)
CAMPAIGN_ID = Parameter(
    name="campaign_id",
    place="path",
    description="The id of a campaign",
    schema=number(minimum=1, maximum=10**18 - 1),
    required=True,
)
GATEWAY = Parameter(
    name="gateway",
    place="path",
    description="The name of a gateway of the configuration, percent-encoded",
    schema=text(minLength=1),
    required=True,
)
GATEWAY_KIND = Parameter(
    name="kind",
    place="path",
    description="The kind of that gateway",
    schema=text(enum=sorted(CALLED_BACK)),
    required=True,
)
RECIPIENT_ID = Parameter(
    name="recipient_id",
    place="path",
    description="The caller's own id of the recipient, percent-encoded",
    schema=text(minLength=1, maxLength=RECIPIENT_ID_MAX),
    required=True,
)
TEMPLATE_NAME = Parameter(
    name="name",
    place="path",
    description="What requests call the template",
    schema=text(pattern=NAME_PATTERN),
    required=True,
)
CHANNEL = Parameter(
    name="channel",
    place="path",
    description="Where the address is used",
    schema=words(Channel),
    required=True,
)
ADDRESS = Parameter(
    name="address",
    place="path",
    description="The address, percent-encoded",
    schema=text(minLength=1),
    required=True,
)

READ_BEFORE = Parameter(
    name=IF_MATCH,
    place="header",
    description=(
        "The ETag of what was read: where somebody changed it since then, the answer is 412 and nothing is stored. "
        "Without it, and with *, the last one who writes wins, and may undo what the recipient decided meanwhile"
    ),
    schema=text(pattern=r'^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$', examples=['"7"']),
)


def query(name: str, description: str, schema: JsonSchema) -> Parameter:
    """Return an optional parameter of the query."""
    return Parameter(name=name, place="query", description=description, schema=schema)


LIMIT = query("limit", "How many at most", number(minimum=1, maximum=LIMIT_MAX, default=LIMIT_DEFAULT))
AFTER_NUMBER = query("after", "The cursor that the page before gave as next", number(minimum=0, maximum=10**18 - 1))
AFTER_TEXT = query("after", "The cursor that the page before gave as next", text())
AFTER_SUPPRESSION = query(
    "after",
    "The cursor that the page before gave as next",
    text(
        pattern=(
            f"^({'|'.join(Channel)})/.*/({'|'.join(SuppressionReason)})"
            f"(/type:({'|'.join(NotificationType)})|/topic:[^/]+)?$"
        ),
        examples=["email/ada@example.com/manual", "email/ada@example.com/unsubscribe/topic:news"],
    ),
)


def idempotency_key(longest: int = KEY_MAX) -> Parameter:
    """Return the header that makes a request safe to repeat."""
    return Parameter(
        name="Idempotency-Key",
        place="header",
        description="The same key and body give the first answer again; another body is refused",
        schema=text(minLength=1, maxLength=longest, pattern="^[!-~]+$"),
    )
