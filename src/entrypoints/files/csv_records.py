"""Reads CSV (RFC 4180) record by record; a broken record costs that record and nothing else."""

import csv
from collections.abc import Iterator

from attrs import frozen

from entrypoints.files.bounded_lines import BoundedLines, Line

FIELD_MAX_CHARACTERS = 100_000
RECORD_MAX_CHARACTERS = 1_000_000
_REASONS = {
    "unexpected end of data": "a quote is opened and not closed",
    "field larger than field limit": f"a field is longer than {FIELD_MAX_CHARACTERS} characters; is a quote left open?",
    "expected after": "something follows a closing quote; double a quote that belongs to the text",
    "new-line character seen in unquoted field": "contains a carriage return outside quotes",
}


@frozen
class Record:
    """One record: the line on which it begins, its text as it stands, and its cells or what is wrong with it."""

    line: int
    text: str
    cells: tuple[str, ...] = ()
    problem: str | None = None


class _TooLong(Exception):
    """A record goes on for longer than any record should."""


class _Recorder:
    """Gives a CSV reader its lines, and remembers those of the record that is being read."""

    def __init__(self, lines: BoundedLines) -> None:
        self._lines = lines
        self._characters = 0
        self.taken: list[Line] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._lines.next_line()
        if line is None:
            raise StopIteration
        self.taken.append(line)
        self._characters += len(line.text)
        if self._characters > RECORD_MAX_CHARACTERS:
            raise _TooLong
        return line.text

    def start(self) -> None:
        """Forget the record before."""
        self.taken = []
        self._characters = 0


def csv_records(lines: BoundedLines) -> Iterator[Record]:
    """Yield the records of *lines*; empty lines are left out.

    A record that cannot be read is given with its reason. If it took several lines, which a quote left open does, only
    the first one is lost, and the next record begins on the second.
    """
    recorder = _Recorder(lines)
    reader = csv.reader(recorder, strict=True)
    while True:
        recorder.start()
        try:
            cells = next(reader)
            problem = _problem(recorder.taken, cells)
        except StopIteration:
            return
        except _TooLong:
            cells, problem = [], f"is longer than {RECORD_MAX_CHARACTERS} characters; is a quote not closed?"
        except csv.Error as error:
            cells, problem = [], _reason(str(error))
        first, *others = recorder.taken
        if problem and others and not cells:
            lines.put_back(others)
            yield Record(first.number, first.text, problem=problem)
        elif cells or problem:
            text = "".join(line.text for line in recorder.taken)
            yield Record(first.number, text, () if problem else tuple(cells), problem)


def _problem(lines: list[Line], cells: list[str]) -> str | None:
    for line in lines:
        if line.problem:
            return line.problem
    if any(len(cell) > FIELD_MAX_CHARACTERS for cell in cells):
        return f"a field is longer than {FIELD_MAX_CHARACTERS} characters"
    return None


def _reason(message: str) -> str:
    known = (reason for part, reason in _REASONS.items() if part in message)
    return next(known, f"is not CSV: {message}")
