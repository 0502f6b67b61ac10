"""Files of recipients that an import takes again, written in flat memory."""

import csv
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TextIO

from domain.errors import InvalidInput
from domain.recipient import Recipient
from entrypoints.files.recipient_shape import CSV_COLUMNS, LIST_FIELDS
from entrypoints.wire_format import recipient_json

ATTRIBUTES_MAX: Final = 1000
"""The most attributes that a .csv file has columns for."""

FIELD: Final = "all"


class ExportFormat(StrEnum):
    """How a file of recipients is written."""

    CSV = "csv"
    JSONL = "jsonl"


def format_of(path: Path) -> ExportFormat:
    """Return how a file is written by the end of its name.

    :raises InvalidInput: it says neither.
    """
    match path.suffix.lower():
        case ".csv":
            return ExportFormat.CSV
        case ".jsonl" | ".ndjson":
            return ExportFormat.JSONL
        case _:
            raise InvalidInput.of(FIELD, f"{path.name} is neither .csv nor .jsonl; name it by what is to be in it")


@contextmanager
def written(path: Path, *, force: bool) -> Iterator[TextIO]:
    """Give a file that only its owner can read; it appears at *path* once it is whole.

    :raises InvalidInput: there is a file and nobody wants to write over it, or it cannot be written.
    """
    if path.exists() and not force:
        raise InvalidInput.of(FIELD, f"{path} is there already; name another file, or add --force")
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    except OSError as error:
        raise InvalidInput.of(FIELD, f"{path} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            yield file
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_jsonl(file: TextIO, people: Iterable[Recipient]) -> int:
    """Write one recipient a line, as over HTTP, and return how many."""
    encode = json.JSONEncoder(ensure_ascii=(file.encoding or "ascii").lower().replace("-", "") != "utf8").encode
    number = 0
    for one in people:
        file.write(f"{encode(recipient_json(one))}\n")
        number += 1
    return number


class CsvExport:
    """Writes recipients as rows; the columns behind the fixed ones are the *attributes*, which must be all there are.

    ``cut`` counts those of whom a row cannot have all: further devices, browsers, attributes called like a column.
    """

    def __init__(self, file: TextIO, attributes: Iterable[str]) -> None:
        self.cut = 0
        self._attributes = tuple(sorted(name for name in attributes if not _is_taken(name)))
        self._writer = csv.writer(file)
        self._writer.writerow((*CSV_COLUMNS, *self._attributes))

    def write(self, people: Iterable[Recipient]) -> int:
        """Write one row each, and return how many."""
        number = 0
        for one in people:
            self._writer.writerow(self._row(one))
            self.cut += len(one.push_tokens) > 1 or bool(one.web_push) or any(map(_is_taken, one.attributes))
            number += 1
        return number

    def _row(self, one: Recipient) -> tuple[object, ...]:
        token = one.push_tokens[0] if one.push_tokens else None
        fixed = (one.id, one.name, one.email, one.phone, token, one.locale, one.timezone)
        known = one.attributes
        return (*fixed, *(_cell(known.get(name)) for name in self._attributes))


def attribute_names(people: Iterable[Recipient]) -> set[str]:
    """Return the names of all attributes of *people*.

    :raises InvalidInput: there are more than a table has room for.
    """
    found: set[str] = set()
    for one in people:
        found.update(one.attributes)
        if len(found) > ATTRIBUTES_MAX:
            raise InvalidInput.of(FIELD, f"there are more than {ATTRIBUTES_MAX} attributes; export a .jsonl file")
    return found


def _cell(value: Any) -> str | None:
    """Return an attribute as a cell: a text as it is, anything else as JSON spells it."""
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_taken(name: str) -> bool:
    """Say whether a column of this name would be read as something else."""
    return name.strip().lower() in (*CSV_COLUMNS, *LIST_FIELDS) or name != name.strip()
