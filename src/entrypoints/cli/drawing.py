"""What a terminal gets: tables and bars drawn by rich. Imported only where there is a terminal."""

import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from rich import box
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

Cell = tuple[str, str | None]
"""A text without control characters, and its colour."""


def draw_table(
    columns: Sequence[str], rows: Sequence[Sequence[Cell]], numbers: Collection[str], *, show_titles: bool
) -> None:
    """Draw a table on standard output; a cell's text is no markup."""
    table = Table(box=box.SIMPLE_HEAD, show_header=show_titles, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(text, colour or "") for text, colour in row))
    _console(sys.stdout).print(table)


@contextmanager
def bar(title: str, *, in_bytes: bool) -> Iterator[Callable[[int, int | None], None]]:
    """Show a bar on standard error while the block runs; give what says how far it is (:data:`progress.Advance`)."""
    count = DownloadColumn() if in_bytes else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), count, TimeElapsedColumn())
    with Progress(*columns, console=_console(sys.stderr), transient=True) as shown:
        task = shown.add_task(title, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def _console(stream: TextIO) -> Console:
    return Console(file=stream, color_system=None if os.environ.get("NO_COLOR") else "auto")
