"""What a terminal gets: tables and bars drawn by rich. Imported only where there is a terminal."""

import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from attrs import define, field, frozen
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from entrypoints.cli.fitting import ELLIPSIS, GAP, NOTHING, PROSE_LINES, Column, cut, fitted

Cell = tuple[str, str | None]
"""A text without control characters, and its colour."""


@define(eq=False)
class Drawing:
    """Draws one table, part by part, on standard output; a cell's text is no markup.

    The first part decides how wide the columns are. Where not even their words have room, each row becomes a small
    table of its own, with a line for each column. Texts of the columns in *prose* are cut where they are too
    long.
    """

    titles: Sequence[str]
    numbers: Collection[str]
    spare: Sequence[str]
    prose: Collection[str] = ()
    _columns: list[Column] | None = field(default=None, init=False)
    _missed: dict[str, None] = field(factory=dict, init=False)
    _is_first: bool = field(default=True, init=False)

    def part(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Draw *rows* below those drawn before."""
        console = _console(sys.stdout)
        if self._is_first:
            texts = [[text for text, _ in row] for row in rows]
            self._columns = fitted(self.titles, texts, console.width, self.spare, self.prose)
        if self._columns is None:
            for row in rows:
                console.print(self._on_its_own(row, console.width))
        else:
            console.print(self._table(rows, self._columns))
            self._miss(rows, {column.title for column in self._columns})
        self._is_first = False

    def end(self) -> None:
        """Say what had no room."""
        if self._missed:
            text = f"no room here for: {', '.join(self._missed)}; make the terminal wider, or use --json"
            _console(sys.stdout).print(Text(text, "dim"))

    def _miss(self, rows: Sequence[Sequence[Cell]], shown: Collection[str]) -> None:
        for place, title in enumerate(self.titles):
            if title not in shown and not NOTHING.issuperset(row[place][0] for row in rows):
                self._missed[title] = None

    def _table(self, rows: Sequence[Sequence[Cell]], columns: Sequence[Column]) -> Table:
        table = Table(
            box=box.SIMPLE_HEAD, show_header=self._is_first, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0)
        )
        for column in columns:
            is_number = column.title in self.numbers
            table.add_column(
                column.title, justify="right" if is_number else "left", width=column.width, overflow="fold"
            )
        for row in rows:
            table.add_row(*(self._text(column.title, row[column.place], column.width) for column in columns))
        return table

    def _on_its_own(self, row: Sequence[Cell], width: int) -> Table:
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        left = max(1, width - max(map(len, self.titles)) - GAP)
        for title, cell in zip(self.titles, row, strict=True):
            table.add_row(title, self._text(title, cell, left))
        table.add_row()
        return table

    def _text(self, title: str, cell: Cell, width: int) -> Text:
        text, colour = cell
        if title not in self.prose:
            return Text(text, colour or "")
        lines = Text(cut(text, width), colour or "").wrap(_console(sys.stdout), width, overflow="fold")
        if len(lines) > PROSE_LINES:  # words that stay whole leave room at the ends of lines
            lines[PROSE_LINES - 1].rstrip()
            lines[PROSE_LINES - 1].truncate(width - 1)
            lines[PROSE_LINES - 1].append(ELLIPSIS)
        return Text("\n").join(lines[:PROSE_LINES])


@frozen
class Mark:
    """One thing under a sign: its name, what is said of it in the sign's colour, and details, which are dim."""

    sign: str
    colour: str
    name: str
    said: str
    details: Sequence[str]


def draw_marks(marks: Sequence[Mark]) -> None:
    """Draw *marks* on standard output, one below the other; what has no room goes on under where it began."""
    console = _console(sys.stdout)
    width = max((cell_len(one.name) for one in marks), default=0)
    left = max(1, console.width - width - 1 - 2 * GAP)
    grid = Table.grid(padding=(0, GAP, 0, 0))
    grid.add_column(width=1)
    grid.add_column(width=width, no_wrap=True)
    grid.add_column(overflow="fold")
    for one in marks:
        lines = [Text(one.said, one.colour)] if one.said else []
        lines += [Text(line, "dim") for line in _filled(one.details, left)]
        grid.add_row(Text(one.sign, one.colour), Text(one.name, "bold" if one.said else ""), Text("\n").join(lines))
    console.print(grid)


def _filled(texts: Sequence[str], width: int) -> Iterator[str]:
    """Yield lines of whole *texts*, as many on each as *width* has room for; one that is longer has its own."""
    line = ""
    for text in texts:
        longer = f"{line}{' ' * GAP}{text}" if line else text
        if line and cell_len(longer) > width:
            yield line
            longer = text
        line = longer
    if line:
        yield line


def draw_sentence(text: str, colour: str | None) -> None:
    """Draw a sentence that stands for all that follows; its words stay whole."""
    _console(sys.stdout).print(Text(text, f"bold {colour or ''}".strip()))


@contextmanager
def bar(title: str, *, in_bytes: bool) -> Iterator[Callable[[int, int | None], None]]:
    """Show a bar on standard error while the block runs; give what says how far it is (:data:`progress.Advance`)."""
    count = DownloadColumn() if in_bytes else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), count, TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_console(sys.stderr), transient=True) as shown:
        task = shown.add_task(title, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def _console(stream: TextIO) -> Console:
    return Console(file=stream, color_system=None if os.environ.get("NO_COLOR") else "auto")
