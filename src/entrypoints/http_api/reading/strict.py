"""From JSON values and query texts to attrs classes: nothing is coerced, unknown names are refused."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from typing import Any, TypeVar, get_origin

from attrs import has
from cattrs import AttributeValidationNote, ClassValidationError, Converter, ForbiddenExtraKeysError
from cattrs.cols import homogenous_tuple_structure_factory
from cattrs.errors import BaseValidationError, IterableValidationNote
from cattrs.gen import make_dict_structure_fn, mapping_structure_factory

from application.ports.report_repository import Grouping
from domain.channel import Channel
from domain.errors import FieldError
from domain.lifecycle import Status
from domain.notification_type import NotificationType
from domain.suppression import SuppressionScope
from domain.suppression_reason import SuppressionReason
from entrypoints.http_api.reading.json_text import shown

T = TypeVar("T")
Hook = Callable[[Any, Any], Any]

# RFC 3339 section 5.6; ISO 8601 lets the seconds be left out.
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)\Z", re.IGNORECASE | re.ASCII)
WORDS: tuple[type[StrEnum], ...] = (Channel, NotificationType, Status, Grouping, SuppressionReason)
"""The closed lists of words that a caller may send."""

ENTRIES_MAX = 10_000
"""The most entries of one object or list: more are no message."""

ERRORS_MAX = 100
"""The most wrong fields that one answer names."""

_ROOT = re.compile(r"[.\[]")
_NOT_TEXT = re.compile(r"[\x00\ud800-\udfff]")


def read(shape: type[T], value: object, converter: Converter) -> tuple[T | None, list[FieldError]]:
    """Return *value* as *shape*, and everything that is wrong with it.

    Where fields are wrong, what is left without them is returned all the same, so that the rest can be checked as
    well; None where that is nothing whole. At most :data:`ERRORS_MAX` of them are named.
    """
    try:
        return converter.structure(value, shape), []
    except ClassValidationError as error:
        problems = error
    except ValueError as error:
        return None, [FieldError("", str(error))]
    assert isinstance(value, dict)
    wrong = _names(problems)
    try:
        rest = converter.structure({name: part for name, part in value.items() if name not in wrong}, shape)
    except ClassValidationError:
        rest = None
    errors = list(islice(_field_errors(problems, ""), ERRORS_MAX + 1))
    if len(errors) > ERRORS_MAX:
        errors[ERRORS_MAX] = FieldError("", "has more wrong fields than these; mend these first")
    return rest, errors


def json_converter() -> Converter:
    """Return a converter for parsed JSON: text stays text, a number is no text and a list no object."""
    converter = Converter(forbid_extra_keys=True)
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(datetime, _instant)
    for kind in WORDS:  # one by one, or the hook for str, which every StrEnum is, would be taken
        converter.register_structure_hook(kind, _word)
    converter.register_structure_hook(SuppressionScope, lambda value, _: SuppressionScope.parse(_text(value, _)))
    converter.register_structure_hook_factory(has, _object_hook)
    converter.register_structure_hook_factory(_is_mapping, _mapping_hook)
    converter.register_structure_hook_factory(_is_tuple, _list_hook)
    return converter


def with_more(errors: Sequence[FieldError], more: Iterable[FieldError]) -> list[FieldError]:
    """Return *errors* and those of *more* that are about other fields: what was not read cannot be judged."""
    named = {_ROOT.split(error.field, maxsplit=1)[0] for error in errors}
    return [*errors, *(error for error in more if _ROOT.split(error.field, maxsplit=1)[0] not in named)]


def _names(error: ClassValidationError) -> set[str]:
    """Return the names of the outermost fields that *error* is about, as they were sent."""
    names: set[str] = set()
    for inner in error.exceptions:
        if isinstance(inner, ForbiddenExtraKeysError):
            names |= inner.extra_fields
        names |= {note.name for note in getattr(inner, "__notes__", ()) if isinstance(note, AttributeValidationNote)}
    return names


def _field_errors(error: BaseException, path: str) -> Iterator[FieldError]:
    match error:
        case BaseValidationError():
            for inner in error.exceptions:
                yield from _field_errors(inner, path + _step(inner, path))
        case ForbiddenExtraKeysError():
            prefix = f"{path}." if path else ""
            for name in sorted(error.extra_fields):
                yield FieldError(prefix + shown(name), "is not known here; leave it out")
        case KeyError():
            yield FieldError(path, "is required")
        case _:
            yield FieldError(path, str(error))


def _step(error: BaseException, path: str) -> str:
    """Return the last part of the path to *error*, which cattrs leaves as a note on it."""
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return f".{note.name}" if path else note.name
        if isinstance(note, IterableValidationNote):
            return f"[{note.index}]" if isinstance(note.index, int) else f".{shown(note.index)}"
    return ""


def _text(value: object, _: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text")  # noqa: TRY004  (whatever a hook refuses is a ValueError)
    if found := _NOT_TEXT.search(value):
        what = "a NUL character" if found[0] == "\x00" else "half of a surrogate pair, which is not text"
        raise ValueError(f"contains {what}; remove it")
    return value


def _instant(value: object, _: object) -> datetime:
    if not isinstance(value, str) or not _INSTANT.match(value):
        raise ValueError("must be a time with offset in ISO 8601, such as 2026-06-01T09:00:00+02:00")
    try:
        moment = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is not in the calendar; give a time that exists") from None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _word(value: object, words: type[StrEnum]) -> StrEnum:
    known = [word.value for word in words]
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"must be one of {', '.join(known)}")
    return words(value)


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) is Mapping


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _object_hook(shape: type[Any], converter: Converter) -> Hook:
    return _only(dict, "an object", make_dict_structure_fn(shape, converter))


def _mapping_hook(shape: type[Any], converter: Converter) -> Hook:
    return _only(dict, "an object", mapping_structure_factory(shape, converter))


def _list_hook(shape: type[Any], converter: Converter) -> Hook:
    return _only(list, "a list", homogenous_tuple_structure_factory(shape, converter))


def _only(kind: type[dict[Any, Any]] | type[list[Any]], name: str, hook: Hook) -> Hook:
    """Return *hook*, which looks only at values of *kind*; cattrs alone would take the letters of a text for a list."""

    def structure(value: object, shape: Any) -> Any:
        if not isinstance(value, kind):
            raise ValueError(f"must be {name}")  # noqa: TRY004  (whatever a hook refuses is a ValueError)
        if len(value) > ENTRIES_MAX:  # each that is wrong costs a kilobyte, and an answer as long as itself
            raise ValueError(f"has {len(value)} entries; at most {ENTRIES_MAX} are read")
        return hook(value, shape)

    return structure
