"""From what callers ask for to what the use case answers: every wrong field at once, each item for itself."""

from collections.abc import Sequence
from typing import Any, TypeVar

from attrs import frozen

from application.insight.decide import Decide, Decision
from application.ports.notification_repository import Added
from application.sending.enqueue import Enqueue
from domain.errors import FieldError, InvalidInput, NotFound, TocsinError
from domain.notification import IdempotencyKey
from entrypoints.http_api.reading.attachments import with_files
from entrypoints.http_api.reading.bodies import CONVERTER, NotificationBody
from entrypoints.http_api.reading.strict import read, with_more
from entrypoints.http_api.repeats import digest

T = TypeVar("T")

_CARRYING = frozenset({"body", "html", "data"})


@frozen(kw_only=True)
class AskedNotification:
    """One notification as a caller asks for it: what could be read of it, and what is wrong with the rest."""

    body: NotificationBody | None
    errors: Sequence[FieldError]
    key: IdempotencyKey | None

    @classmethod
    def of(cls, value: Any, scope: str, other_key: str | None, other_scope: str | None = None) -> "AskedNotification":
        """Return what *value* asks for. Its key is a promise of *scope*; else *other_key* is one of *other_scope*.

        Without *other_scope* both are of the same scope.
        """
        body, errors = read(NotificationBody, value, CONVERTER)
        own_key = None if body is None else body.key
        text = other_key if own_key is None else own_key
        key = None
        if text is not None and isinstance(value, dict):
            content = {name: part for name, part in value.items() if name != "key" and part is not None}
            promised_by = scope if own_key is not None or other_scope is None else other_scope
            key = IdempotencyKey(scope=promised_by, key=text, digest=digest(content))
        return cls(body=body, errors=with_files(value, errors), key=key)


def accept(asked: Sequence[AskedNotification], enqueue: Enqueue, *, test: bool) -> list[Added | TocsinError]:
    """Accept those that are right, and return one answer each, in order; of a *test* nothing reaches a gateway.

    What could be read of a wrong one is checked as well, so that its answer names every wrong field.
    """
    right = [one.body.request(one.key, test=test) for one in asked if one.body is not None and not one.errors]
    readable = [one.body.request(None) for one in asked if one.body is not None and one.errors]
    answers = iter(enqueue(right) if right else ())
    verdicts = iter(enqueue.admission.admit(readable) if readable else ())
    return [
        _about_to(next(answers)) if not one.errors else _refusal(one, next(verdicts) if one.body is not None else None)
        for one in asked
    ]


def decided(asked: AskedNotification, decide: Decide, *, test: bool) -> Decision:
    """Return what would become of *asked*.

    :raises InvalidInput: it would be refused; every wrong field is named.
    """
    if asked.errors or asked.body is None:
        verdict = None if asked.body is None else decide.admission.admit([asked.body.request(None)])[0]
        raise _refusal(asked, verdict)
    try:
        return decide(asked.body.request(asked.key, test=test))
    except NotFound as error:
        raise _about_to(error) from None


def _refusal(asked: AskedNotification, verdict: object) -> InvalidInput:
    refused = _about_to(verdict)
    more: Sequence[FieldError] = refused.errors if isinstance(refused, InvalidInput) else ()
    if any(error.field.split(".")[0] in _CARRYING for error in asked.errors):
        more = [error for error in more if error.field != "body"]  # what carries the message could not be read
    return InvalidInput(with_more(asked.errors, more))


def _about_to(answer: T | NotFound) -> T | InvalidInput:
    """Return *answer*, where an unknown recipient is a wrong field of the request and not a missing page."""
    if isinstance(answer, NotFound):
        return InvalidInput.of("to", f"{answer}; create it first: PUT /v1/recipients/{{id}}")
    return answer
