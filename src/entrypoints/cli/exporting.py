"""Writing out what is known of people."""

import sys
from contextlib import ExitStack
from datetime import datetime
from typing import TextIO

import click

from application.recipients.export_recipients import ExportRecipients, RecipientExport
from entrypoints.cli.output import print_json
from entrypoints.cli.plain_text import counted
from entrypoints.cli.progress import Advance, progress_bar
from entrypoints.cli.session import Session
from entrypoints.files.recipient_export import CsvExport, ExportFormat, attribute_names, format_of, write_jsonl, written
from entrypoints.recipient_export_shape import export_text

STANDARD_OUTPUT = "-"


def print_one(export: RecipientExport, now: datetime) -> None:
    """Print one JSON document of everything that is known of one person."""
    for piece in export_text(export, now):
        click.echo(piece, nl=False)
    click.echo()


def export_all(
    session: Session, use_case: ExportRecipients, target: str, format_: ExportFormat | None, *, force: bool
) -> None:
    """Write everybody to the file *target*, or print them.

    :raises InvalidInput: it cannot be written, or there is a file already.
    """
    path = session.folder / target
    with ExitStack() as stack:
        if target == STANDARD_OUTPUT:
            file, kind = sys.stdout, format_ or ExportFormat.JSONL
        else:
            kind = format_of(path)
            file = stack.enter_context(written(path, force=force))
        advance = stack.enter_context(progress_bar(session, "exporting"))
        number = _write(session, use_case, file, kind, advance)
    if target == STANDARD_OUTPUT:
        return
    if session.json:
        print_json({"exported": number, "file": str(path)})
    else:
        click.echo(f"{counted(number, 'recipient')} written to {target}")


def _write(session: Session, use_case: ExportRecipients, file: TextIO, kind: ExportFormat, advance: Advance) -> int:
    total = use_case.count()
    if kind is ExportFormat.JSONL:
        return write_jsonl(file, use_case(lambda done: advance(done, total)))
    columns = attribute_names(use_case(lambda done: advance(done, 2 * total)))
    rows = CsvExport(file, columns)
    number = rows.write(use_case(lambda done: advance(total + done, 2 * total)))
    if rows.cut:
        session.note(f"of {counted(rows.cut, 'recipient')} a .csv file cannot have all devices; export a .jsonl file")
    return number
