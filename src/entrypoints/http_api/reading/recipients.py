"""From what callers say of people to drafts, with everything that is wrong with them."""

from collections.abc import Callable
from typing import Any

from application.recipients.checking import RecipientDraft
from domain.errors import FieldError, InvalidInput
from entrypoints.http_api.reading.bodies import CONVERTER, RecipientBody
from entrypoints.http_api.reading.strict import read, with_more


def recipient_draft(
    value: Any, check: Callable[[RecipientDraft], object], path_id: str | None = None
) -> RecipientDraft:
    """Return what *value* says of a person, whose id is *path_id* or stands in it.

    :raises InvalidInput: it cannot be read whole; the fields that *check* refuses are named as well.
    """
    body, errors = read(RecipientBody, value, CONVERTER)
    draft = None
    if body is not None:
        draft = body.draft(path_id if path_id is not None else body.id or "")
        errors += _id_problems(body.id, path_id)
    if errors or draft is None:
        raise InvalidInput(with_more(errors, [] if draft is None else _refused_by(check, draft)))
    return draft


def _id_problems(body_id: str | None, path_id: str | None) -> list[FieldError]:
    if path_id is None:
        return [FieldError("id", "is required")] if body_id is None else []
    if body_id in (None, path_id):
        return []
    return [FieldError("id", "differs from the id in the path; leave it out, or make them equal")]


def _refused_by(check: Callable[[RecipientDraft], object], draft: RecipientDraft) -> tuple[FieldError, ...]:
    try:
        check(draft)
    except InvalidInput as error:
        return error.errors
    return ()
