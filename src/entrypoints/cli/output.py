"""Results on standard output: JSON for programs, tables for people."""

import json
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Any, TextIO

import click

from entrypoints.cli.plain_text import is_harmless, shown, visible

CHUNK = 1000
"""So many rows share one layout, so that a list of any length needs little memory."""

GAP = "  "

PROSE_MAX = 200
"""Where nothing is drawn, so many characters of a text are shown in a table; JSON has all of it."""

COLOURS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("sent", "delivered", "accepted", "ok", "pass", "finished", "open"), "green"),
        **dict.fromkeys(("failed", "error", "stop", "rejected", "unreachable", "gateway_down"), "red"),
        **dict.fromkeys(
            ("unknown", "warning", "postpone", "deferred", "throttled", "rests", "retrying", "paused"), "yellow"
        ),
        **dict.fromkeys(("sending", "scheduled", "running"), "cyan"),
        **dict.fromkeys(("cancelled", "expired", "suppressed", "revoked", "closed"), "bright_black"),
    }
)
"""How words that say how something stands are coloured, on a terminal."""

COLOURED_COLUMNS = frozenset({"status", "outcome", "verdict", "level", "health", "state"})


def is_fancy(stream: TextIO) -> bool:
    """Say whether *stream* is a terminal that people look at."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def print_json(document: Any) -> None:
    """Print one JSON document on one line; no character of it can control a terminal."""
    takes_all = (sys.stdout.encoding or "ascii").lower().replace("-", "") == "utf8"
    text = json.dumps(document, ensure_ascii=not takes_all)
    click.echo(text if text.isprintable() else "".join(_in_json(character) for character in text))


def _in_json(character: str) -> str:
    return character if is_harmless(character) else json.dumps(character)[1:-1]


def print_json_lines(documents: Iterable[Any]) -> None:
    """Print a list: one JSON object a line."""
    for document in documents:
        print_json(document)


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    numbers: Collection[str] = (),
    spare: Sequence[str] = (),
    prose: Collection[str] = (),
) -> None:
    """Print a table; the columns in *numbers* are set flush right.

    On a terminal it is drawn, and where that is narrow the columns in *spare* are the first to go; elsewhere it is
    aligned text under a line of titles. Nothing is cut off but in the columns in *prose*, whose texts may be long.
    """
    texts = ([shown(cell) for cell in row] for row in rows)
    if is_fancy(sys.stdout):
        _draw(columns, texts, numbers, spare, prose)
        return
    is_first = True
    texts = (
        [_cut(cell) if column in prose else cell for column, cell in zip(columns, row, strict=True)] for row in texts
    )
    while (chunk := list(islice(texts, CHUNK))) or is_first:
        _align(columns, chunk, numbers, is_first=is_first)
        is_first = False


def print_details(pairs: Iterable[tuple[str, object]]) -> None:
    """Print what belongs to one thing, a line each."""
    lines = [(name, shown(value)) for name, value in pairs]
    width = max(len(name) for name, _ in lines)
    for name, value in lines:
        click.echo(f"{_styled(f'{name:<{width}}', bold=True)}{GAP}{_styled(value, fg=_colour(name, value))}")


def print_sentence(text: str, colour: str | None) -> None:
    """Print what matters most, in a sentence before the rest."""
    if is_fancy(sys.stdout):
        from entrypoints.cli.drawing import draw_sentence

        draw_sentence(visible(text), colour)
    else:
        click.echo(visible(text))


def print_title(text: str) -> None:
    """Print the title of what follows."""
    click.echo(f"\n{_styled(text, bold=True)}")


def _align(columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: Collection[str], *, is_first: bool) -> None:
    lines = [[column.upper() for column in columns], *rows] if is_first else rows
    widths = [max(len(cell) for cell in cells) for cells in zip(*lines, strict=True)]
    for line in lines:
        cells = [
            cell.rjust(width) if column in numbers else cell.ljust(width)
            for column, cell, width in zip(columns, line, widths, strict=True)
        ]
        click.echo(GAP.join(cells).rstrip())


def _draw(
    columns: Sequence[str],
    rows: Iterator[Sequence[str]],
    numbers: Collection[str],
    spare: Sequence[str],
    prose: Collection[str],
) -> None:
    from entrypoints.cli.drawing import Drawing  # what no terminal shows need not pay for rich

    drawing = Drawing(columns, numbers, spare, prose)
    coloured = ([(cell, _colour(column, cell)) for column, cell in zip(columns, row, strict=True)] for row in rows)
    drawing.part(list(islice(coloured, CHUNK)))
    while chunk := list(islice(coloured, CHUNK)):
        drawing.part(chunk)
    drawing.end()


def _cut(text: str) -> str:
    return text if len(text) <= PROSE_MAX else f"{text[: PROSE_MAX - 1].rstrip()}…"


def _colour(column: str, text: str) -> str | None:
    return COLOURS.get(text.partition(" ")[0]) if column in COLOURED_COLUMNS else None


def _styled(text: str, *, bold: bool | None = None, fg: str | None = None) -> str:
    if os.environ.get("NO_COLOR") or not is_fancy(sys.stdout):
        return text
    return click.style(text, bold=bold, fg=fg)
