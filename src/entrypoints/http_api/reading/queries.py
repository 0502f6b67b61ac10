"""What stands in a URL: query strings as classes, and ids in a path."""

import re
from typing import Any, NewType, TypeVar
from urllib.parse import parse_qsl, unquote

from attrs import frozen
from cattrs import Converter
from litestar import Request

from application.insight.report import DAYS_MAX
from application.ports.report_repository import Grouping
from application.ports.suppression_repository import SuppressionQuery
from domain.address import is_recipient_id
from domain.channel import Channel
from domain.errors import FieldError, InvalidInput, NotFound
from domain.lifecycle import Status
from domain.suppression import SuppressionName, SuppressionScope
from domain.suppression_reason import SuppressionReason
from domain.template import is_template_name
from entrypoints.http_api.reading.json_text import shown
from entrypoints.http_api.reading.strict import json_converter, read

T = TypeVar("T")
Limit = NewType("Limit", int)
Days = NewType("Days", int)

LIMIT_MAX = 500
LIMIT_DEFAULT = Limit(50)
_PARAMETERS_MAX = 100
_DIGITS = re.compile(r"[0-9]{1,18}\Z")


@frozen(kw_only=True)
class NotificationsQuery:
    """Which notifications are asked for. ``campaign`` is its name or its id."""

    status: Status | None = None
    recipient: str | None = None
    channel: Channel | None = None
    campaign: str | None = None
    limit: Limit = LIMIT_DEFAULT
    after: int | None = None


@frozen(kw_only=True)
class RecipientsQuery:
    """Which recipients are asked for."""

    limit: Limit = LIMIT_DEFAULT
    after: str | None = None


@frozen(kw_only=True)
class TemplatesQuery:
    """Which templates are asked for."""

    limit: Limit = LIMIT_DEFAULT
    after: str | None = None


@frozen(kw_only=True)
class TemplateQuery:
    """Which version of a template is asked for; without it, the latest."""

    version: int | None = None


@frozen(kw_only=True)
class CampaignsQuery:
    """Which campaigns are asked for."""

    limit: Limit = LIMIT_DEFAULT
    after: int | None = None


@frozen(kw_only=True)
class SuppressionsQuery:
    """Which suppressions are asked for."""

    channel: Channel | None = None
    reason: SuppressionReason | None = None
    scope: SuppressionScope | None = None
    address: str | None = None
    limit: Limit = LIMIT_DEFAULT
    after: SuppressionName | None = None

    def query(self) -> SuppressionQuery:
        """Return what the use case is asked for."""
        return SuppressionQuery(
            channel=self.channel,
            reason=self.reason,
            scope=self.scope,
            address=self.address,
            limit=self.limit,
            after=self.after,
        )


@frozen(kw_only=True)
class RemovalQuery:
    """Which suppressions of an address are to be removed.

    Without any of these, those that count for everything and that the person did not decide.
    """

    reason: SuppressionReason | None = None
    scope: SuppressionScope | None = None
    all: bool = False


@frozen(kw_only=True)
class InboxItemsQuery:
    """Which messages of an inbox are asked for; the guard has looked at the token."""

    unread: bool = False
    archived: bool = False
    limit: Limit = LIMIT_DEFAULT
    after: int | None = None
    token: str | None = None


@frozen(kw_only=True)
class InboxStreamQuery:
    """After which event a stream goes on; the guard has looked at the token."""

    last_event_id: int | None = None
    token: str | None = None


@frozen(kw_only=True)
class InboxTokenQuery:
    """A token alone; the guard has looked at it."""

    token: str | None = None


@frozen(kw_only=True)
class ReportQuery:
    """What a report is about."""

    days: Days | None = None
    by: Grouping | None = None


