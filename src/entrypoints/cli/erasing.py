"""Asking before people are erased, and saying what that did."""

import sys
from collections.abc import Iterator, Sequence

import click

from application.recipients.erase_recipients import ErasureSummary
from entrypoints.cli.output import print_json
from entrypoints.cli.plain_text import counted, visible
from entrypoints.cli.session import Session
from entrypoints.json_values import JsonObject


def confirm_erasure(ids: Sequence[str]) -> None:
    """Ask a person before anybody is erased.

    :raises UsageError: there is nobody to ask.
    :raises ClickException: they said no.
    """
    who = visible(ids[0]) if len(ids) == 1 else counted(len(ids), "recipient")
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError(f"this would erase {who} for good; add --yes")
    if not click.confirm(f"Erase {who} for good?", err=True):
        raise click.ClickException("nobody was erased")


def print_erasure(session: Session, summary: ErasureSummary) -> None:
    """Say what became of a list of ids."""
    if session.json:
        print_json(_json(summary))
    else:
        click.echo(
            f"{counted(summary.people, 'recipient')} erased, "
            f"{counted(summary.cancelled, 'pending notification')} cancelled, {counted(summary.files, 'file')} removed"
        )
    if summary.in_flight:
        session.note(f"{counted(summary.in_flight, 'notification')} being sent at this moment may still arrive")
    if summary.copies_left:
        session.note(
            "older copies stay in the store's log as long as something reads from it; close that and run it again"
        )
    for line in _unknown(summary):
        click.echo(f"error: {visible(line)}", err=True)


def _unknown(summary: ErasureSummary) -> Iterator[str]:
    for one in summary.unknown_ids:
        yield f"no recipient has the id {one}"
    more = summary.unknown - len(summary.unknown_ids)
    if more:
        yield f"nor have {more} more of these ids"


def _json(summary: ErasureSummary) -> JsonObject:
    return {
        "erased": summary.people,
        "unknown": summary.unknown,
        "cancelled": summary.cancelled,
        "in_flight": summary.in_flight,
        "files": summary.files,
    }
