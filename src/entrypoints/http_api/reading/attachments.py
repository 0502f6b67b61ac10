"""Files of which one could not be read whole: what could be read of them is checked all the same."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from domain.content import ATTACHMENTS_MAX, file_problems
from domain.errors import FieldError

_FIELD = "attachments"


def with_files(value: Any, errors: Sequence[FieldError]) -> list[FieldError]:
    """Return *errors*, and what else is wrong with the files of *value* where some of *errors* are about files.

    Such files are left out of what is checked later.
    """
    named = {error.field for error in errors}
    if not any(field.startswith(f"{_FIELD}[") for field in named):
        return list(errors)
    return [*errors, *(error for error in _file_problems(value[_FIELD]) if error.field not in named)]


def _file_problems(files: Any) -> Iterator[FieldError]:
    for number, file in enumerate(islice(files if isinstance(files, list) else (), ATTACHMENTS_MAX)):
        if isinstance(file, dict):
            yield from file_problems(number, _text(file.get("filename")), _text(file.get("media_type")))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