def read_query(shape: type[T], request: Request[Any, Any, Any]) -> T:
    """Return the query string of *request* as *shape*.

    :raises InvalidInput: every parameter that is wrong, unknown or given twice is named.
    """
    try:
        pairs = parse_qsl(
            request.scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=_PARAMETERS_MAX
        )
    except ValueError:
        raise InvalidInput.of("", f"the query has more than {_PARAMETERS_MAX} parameters") from None
    values = dict(pairs)
    found, errors = read(shape, values, _CONVERTER)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        errors += [FieldError(shown(name), "is given more than once") for name in values if names.count(name) > 1]
    if errors or found is None:
        raise InvalidInput(errors)
    return found


def to_notification_id(part: str) -> int:
    """Return the id that a *part* of a path names.

    :raises NotFound: it is not a number, so no notification has it.
    """
    return _id("notification", part)


def to_inbox_item_id(part: str) -> int:
    """Return the id that a *part* of a path names.

    :raises NotFound: it is not a number, so no message has it.
    """
    return _id("message of this inbox", part)


def to_event_id(text: str, name: str) -> int:
    """Return the number of an event that the header *name* gives.

    :raises InvalidInput: it is none.
    """
    if not _DIGITS.match(text):
        raise InvalidInput.of(name, "must be the id of an event")
    return int(text)


def to_campaign_id(part: str) -> int:
    """Return the id that a *part* of a path names.

    :raises NotFound: it is not a number, so no campaign has it.
    """
    return _id("campaign", part)


def to_template_name(part: str) -> str:
    """Return the name of a template that a *part* of a path stands for, percent-encoded as it was sent; maybe none."""
    return unquote(part, errors="surrogateescape")


def to_known_template_name(part: str) -> str:
    """Return the name of a template that a *part* of a path stands for.

    :raises NotFound: no template can be called so.
    """
    found = to_template_name(part)
    if not is_template_name(found):
        raise NotFound("template", shown(found))
    return found


def to_channel_and_address(channel: str, address: str) -> tuple[Channel, str]:
    """Return what two parts of a path name, percent-encoded as they were sent.

    :raises NotFound: there is no such channel, or it is no text.
    """
    word, text = unquote(channel, errors="surrogateescape"), unquote(address, errors="surrogateescape")
    try:
        text.encode()
        return Channel(word), text
    except ValueError:
        raise NotFound("suppression", shown(f"{word}/{text}")) from None


def to_gateway_name(part: str) -> str:
    """Return the name of a gateway that a *part* of a path stands for, percent-encoded as it was sent."""
    return unquote(part, errors="surrogateescape")


def _id(kind: str, part: str) -> int:
    if not _DIGITS.match(part):
        raise NotFound(kind, shown(part))
    return int(part)


def to_recipient_id(part: str) -> str:
    """Return the recipient id that a *part* of a path stands for, percent-encoded as it was sent; it may be none."""
    return unquote(part, errors="surrogateescape")


def to_known_recipient_id(part: str) -> str:
    """Return the recipient id that a *part* of a path stands for.

    :raises NotFound: it cannot be an id, so nobody has it.
    """
    found = to_recipient_id(part)
    if not is_recipient_id(found):
        raise NotFound("recipient", shown(found))
    return found


def _whole_number(value: str, _: object) -> int:
    if not _DIGITS.match(value):
        raise ValueError("must be a whole number of 0 or more, with at most 18 digits")
    return int(value)


def _yes_or_no(value: str, _: object) -> bool:
    if value not in ("true", "false"):
        raise ValueError("must be true or false")
    return value == "true"


def _between(value: str, most: int) -> int:
    if not _DIGITS.match(value) or not 1 <= int(value) <= most:
        raise ValueError(f"must be a whole number between 1 and {most}")
    return int(value)


def _converter() -> Converter:
    converter = json_converter()
    converter.register_structure_hook(int, _whole_number)
    converter.register_structure_hook(bool, _yes_or_no)
    converter.register_structure_hook(
        SuppressionName, lambda value, _: SuppressionName.parse(converter.structure(value, str))
    )
    converter.register_structure_hook_func(lambda kind: kind is Limit, lambda value, _: _between(value, LIMIT_MAX))
    converter.register_structure_hook_func(lambda kind: kind is Days, lambda value, _: _between(value, DAYS_MAX))
    return converter


_CONVERTER = _converter()
