"""Files of recipients: read row by row in flat memory, and written back where rows are wrong."""

import csv
import os
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self

from attrs import frozen

from domain.address import is_recipient_id
from domain.errors import FieldError, InvalidInput
from entrypoints.files.bounded_lines import BoundedLines
from entrypoints.files.csv_records import Record, csv_records
from entrypoints.files.recipient_shape import CSV_COLUMNS, LIST_FIELDS, RowProblem, from_cells, from_json

FIELD = "file"
PROBLEMS_MAX = 10
_DELIMITERS = (";", "\t", "|")


@frozen
class SourceRow:
    """One row: the line on which it begins, its text as it stands, and its fields or the problem with it.

    ``fields`` are those of a recipient as over HTTP (``push_tokens`` and ``web_push`` are lists, ``attributes`` an
    object); exactly one of ``fields`` and ``problem`` is there. Addresses are not checked here.
    """

    line: int
    text: str
    fields: Mapping[str, object] | None = None
    problem: str | None = None


class RecipientFile:
    """The rows of one ``.csv`` or ``.jsonl`` file, read once, in a with statement.

    ``position`` of ``total_bytes`` (0 where the size is not known) shows how far it has come.
    """

    def __init__(self, path: Path) -> None:
        """Open *path* and read its header.

        :raises InvalidInput: it cannot be read, or its header does not name what a recipient needs.
        """
        kind = path.suffix.lower()
        if kind not in (".csv", ".jsonl", ".ndjson"):
            raise InvalidInput.of(FIELD, f"{path.name} is neither .csv nor .jsonl; name it by what is in it")
        self._lines = BoundedLines(path, FIELD)
        self.attributes: tuple[str, ...] = ()  # the columns of a .csv file that are no fields of a recipient
        try:
            self._rows = self._csv_rows() if kind == ".csv" else _json_rows(self._lines)
        except InvalidInput:
            self._lines.close()
            raise

    @property
    def total_bytes(self) -> int:
        """The size of the file in bytes, 0 where it is not known."""
        return self._lines.total_bytes

    @property
    def position(self) -> int:
        """How many bytes were read."""
        return self._lines.position

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._lines.close()

    def __iter__(self) -> Iterator[SourceRow]:
        """Yield the rows that are left."""
        return self._rows

    def _csv_rows(self) -> Iterator[SourceRow]:
        records = csv_records(self._lines)
        first = next(records, None)
        if first is None:
            raise InvalidInput.of(FIELD, f"is empty; its first line names the columns: {','.join(CSV_COLUMNS)}")
        header = _header(first)
        self.attributes = tuple(name for name in header if name not in CSV_COLUMNS)
        return _rows_below(header, records)


class RejectsFile:
    """A CSV file of what could not be taken: line, reason, and the row as it stood. Used in a with statement."""

    def __init__(self, path: Path, source: Path) -> None:
        """Create or empty *path*, readable by its owner alone, for the rejected rows of *source*.

        :raises InvalidInput: it cannot be written, or it is *source* itself.
        """
        self.count = 0
        if path.exists() and source.exists() and path.samefile(source):
            raise InvalidInput.of("rejects", "is the file that is being imported; name another one")
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        except OSError as error:
            raise InvalidInput.of("rejects", f"{path} cannot be written: {error.strerror}") from error
        self._file = os.fdopen(descriptor, "w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(("line", "reason", "row"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._file.close()

    def write(self, row: SourceRow, reason: str) -> None:
        """Add *row* with the *reason* why it was not taken; bytes that are not UTF-8 are written as escapes."""
        text = row.text.rstrip("\r\n").encode(errors="surrogateescape").decode(errors="backslashreplace")
        self._writer.writerow((row.line, reason, text))
        self.count += 1


def read_ids(path: Path, field: str = "audience") -> tuple[str, ...]:
    """Return the recipient ids that *path* lists: its column ``id``, or one id a line; each id once, in their order.

    :raises InvalidInput: it cannot be read, has several columns and none is ``id``, names nobody, or has lines that
        cannot be ids (the first ten are named).
    """
    found: dict[str, None] = {}
    errors = []
    with BoundedLines(path, field) as lines:
        for record, cell in _id_cells(lines, path, field):
            identifier = cell.strip()
            if record.problem or not is_recipient_id(identifier):
                reason = record.problem or "is not the id of a recipient"
                errors.append(FieldError(field, f"{path.name}, line {record.line}: {reason}"))
                if len(errors) == PROBLEMS_MAX:
                    break
            found[identifier] = None
    if errors:
        raise InvalidInput(errors)
    if not found:
        raise InvalidInput.of(field, f"{path.name} names nobody")
    return tuple(found)


def _id_cells(lines: BoundedLines, path: Path, field: str) -> Iterator[tuple[Record, str]]:
    records = csv_records(lines)
    first = next(records, None)
    if first is None:
        return
    header = [cell.strip().lower() for cell in first.cells]
    if "id" in header:
        column = header.index("id")
    elif len(header) <= 1:
        column = 0
        records = chain([first], records)
    else:
        raise InvalidInput.of(field, f"{path.name} has several columns and none is called id")
    for record in records:
        cells = record.cells
        if any(not cell.isspace() for cell in cells if cell) or record.problem:
            yield record, cells[column] if column < len(cells) else ""


def _rows_below(header: tuple[str, ...], records: Iterator[Record]) -> Iterator[SourceRow]:
    for record in records:
        if record.problem is not None:
            yield SourceRow(record.line, record.text, problem=record.problem)
        elif any(record.cells):  # a row of commas alone is what spreadsheets leave at the end
            try:
                yield SourceRow(record.line, record.text, fields=from_cells(header, record.cells))
            except RowProblem as problem:
                yield SourceRow(record.line, record.text, problem=str(problem))


def _header(record: Record) -> tuple[str, ...]:
    if record.problem is not None:
        raise InvalidInput.of(FIELD, f"its first line {record.problem}")
    names = [name.strip() for name in record.cells]
    header = tuple(name.lower() if name.lower() in (*CSV_COLUMNS, *LIST_FIELDS) else name for name in names)
    problem = _header_problem(header)
    if problem:
        raise InvalidInput.of(FIELD, problem)
    return header


def _header_problem(header: tuple[str, ...]) -> str | None:
    if "id" not in header:
        other = next((sign for sign in _DELIMITERS if len(header) == 1 and sign in header[0]), None)
        if other:
            return f"its columns are separated by {other!r}; save it with commas"
        return "its first line names no column id; every recipient needs one"
    if "" in header:
        return f"column {header.index('') + 1} has no name; name it or remove it"
    twice = [name for name in header if header.count(name) > 1]
    if twice:
        return f"the column {twice[0]!r} is there twice; rename or remove one"
    several = [name for name in LIST_FIELDS if name in header]
    if several:
        return f"a .csv file has no column {several[0]}: one push_token, other columns as attributes; or use .jsonl"
    return None


def _json_rows(lines: BoundedLines) -> Iterator[SourceRow]:
    while (line := lines.next_line()) is not None:
        if line.problem is not None:
            yield SourceRow(line.number, line.text, problem=line.problem)
        elif line.text and not line.text.isspace():
            try:
                yield SourceRow(line.number, line.text, fields=from_json(line.text))
            except RowProblem as problem:
                yield SourceRow(line.number, line.text, problem=str(problem))
