"""Reads a text file line by line without ever holding more than one line, and knows how far it has come."""

import os
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from attrs import frozen

from domain.errors import InvalidInput

LINE_MAX_BYTES = 1_000_000
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"


@frozen
class Line:
    """One line with its end. What is not UTF-8 stands in ``text`` as lone surrogates; ``cut`` says it was too long."""

    number: int
    text: str
    cut: bool = False

    @property
    def problem(self) -> str | None:
        """Return why this line cannot be read, or None."""
        if self.cut:
            return f"is longer than {LINE_MAX_BYTES} bytes"
        if "\x00" in self.text:
            return "contains a NUL character"
        try:
            self.text.encode()
        except UnicodeEncodeError:
            return "is not UTF-8"
        return None


class BoundedLines:
    """The lines of one file, numbered from 1. Used in a with statement; a line may be put back.

    ``total_bytes`` is the size of the file, 0 where it has none (a pipe); ``position`` is how much was read.
    """

    def __init__(self, path: Path, field: str) -> None:
        """Open *path*.

        :raises InvalidInput: it cannot be read, or it is UTF-16; the error names *field*.
        """
        self.position = 0
        self._number = 0
        self._put_back: deque[Line] = deque()
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise InvalidInput.of(field, f"{path} cannot be read: {error.strerror}") from error
        self.total_bytes = os.fstat(self._file.fileno()).st_size
        self._first = self._file.readline(LINE_MAX_BYTES)
        if self._first.startswith(_WIDE_MARKS):
            self._file.close()
            raise InvalidInput.of(field, f"{path} is UTF-16; save it as UTF-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def next_line(self) -> Line | None:
        """Return the next line, or None at the end."""
        if self._put_back:
            return self._put_back.popleft()
        raw = self._file.readline(LINE_MAX_BYTES) if self._number else self._first
        if not raw:
            return None
        self.position += len(raw)
        self._number += 1
        cut = len(raw) >= LINE_MAX_BYTES and not raw.endswith(b"\n")
        if cut:
            self._skip_rest()
        if self._number == 1:
            raw = raw.removeprefix(_UTF8_MARK)
        return Line(self._number, raw.decode(errors="surrogateescape"), cut)

    def put_back(self, lines: list[Line]) -> None:
        """Let *lines* come again, in their order, before any other."""
        self._put_back.extendleft(reversed(lines))

    def _skip_rest(self) -> None:
        while rest := self._file.readline(LINE_MAX_BYTES):
            self.position += len(rest)
            if rest.endswith(b"\n"):
                return
