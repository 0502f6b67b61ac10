"""From what a caller says of a campaign to what the use case is asked for, with everything that is wrong with it."""

from collections.abc import Callable, Sequence
from typing import Any

from attrs import evolve

from application.sending.bulk import BulkCommand
from domain.errors import FieldError, InvalidInput
from domain.notification import IdempotencyKey
from entrypoints.http_api.reading.attachments import with_files
from entrypoints.http_api.reading.bodies import CONVERTER, CampaignBody
from entrypoints.http_api.reading.strict import read, with_more

_CARRYING = frozenset({"body", "html", "data"})


def campaign_command(
    value: Any, problems: Callable[[BulkCommand], Sequence[FieldError]], key: IdempotencyKey | None
) -> BulkCommand:
    """Return what *value* asks for.

    :raises InvalidInput: it cannot be read whole; the fields in which *problems* finds something are named as well.
    """
    body, errors = read(CampaignBody, value, CONVERTER)
    if body is not None and not errors:
        return body.command(key)
    more = [] if body is None else [as_sent(error) for error in problems(body.command(None))]
    if any(error.field.split(".")[0] in _CARRYING for error in errors):
        more = [error for error in more if error.field != "body"]  # what carries the message could not be read
    raise InvalidInput(with_more(with_files(value, errors), more))


def as_sent(error: FieldError) -> FieldError:
    """Return *error* about the field as a caller of the API spells it."""
    return evolve(error, field="channels") if error.field == "channel" else error
